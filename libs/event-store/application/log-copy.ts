import type { Hashing } from '#libs/kernel/application/hashing';
import type { EventStore, Position, RecordedEvent, StreamWrite } from './event-store.js';
import { storedJson } from './stored-json.js';

export interface CopyProgress {
  /** Events of the source read so far. */
  readonly events: number;
  /** Of these, how many the target had already. */
  readonly present: number;
  /** Source position up to which the target is complete. */
  readonly upTo: Position;
}

/** The target holds something else under a stream and revision of the source: it is not an empty or half-made copy. */
export class LogsDiffer extends Error {
  override readonly name = 'LogsDiffer';

  constructor(
    readonly streamId: string,
    readonly revision: bigint,
  ) {
    super(`The target differs from the source at ${streamId}, revision ${revision}.`);
  }
}

const PAGE = 1000;
/** Appends given to the target at once, where it carries them in one call in the order given. */
const WINDOW = 256;

/**
 * Copies a whole log: ids, revisions, metadata, the bytes of the data, and the order of all events. Run again after an
 * interruption it goes on where it stopped. Stop the writers before.
 *
 * @param upTo ends there, so that it does not run after writers who are faster than the target
 */
export async function copyLog(
  from: EventStore,
  to: EventStore,
  {
    onProgress,
    signal,
    upTo,
  }: { onProgress?: (progress: CopyProgress) => void; signal?: AbortSignal; upTo?: Position } = {},
): Promise<CopyProgress> {
  let progress: CopyProgress = { events: 0, present: 0, upTo: from.start };
  for (let complete = false; !complete;) {
    signal?.throwIfAborted();
    const page = await from.readAll({ after: progress.upTo, limit: PAGE });
    const last = page.events.at(-1);
    // Everything is appended in order: a target that has the last event of a page has the page.
    const isPresent = last !== undefined && (await holds(to, last));
    let present = page.events.length;
    if (!isPresent) present = await appendAll(to, runsOf(page.events));
    progress = {
      events: progress.events + page.events.length,
      present: progress.present + present,
      upTo: page.next,
    };
    onProgress?.(progress);
    complete = page.atHead || (upTo !== undefined && from.compare(page.next, upTo) >= 0);
  }
  return progress;
}

async function holds(store: EventStore, { streamId, revision, id }: RecordedEvent): Promise<boolean> {
  const { events } = await store.readStream(streamId, { from: revision, max: 1 });
  const found = events[0];
  if (found !== undefined && found.id !== id) throw new LogsDiffer(streamId, revision);
  return found !== undefined;
}

/** Neighbours of one stream as one append each: a larger unit would change the order of all events. */
function runsOf(events: readonly RecordedEvent[]): RecordedEvent[][] {
  const runs: RecordedEvent[][] = [];
  for (const event of events) {
    const run = runs.at(-1);
    if (run?.[0]?.streamId === event.streamId && run[0].metadata.commandId === event.metadata.commandId)
      run.push(event);
    else runs.push([event]);
  }
  return runs;
}

/** How many of the events were there already. */
async function appendAll(to: EventStore, runs: readonly RecordedEvent[][]): Promise<number> {
  // A store with positions without gaps takes appends in the order given; elsewhere one must wait for the other.
  const window = to.capabilities.gapless ? WINDOW : 1;
  let present = 0;
  for (let start = 0; start < runs.length; start += window) {
    const results = await Promise.all(
      runs.slice(start, start + window).map(async (run) => {
        const first = run[0]!;
        const expected = first.revision === 0n ? 'none' : first.revision - 1n;
        const events = run.map(({ id, type, schemaVersion, data, metadata }) => ({
          id,
          type,
          schemaVersion,
          data,
          metadata,
        }));
        const write: StreamWrite = { streamId: first.streamId, expected, events };
        return { run, first, result: await to.append([write]) };
      }),
    );
    for (const { run, first, result } of results) {
      if (result.status === 'conflict') throw new LogsDiffer(first.streamId, first.revision);
      if (result.status === 'duplicate') present += run.length;
    }
  }
  return present;
}

export interface LogComparison {
  readonly equal: boolean;
  readonly events: readonly [number, number];
  /** Hex, over every event in order: stream, revision, id, type, schema version, data, metadata. */
  readonly sha256: readonly [string, string];
  /** The first event that is not the same in both. */
  readonly difference?: { readonly streamId: string; readonly revision: bigint } | undefined;
}

/** Reads both logs whole and proves that they hold the same events in the same order. */
export async function compareLogs(
  a: EventStore,
  b: EventStore,
  hashing: Hashing,
  { onProgress }: { onProgress?: (events: number) => void } = {},
): Promise<LogComparison> {
  const sides = [a, b].map((store) => ({ events: allOf(store), hash: hashing.running(), count: 0 }));
  let difference: LogComparison['difference'];
  for (;;) {
    const pair = await Promise.all(sides.map(({ events }) => events.next()));
    const texts = pair.map(({ done, value }, index) => {
      if (done) return undefined;
      const text = textOf(value);
      sides[index]!.hash.update(text);
      sides[index]!.count += 1;
      return text;
    });
    if (pair.every(({ done }) => done)) break;
    if (difference === undefined && texts[0] !== texts[1]) {
      const { streamId, revision } = (pair[0]!.done ? pair[1]!.value : pair[0]!.value) as RecordedEvent;
      difference = { streamId, revision };
    }
    onProgress?.(Math.max(...sides.map(({ count }) => count)));
  }
  const sha256 = sides.map(({ hash }) => hash.digest()) as [string, string];
  const events = sides.map(({ count }) => count) as [number, number];
  return { equal: sha256[0] === sha256[1], events, sha256, ...(difference && { difference }) };
}

async function* allOf(store: EventStore): AsyncGenerator<RecordedEvent, undefined> {
  for (let after = store.start; ;) {
    const page = await store.readAll({ after, limit: PAGE });
    yield* page.events;
    if (page.atHead) return undefined;
    after = page.next;
  }
}

const textOf = ({ streamId, revision, id, type, schemaVersion, data, metadata }: RecordedEvent): string =>
  `${storedJson([streamId, String(revision), id, type, schemaVersion, data, metadata])}\n`;
