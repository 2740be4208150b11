import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import type { DomainEvent, Recorded } from '#libs/kernel/domain/message';
import type { Projection, ProjectionGroup } from '#libs/processing/application/projection';
import { asFold, WorkingSet, type Row } from '#libs/processing/application/working-set';
import { GroupBatch } from '#libs/processing/infrastructure/group-batch';
import { createTables, qualified } from '#libs/processing/infrastructure/group-tables';
import { Session } from '#libs/processing/infrastructure/session';
import { testDatabase, type TestDatabase } from './postgres.js';

/** An event as a test writes it: type and data, and of the envelope what matters. */
export type GivenEvent<E extends DomainEvent = DomainEvent> = E & Partial<Omit<Recorded, 'type' | 'data'>>;

const FIRST_DAY = '2026-11-22T10:00:00.000Z';

/** Completes events to recorded ones: revisions count per stream, positions overall. */
export function recordedEvents(events: readonly GivenEvent[], defaults: Partial<Recorded> = {}): Recorded[] {
  const revisions = new Map<string, bigint>();
  return events.map((given, i) => {
    const streamId = given.streamId ?? defaults.streamId ?? 'review-1';
    const revision = given.revision ?? revisions.get(streamId) ?? 0n;
    revisions.set(streamId, revision + 1n);
    return {
      id: randomUUID(),
      position: String(i + 1),
      recordedAt: FIRST_DAY,
      workspaceId: 'demo',
      actor: { id: 'usr_olly', kind: 'user', roles: [] },
      commandId: `command-${i}`,
      commandType: 'Test',
      commandHash: '',
      correlationId: 'correlation',
      causationId: 'causation',
      ...defaults,
      ...given,
      streamId,
      revision,
    };
  });
}

/** The rows a fold makes of events, without a database; ordered as they were put. */
export function foldRows<R extends object = Row>(projection: Projection, ...events: GivenEvent[]): R[] {
  const set = new WorkingSet(asFold(projection), true);
  for (const event of recordedEvents(events)) {
    const partition = set.projection.partition(event);
    if (partition !== undefined) set.apply(partition, event);
  }
  return [...set.take().inserts] as R[];
}

/** Where a query of a read model finds its tables in a test. */
export interface GivenTables {
  readonly pool: Pool;
  /** Connection string of the same database. */
  readonly url: string;
  /** The physical name, with schema, of one of the group's tables. */
  readonly table: (logical: string) => string;
}

let database: Promise<TestDatabase> | undefined;
let build = 0;

/**
 * `given(events).rows('review_status')` on a real PostgreSQL, through the same fold and the same statements as in
 * production; every call has tables of its own. `batch` is how many events one transaction takes.
 */
export const readModelSpec =
  (group: ProjectionGroup, options: { defaults?: Partial<Recorded>; batch?: number } = {}) =>
  (...events: GivenEvent[]) => {
    const given = async <T>(look: (tables: GivenTables) => Promise<T>): Promise<T> => {
      const { url, pool } = await (database ??= testDatabase());
      const batch = new GroupBatch(group, group.version, ++build, { frozen: true });
      const session = await Session.open({ connectionString: url });
      try {
        await createTables(session, batch.tables, true);
        await applyAll(session, batch, recordedEvents(events, options.defaults), options.batch ?? 100);
        const table = (logical: string) => {
          const found = batch.tables.find((candidate) => candidate.logical === logical);
          if (!found) throw new Error(`${group.name} has no table ${logical}`);
          return qualified(found.physical);
        };
        return await look({ pool, url, table });
      } finally {
        for (const { physical } of batch.tables) await session.run(`DROP TABLE IF EXISTS ${qualified(physical)}`);
        await session.close();
      }
    };
    return {
      /** All rows of a table, ordered by its primary key, as the driver reads them. */
      rows: <R = Record<string, unknown>>(logical: string): Promise<R[]> =>
        given(async ({ pool, table }) => {
          const { rows } = await pool.query(`SELECT * FROM ${table(logical)} ORDER BY ${keyOf(group, logical)}`);
          return rows as R[];
        }),
      /** Whatever a query finds in the tables. */
      query: given,
    };
  };

async function applyAll(session: Session, batch: GroupBatch, events: readonly Recorded[], size: number): Promise<void> {
  const wanted = events.filter(({ type }) => batch.group.types?.includes(type) ?? true);
  for (let from = 0; from < wanted.length; from += size) {
    const decoded = wanted.slice(from, from + size).map((event) => ({ event }));
    await session.run('BEGIN');
    await batch.fold(session, decoded, new Set(), new Map());
    await batch.write(session, batch.take());
    await session.run('COMMIT');
    batch.stored();
  }
}

const keyOf = (group: ProjectionGroup, logical: string) =>
  new GroupBatch(group, group.version, 0).tables
    .find((table) => table.logical === logical)
    ?.spec.primaryKey.map((column) => `"${column}"`)
    .join(', ') ?? '1';

// One database per test file, dropped when the file is done.
afterAll(async () => {
  const made = await database;
  database = undefined;
  await made?.close();
});
