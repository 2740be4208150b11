import { readMigrations } from '#libs/postgres/infrastructure/migrations';
import type { Core } from '../core.js';
import { PlainError } from '../plain-error.js';
import { migrationsDir } from '../project.js';

/** This is not a demo, or somebody uses it. */
export class ResetRefused extends PlainError {}

/** Whatever the migrations have made, and nothing else that lives in this database. */
const schemas = (): string[] =>
  readMigrations(migrationsDir).flatMap(({ sql }) =>
    [...sql.matchAll(/^CREATE SCHEMA (\w+);/gm)].map(([, name]) => name!),
  );

/**
 * Deletes everything: a log takes no deletes, so its whole schema goes. Only ever for an installation that was made as a
 * demo. The next start applies all migrations again.
 * @throws ResetRefused
 */
export async function resetDemo({ config, database, facts, store }: Core): Promise<void> {
  if (config.production || !(await facts.read('demo'))) throw new ResetRefused('This installation is not a demo.');
  if (store.kind !== 'postgres') throw new ResetRefused(`A log in ${store.kind} cannot be deleted from here.`);
  const { rows } = await database.pool.query<{ client: string }>(
    `SELECT DISTINCT application_name AS client FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'countersign processing%'`,
  );
  if (rows.length) throw new ResetRefused('An api or worker is connected to this database: stop it first.');
  const client = await database.pool.connect();
  try {
    await client.query('BEGIN');
    await client.query(`DROP SCHEMA IF EXISTS ${schemas().join(', ')} CASCADE`);
    await client.query('DROP TABLE public.installation, public.schema_migrations');
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}
