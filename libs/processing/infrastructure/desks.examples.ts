import { randomUUID } from 'node:crypto';
import { Type } from 'typebox';
import { defineEvent } from '#libs/kernel/domain/define-event';
import { derivedId } from '#libs/kernel/domain/ids';
import type { JsonObject } from '#libs/kernel/domain/json';
import type { DomainEvent } from '#libs/kernel/domain/message';
import { Codec } from '#libs/event-store/application/codec';
import { EventRegistry } from '#libs/event-store/application/event-registry';
import type { EventStore, NewEvent, Position } from '#libs/event-store/application/event-store';
import { InMemorySubjectKeys } from '#libs/event-store/infrastructure/in-memory-subject-keys';
import type { Pool } from 'pg';
import type { CommandTarget, ProcessManager } from '../application/process-manager.js';
import { appendOnly, fold, type ProjectionGroup } from '../application/projection.js';
import type { ProcessingLog } from './processing-log.js';

/* A small business for the tests of the processing: desks where a lamp burns until its time is over. */

export type DeskEvent =
  | DomainEvent<'DeskOpened', { title: string }>
  | DomainEvent<'DeskMoved', { to: string }>
  | DomainEvent<'DeskClosed', object>
  | DomainEvent<'LampLit', { until: string; generation: number }>
  | DomainEvent<'LampWentOut', { generation: number }>;

const Anything = Type.Record(Type.String(), Type.Unknown());

export const deskCodec = new Codec(
  new EventRegistry(
    ['DeskOpened', 'DeskMoved', 'DeskClosed', 'LampLit', 'LampWentOut'].map((type) =>
      defineEvent(type, { schema: Anything, sample: {} }),
    ),
  ),
  new InMemorySubjectKeys(),
);

export interface DeskRow {
  desk_id: string;
  workspace_id: string;
  room: string;
  title: string;
  moves: number;
  changed_at: string;
  revision: string;
}

const deskColumns = {
  desk_id: 'text',
  workspace_id: 'text',
  room: 'text',
  title: 'text',
  moves: 'integer',
  changed_at: 'timestamptz',
  revision: 'bigint',
} as const;

export const POISON = 'the cellar';

/** One row per desk. A move to the cellar is a bug waiting to be fixed. */
export const deskFold = (cellarWorks = false) =>
  fold<DeskEvent, DeskRow>({
    table: { name: 'desk', columns: deskColumns, primaryKey: ['desk_id'], indexes: ['(workspace_id, room)'] },
    partitionColumn: 'desk_id',
    partition: ({ streamId }) => streamId,
    on: {
      DeskOpened: (rows, { streamId, workspaceId, revision, recordedAt, data: { title } }) =>
        rows.put({
          desk_id: streamId,
          workspace_id: workspaceId,
          room: 'hall',
          title,
          moves: 0,
          changed_at: recordedAt,
          revision: String(revision),
        }),
      DeskMoved: (rows, { streamId, revision, recordedAt, data: { to } }) => {
        const row = rows.get(streamId);
        if (!row) throw new Error('a desk that was never opened was moved');
        if (to === POISON && !cellarWorks) throw new Error('nobody can go there');
        rows.put({ ...row, room: to, moves: row.moves + 1, changed_at: recordedAt, revision: String(revision) });
      },
      DeskClosed: (rows, { streamId }) => rows.delete(streamId),
    },
    counters: {
      name: 'desk_counts',
      keyColumns: ['workspace_id', 'room'],
      keysOf: (row) => [[row.workspace_id, row.room]],
    },
  });

/** A row per room a desk has been in: several rows in a partition. */
export const visits = fold<DeskEvent, { desk_id: string; room: string; times: number }>({
  table: {
    name: 'desk_visit',
    columns: { room: 'text', desk_id: 'text', times: 'integer' },
    primaryKey: ['room', 'desk_id'],
  },
  partitionColumn: 'desk_id',
  partition: ({ streamId }) => streamId,
  on: {
    DeskMoved: (rows, { streamId, data: { to } }) =>
      rows.put({ desk_id: streamId, room: to, times: (rows.get(to, streamId)?.times ?? 0) + 1 }),
    DeskClosed: (rows, { streamId }) => {
      for (const { room } of rows.all()) rows.delete(room, streamId);
    },
  },
});

export const deskLog = appendOnly<DomainEvent, { position: string; stream_id: string; type: string }>({
  table: {
    name: 'desk_log',
    columns: { position: 'bigint', stream_id: 'text', type: 'text' },
    primaryKey: ['position'],
    indexes: ['(stream_id, position)'],
  },
  rows: ({ position, streamId, type }) => [{ position, stream_id: streamId, type }],
});

export const desks = (options: { version?: number; cellarWorks?: boolean } = {}): ProjectionGroup => ({
  name: 'desks',
  version: options.version ?? 1,
  projections: [deskFold(options.cellarWorks), visits, deskLog],
});

const timerId = (streamId: string, generation: number) => derivedId(streamId, 'lamp', generation);

/** A lamp goes out when its time is over; each move of a desk is told to the porter. */
export const lamps = (version = 1): ProcessManager<DeskEvent, { moves: number }> => ({
  name: 'lamps',
  version,
  types: ['LampLit', 'LampWentOut', 'DeskMoved', 'DeskClosed'],
  key: ({ streamId }) => streamId,
  initialState: { moves: 0 },
  react: (event, state) => {
    const { streamId, workspaceId } = event;
    switch (event.type) {
      case 'LampLit': {
        const { until, generation } = event.data;
        const timer = {
          timerId: timerId(streamId, generation),
          workspaceId,
          streamId,
          target: 'put-out',
          dueAt: until,
        };
        return { state, timers: [{ set: { ...timer, payload: { streamId, generation } } }] };
      }
      case 'LampWentOut':
        return { state, timers: [{ clear: { timerId: timerId(streamId, event.data.generation) } }] };
      case 'DeskMoved': {
        if (event.data.to === POISON) throw new Error('nobody can go there');
        const moves = state.moves + 1;
        const message = { id: derivedId(event.id, 'porter'), workspaceId, target: 'porter', orderingKey: streamId };
        return { state: { moves }, outbox: [{ ...message, payload: { streamId, moves, version } }] };
      }
      case 'DeskClosed':
        return { state, timers: [{ clearAll: { streamId } }] };
      default:
        return { state };
    }
  },
});

let commands = 0;

/** An event as a command would have made it; `commandId` makes the id, so that the same command makes the same event. */
export const newEvent = (type: DeskEvent['type'], data: JsonObject, commandId: string = randomUUID()): NewEvent => ({
  id: derivedId(commandId, type),
  type,
  schemaVersion: 1,
  data,
  metadata: {
    $correlationId: commandId,
    $causationId: commandId,
    commandId,
    commandType: 'Test',
    commandHash: '',
    actor: { id: 'usr_olly', kind: 'user', roles: [] },
    workspaceId: 'demo',
    recordedAt: new Date(Date.UTC(2026, 10, 22, 10) + ++commands).toISOString(),
  },
});

export const opened = (title = 'a desk') => newEvent('DeskOpened', { title });
export const moved = (to: string) => newEvent('DeskMoved', { to });
export const closed = () => newEvent('DeskClosed', {});
export const lit = (until: string, generation = 1) => newEvent('LampLit', { until, generation });

/** Appends to one stream whatever is there; @returns where the log ends then. */
export async function append(store: EventStore, streamId: string, ...events: NewEvent[]): Promise<Position> {
  const result = await store.append([{ streamId, expected: 'any', events }]);
  if (result.status === 'conflict') throw new Error('conflict');
  return result.position;
}

/** A command target that puts lamps out: once in effect, for the event's id is derived from the call's. */
export const putOut = (store: EventStore): CommandTarget => ({
  name: 'put-out',
  execute: async ({ id, payload }) => {
    const { streamId, generation } = payload as { streamId: string; generation: number };
    const result = await store.append([
      { streamId, expected: 'exists', events: [newEvent('LampWentOut', { generation }, id)] },
    ]);
    return result.status === 'ok';
  },
});

/** A log that keeps what was said, for tests to look at. */
export function notebook(): ProcessingLog & { readonly errors: string[]; readonly warnings: string[] } {
  const errors: string[] = [];
  const warnings: string[] = [];
  return {
    errors,
    warnings,
    info: () => {},
    warn: (message, details) => void warnings.push(`${message} ${JSON.stringify(details ?? {})}`),
    error: (message, details) => void errors.push(`${message} ${JSON.stringify(details ?? {})}`),
  };
}

/** The rows of the tables of the live build, whatever it is, ordered by all columns. */
export async function liveRows(pool: Pool, name = 'desks'): Promise<Record<string, unknown[]>> {
  const { rows } = await pool.query<{ tables: string[] }>(
    `SELECT tables FROM processing.processors WHERE name = $1 AND status = 'live' ORDER BY version DESC LIMIT 1`,
    [name],
  );
  const found: Record<string, unknown[]> = {};
  for (const table of rows[0]?.tables ?? []) {
    const { rows: content } = await pool.query<{ row: string }>(
      `SELECT t::text AS row FROM rm."${table}" t ORDER BY 1`,
    );
    found[table.replace(/_v\d+_b\d+$/, '')] = content.map(({ row }) => row);
  }
  return found;
}

export const until = async (condition: () => boolean | Promise<boolean>, timeoutMs = 10_000): Promise<void> => {
  const end = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`did not come true in ${timeoutMs} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

export const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
