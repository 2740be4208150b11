import { labelOf, where } from './checkpoints.js';
import { qualified } from './group-tables.js';
import type { ProcessingLog } from './processing-log.js';
import type { Session } from './session.js';

/** Takes away what belongs to builds that were retired so many milliseconds ago; a reader that holds one is left alone. */
export async function dropRetired(session: Session, log: ProcessingLog, graceMs: number): Promise<void> {
  const rows = await session.run(
    `SELECT name, version, build, array_to_json(tables) AS tables FROM processing.processors
      WHERE status = 'retired' AND (tables <> '{}' OR kind = 'process' AND side_effects_after IS NOT NULL)
        AND retired_at < now() - interval '${graceMs} milliseconds'`,
  );
  for (const row of rows) {
    const key = { name: row['name'] ?? '', version: Number(row['version']), build: Number(row['build']) };
    const tables = JSON.parse(row['tables'] ?? '[]') as string[];
    const drops = tables.map((physical) => `DROP TABLE IF EXISTS ${qualified(physical)};`).join(' ');
    // A reader may hold a table for long: rather come again than keep all others waiting behind us.
    await session
      .patiently(() =>
        session.run(
          `BEGIN; SET LOCAL lock_timeout = '1s'; ${drops}
           DELETE FROM processing.parked_events WHERE ${where(key)};
           DELETE FROM processing.process_states WHERE ${where(key)};
           DELETE FROM processing.timers WHERE ${where(key)};
           UPDATE processing.processors SET tables = '{}', parked = 0, side_effects_after = NULL WHERE ${where(key)};
           COMMIT`,
        ),
      )
      .then(() => log.info(`${labelOf(key)} is cleared away`))
      .catch(async (error: unknown) => {
        if ((error as { code?: unknown }).code !== '55P03') throw error;
        await session.run('ROLLBACK');
      });
  }
}
