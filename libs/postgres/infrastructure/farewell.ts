import type { Socket } from 'node:net';
import type pg from 'pg';

/** How long a server may take to let go of a connection, in milliseconds. */
const PATIENCE_MS = 1000;

/** Ends a connection; one whose server does not answer is cut. Never fails. */
export async function farewell(client: pg.Client): Promise<void> {
  const cutting = setTimeout(() => socketOf(client).destroy(), PATIENCE_MS);
  await client.end().catch(() => undefined);
  clearTimeout(cutting);
}

/** What the driver talks through: another one before and after the connection is encrypted. */
export const socketOf = (client: pg.Client): Socket =>
  (client as unknown as { connection: { stream: Socket } }).connection.stream;
