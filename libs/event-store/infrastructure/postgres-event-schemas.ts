import type { Pool } from 'pg';
import { sha256 } from '#libs/kernel/infrastructure/node-hashing';
import { EventSchemas, type EventRegistry, type SchemaFingerprint } from '../application/event-registry.js';
import { SchemaDrift } from '../application/schema-drift.js';
import { addsOnlyOptionalMembers } from '../application/schema-growth.js';

interface SchemaRow {
  type: string;
  version: number;
  schema: string;
}

/** The guard of stored shapes: table `es.event_schemas`. */
export class PostgresEventSchemas extends EventSchemas {
  constructor(private readonly pool: Pool) {
    super();
  }

  override async check(registry: EventRegistry): Promise<void> {
    const current = registry.fingerprints();
    const client = await this.pool.connect();
    try {
      await client.query('BEGIN');
      // Two processes of different versions may start at once: one after the other.
      await client.query('LOCK TABLE es.event_schemas IN SHARE ROW EXCLUSIVE MODE');
      const { rows } = await client.query<SchemaRow>(
        'SELECT type, version, json_schema::text AS schema FROM es.event_schemas',
      );
      const known = new Map(rows.map((row) => [nameOf(row), row.schema]));
      const { drifted, written } = compare(current, known);
      if (drifted.length > 0) throw new SchemaDrift(drifted);
      if (written.length > 0) {
        await client.query(
          `INSERT INTO es.event_schemas (type, version, json_schema, sha256)
           SELECT * FROM unnest($1::text[], $2::smallint[], $3::json[], $4::bytea[])
           ON CONFLICT (type, version) DO UPDATE SET json_schema = excluded.json_schema, sha256 = excluded.sha256`,
          [
            written.map(({ type }) => type),
            written.map(({ version }) => version),
            written.map(({ schema }) => schema),
            written.map(({ schema }) => `\\x${sha256(schema)}`),
          ],
        );
      }
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    } finally {
      client.release();
    }
  }
}

const nameOf = ({ type, version }: { type: string; version: number }) => `${type}/${version}`;

function compare(current: readonly SchemaFingerprint[], known: ReadonlyMap<string, string>) {
  const drifted: SchemaFingerprint[] = [];
  const written: SchemaFingerprint[] = [];
  for (const fingerprint of current) {
    const before = known.get(nameOf(fingerprint));
    if (before === undefined) written.push(fingerprint);
    else if (before !== fingerprint.schema) {
      if (addsOnlyOptionalMembers(before, fingerprint.schema)) written.push(fingerprint);
      // An older program beside a newer one, while they are exchanged: what it does not know is optional.
      else if (!addsOnlyOptionalMembers(fingerprint.schema, before)) drifted.push(fingerprint);
    }
  }
  return { drifted, written };
}
