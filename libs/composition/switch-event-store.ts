import type { Pool } from 'pg';
import type { EventStoreKind } from './config.js';
import { StillRunning } from './refuse-while-running.js';

/**
 * Points an installation at another log with the same events: positions of the old one mean nothing there, so
 * checkpoints, parked events, process states and read models go, and are made anew from the new log at the next start.
 * What can only be done on the old log comes to its end before.
 * @throws StillRunning while a worker, an outbox with unsent messages or an open replay is there.
 */
export async function switchEventStore(pool: Pool, to: EventStoreKind): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('LOCK TABLE processing.processors, processing.outbox IN ACCESS EXCLUSIVE MODE NOWAIT');
    const { rows } = await client.query<{ n: number }>(
      'SELECT count(*)::int AS n FROM processing.outbox WHERE done_at IS NULL AND dead_at IS NULL',
    );
    if (rows[0]!.n > 0)
      throw new StillRunning('Messages wait in the outbox: let the worker send them on the old log first.');
    const replays = await client.query<{ webhook: string }>(
      'SELECT DISTINCT webhook_id AS webhook FROM notifications.replays WHERE done_at IS NULL ORDER BY 1',
    );
    if (replays.rows.length > 0)
      throw new StillRunning(
        `Webhooks are still being sent what they asked for again (${replays.rows.map(({ webhook }) => webhook).join(', ')}): ` +
          'let the worker read it from the old log first. A replay ends too when its webhook is deactivated.',
      );
    await client.query(
      `TRUNCATE processing.processors, processing.parked_events, processing.process_states, processing.timers CASCADE`,
    );
    const tables = await client.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'rm'`,
    );
    for (const { name } of tables.rows) await client.query(`DROP TABLE ${name}`);
    await client.query(
      `INSERT INTO public.installation (name, value) VALUES ('event-store', $1)
       ON CONFLICT (name) DO UPDATE SET value = excluded.value, at = now()`,
      [JSON.stringify({ kind: to })],
    );
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    if ((error as { code?: string }).code === '55P03')
      throw new StillRunning('A worker is at work on this database: stop it first.', { cause: error });
    throw error;
  } finally {
    client.release();
  }
}
