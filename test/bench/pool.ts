import pg from 'pg';

/** Plain connections for what is compared with; the server may end idle ones when a run is over. */
export const benchPool = (connectionString: string, max: number): pg.Pool =>
  new pg.Pool({ connectionString, max }).on('error', () => undefined);
