import type { Pool } from 'pg';
import { PlainError } from './plain-error.js';

/** Somebody is at work on what would be changed under their hands. */
export class StillRunning extends PlainError {}

/**
 * Refuses while a process works on this database: it knows keys and read models by heart, and would write down again
 * what is erased.
 * @throws StillRunning
 */
export async function refuseWhileRunning(pool: Pool): Promise<void> {
  const { rowCount } = await pool.query(
    `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'countersign processing%'`,
  );
  if (rowCount) throw new StillRunning('An api or worker is connected to this database: stop it first.');
}
