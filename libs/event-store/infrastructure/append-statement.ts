import type pg from 'pg';
import type { AppendResult, Expected, StreamWrite } from '../application/event-store.js';
import { int2Array, int4Array, int8Array, jsonArray, textArray, uuidArray } from './postgres-arrays.js';
import { positionOf } from './postgres-positions.js';

/** One append: what it writes, with the events as they are stored. */
export interface AppendGroup {
  readonly writes: readonly StreamWrite[];
  readonly data: readonly string[];
  readonly metadata: readonly string[];
}

/** What is answered for each write of a group. */
export interface AppendRow {
  grp: number;
  status: 'ok' | 'duplicate' | 'conflict';
  stream: string;
  revision: string;
  pos: string | null;
}

const APPEND = 'SELECT * FROM es.append($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)';
const APPEND_ONE = 'SELECT * FROM es.append_one($1,$2,$3,$4,$5,$6,$7,$8)';

/** One write of events with an exact revision, alone in its call, has a shorter way to the same answer. */
export function appendStatement(groups: readonly AppendGroup[]): pg.QueryConfig {
  const [{ writes, data, metadata }] = groups as readonly [AppendGroup, ...AppendGroup[]];
  const [{ streamId, expected, events }] = writes as readonly [StreamWrite, ...StreamWrite[]];
  const alone = groups.length === 1 && writes.length === 1 && events.length > 0;
  const exact = expected === 'none' || typeof expected === 'bigint';
  if (!alone || !exact || new Set(events.map(({ id }) => id)).size < events.length)
    return { name: 'es.append', text: APPEND, values: valuesOf(groups) };
  const values = [
    streamId,
    events[0]!.metadata.workspaceId,
    String(codeOf(expected)),
    uuidArray(events.map(({ id }) => id)),
    textArray(events.map(({ type }) => type)),
    int2Array(events.map(({ schemaVersion }) => schemaVersion)),
    jsonArray(data),
    jsonArray(metadata),
  ];
  return { name: 'es.append-one', text: APPEND_ONE, values };
}

function valuesOf(groups: readonly AppendGroup[]): Buffer[] {
  const group: number[] = [];
  const stream: string[] = [];
  const workspace: string[] = [];
  const expect: bigint[] = [];
  const count: number[] = [];
  const id: string[] = [];
  const type: string[] = [];
  const version: number[] = [];
  groups.forEach(({ writes }, index) => {
    for (const { streamId, expected, events } of writes) {
      group.push(index);
      stream.push(streamId);
      workspace.push(events[0]?.metadata.workspaceId ?? '');
      expect.push(codeOf(expected));
      count.push(events.length);
      for (const event of events) {
        id.push(event.id);
        type.push(event.type);
        version.push(event.schemaVersion);
      }
    }
  });
  const data = groups.flatMap((one) => one.data);
  const metadata = groups.flatMap((one) => one.metadata);
  return [
    int4Array(group),
    textArray(stream),
    textArray(workspace),
    int8Array(expect),
    int4Array(count),
    uuidArray(id),
    textArray(type),
    int2Array(version),
    jsonArray(data),
    jsonArray(metadata),
  ];
}

const codes = { none: -1n, any: -2n, exists: -4n } as const;
const codeOf = (expected: Expected): bigint => (typeof expected === 'bigint' ? expected : codes[expected]);

/** @param rows what was answered for one group */
export function appendResult(rows: readonly AppendRow[]): AppendResult {
  const { status } = rows[0]!;
  const revisions = new Map(rows.map(({ stream, revision }) => [stream, BigInt(revision)]));
  if (status === 'conflict') return { status, actual: revisions };
  const position = rows.reduce((max, { pos }) => (BigInt(pos ?? 0) > max ? BigInt(pos ?? 0) : max), 0n);
  return { status, position: positionOf(position), revisions };
}
