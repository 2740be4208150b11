import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';

/** The address of the PostgreSQL in a standalone data folder. */
export async function embeddedUrl(dataDir: string): Promise<string> {
  const [pid, password] = await Promise.all([
    readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8'),
    readFile(join(dataDir, 'postgres.password'), 'utf8'),
  ]);
  return `postgresql://countersign:${password.trim()}@127.0.0.1:${pid.split('\n')[3]!.trim()}/countersign`;
}

export async function withDatabase<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** sha256 over the ordered rows of every live read-model table, by the table's logical name. */
export const readModelChecksums = (url: string): Promise<Record<string, string>> =>
  withDatabase(url, async (client) => {
    const { rows } = await client.query<{ table: string }>(
      `SELECT tablename AS table FROM pg_tables WHERE schemaname = 'rm' ORDER BY tablename`,
    );
    const sums: Record<string, string> = {};
    for (const { table } of rows) {
      const content = await client.query<{ row: string }>(`SELECT t::text AS row FROM rm."${table}" t ORDER BY 1`);
      const hash = createHash('sha256');
      for (const { row } of content.rows) hash.update(row).update('\n');
      sums[table.replace(/_b\d+$/, '')] = `${content.rows.length} rows ${hash.digest('hex')}`;
    }
    return sums;
  });
