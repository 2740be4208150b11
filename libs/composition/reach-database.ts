import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedPostgres, runningUrl } from '#libs/postgres/infrastructure/embedded/embedded-postgres';
import { ConfigError, type Config } from './config.js';

/** A PostgreSQL that answers, and how to leave it as it was found. */
export interface ReachedDatabase {
  readonly url: string;
  /** `given` by DATABASE_URL, `running` under a standalone, `started` by us on the same data. */
  readonly source: 'given' | 'running' | 'started';
  release(): Promise<void>;
}

const leave = async () => undefined;

/**
 * The database of this configuration for a process that does not own it (api, worker, command line): DATABASE_URL, else
 * that of the standalone running on DATA_DIR, else (when `mayStart`) its cluster is started for as long as we need it.
 * @throws ConfigError when there is none.
 */
export async function reachDatabase(
  config: Config,
  { mayStart = false, holder = 'countersign' }: { mayStart?: boolean; holder?: string } = {},
): Promise<ReachedDatabase> {
  const { databaseUrl, dataDir } = config;
  if (databaseUrl) return { url: databaseUrl, source: 'given', release: leave };
  const running = await runningUrl(dataDir);
  if (running) return { url: running, source: 'running', release: leave };
  if (!mayStart || !existsSync(join(dataDir, 'postgres')))
    throw new ConfigError([
      `DATABASE_URL is not set, and ${mayStart ? 'there is no data' : 'no standalone runs'} in DATA_DIR (${dataDir}): ` +
        'set one of the two, or run npm start',
    ]);
  const server = await EmbeddedPostgres.start({ dataDir, holder });
  return { url: server.url, source: 'started', release: () => server.stop() };
}
