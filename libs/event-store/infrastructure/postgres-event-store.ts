import pg from 'pg';
import { checkWrites } from '../application/check-writes.js';
import { EventStoreUnavailable } from '../application/errors.js';
import {
  EventStore,
  type AppendResult,
  type EventMetadata,
  type Page,
  type Position,
  type RecordedEvent,
  type StreamWrite,
} from '../application/event-store.js';
import { storedJson } from '../application/stored-json.js';
import { Alarms, type News } from './alarms.js';
import { AppendQueue } from './append-queue.js';
import { appendResult, appendStatement, type AppendGroup, type AppendRow } from './append-statement.js';
import { backOff, isTransient, pause } from './postgres-faults.js';
import { PostgresListener } from './postgres-listener.js';
import { MAX_POSITION, numberOf, positionOf } from './postgres-positions.js';
import {
  HEAD,
  READ_ALL,
  READ_BACKWARDS,
  READ_FORWARDS,
  READ_STREAMS,
  READ_TYPES,
  toEvents,
  type EventRow,
} from './read-statements.js';

export interface PostgresEventStoreOptions {
  readonly connectionString: string;
  /** Connections for reads; 8 unless told. Appends use one of their own. */
  readonly readers?: number;
  /** Milliseconds from an append or read to its answer or `EventStoreUnavailable`; 5,000 unless told. */
  readonly deadlineMs?: number;
  /** Milliseconds after which a subscription looks by itself, should no wake-up have come; 5,000 unless told. */
  readonly pollMs?: number;
  /** Appends carried by one call; 256 unless told. 1 turns the coalescing off. */
  readonly maxGroups?: number;
  /** Told about what heals by itself: a lost connection, a re-sent append. */
  readonly onWarning?: (message: string, error: unknown) => void;
}

const MAX_TRIES = 4; // the first and three more
const WALK = 50_000;
const SUBSCRIPTION_PAGE = 1000;
const CALL_BYTES = 8 * 1024 * 1024;
const MAX_WAITING = 10_000;

/** The log in PostgreSQL: `es.append` under one lock to the commit, so that positions have no gaps and no late comers. */
export class PostgresEventStore extends EventStore {
  override readonly kind = 'postgres';
  override readonly capabilities = { atomicMultiStream: true, checkOnlyStreams: true, gapless: true };
  override readonly start = '0' as Position;
  readonly #writer: pg.Pool;
  readonly #readers: pg.Pool;
  readonly #queue: AppendQueue<AppendGroup, AppendResult>;
  readonly #listener: PostgresListener;
  readonly #alarms = new Alarms();
  readonly #closing = new AbortController();
  readonly #deadlineMs: number;
  readonly #pollMs: number;
  readonly #warn: (message: string, error: unknown) => void;
  #closed: Promise<void> | undefined;

  constructor(options: PostgresEventStoreOptions) {
    super();
    const { connectionString, readers = 8, deadlineMs = 5000, pollMs = 5000, maxGroups = 256 } = options;
    this.#deadlineMs = deadlineMs;
    this.#pollMs = pollMs;
    this.#warn = options.onWarning ?? (() => undefined);
    const config: pg.PoolConfig = {
      connectionString,
      keepAlive: true,
      connectionTimeoutMillis: deadlineMs,
      idleTimeoutMillis: 30_000,
      statement_timeout: deadlineMs,
      idle_in_transaction_session_timeout: deadlineMs,
      // Statements are planned once per connection, perhaps on an empty log: never settle for a scan of it all.
      // And plan once: the best plan does not depend on the values.
      options: '-c enable_seqscan=off -c enable_bitmapscan=off -c plan_cache_mode=force_generic_plan',
    };
    // Two, so that an append need not wait for the farewell of a broken connection.
    this.#writer = new pg.Pool({ ...config, max: 2, application_name: 'countersign append' });
    this.#readers = new pg.Pool({ ...config, max: readers, application_name: 'countersign log' });
    for (const pool of [this.#writer, this.#readers]) {
      pool.on('error', (error) => {
        if (!pool.ending) this.#warn('An idle connection to the event store was lost.', error);
      });
    }
    this.#queue = new AppendQueue((groups, remaining) => this.carry(groups, remaining), {
      maxGroups,
      maxBytes: CALL_BYTES,
      maxWaiting: MAX_WAITING,
      deadlineMs,
    });
    this.#listener = new PostgresListener(
      {
        connectionString,
        keepAlive: true,
        connectionTimeoutMillis: deadlineMs,
        application_name: 'countersign listen',
      },
      'es_events',
      (payload) => this.#alarms.wake(newsIn(payload)),
      this.#warn,
    );
  }

  override async append(writes: readonly [StreamWrite, ...StreamWrite[]]): Promise<AppendResult> {
    checkWrites(writes, this.capabilities);
    this.open();
    const data: string[] = [];
    const metadata: string[] = [];
    let size = 0;
    for (const { events } of writes) {
      // Events of one command share their metadata: write it once.
      let shared: { value: EventMetadata; text: string } | undefined;
      for (const event of events) {
        if (shared?.value !== event.metadata) shared = { value: event.metadata, text: storedJson(event.metadata) };
        const text = storedJson(event.data);
        data.push(text);
        metadata.push(shared.text);
        size += text.length + shared.text.length;
      }
    }
    return this.#queue.add({ writes, data, metadata }, size);
  }

  override async readStream(
    id: string,
    { from, max, backwards = false }: { from?: bigint; max?: number; backwards?: boolean } = {},
  ): Promise<{ events: RecordedEvent[]; revision: bigint }> {
    const { rows } = await this.read<EventRow & { last: string | null }>({
      name: backwards ? 'es.read-backwards' : 'es.read-forwards',
      text: backwards ? READ_BACKWARDS : READ_FORWARDS,
      values: [id, String(from ?? (backwards ? MAX_POSITION : 0n)), max ?? null],
    });
    return { events: toEvents(rows), revision: BigInt(rows[0]?.last ?? -1) };
  }

  override async readStreams(ids: readonly string[]): Promise<ReadonlyMap<string, RecordedEvent[]>> {
    const { rows } = await this.read<EventRow>({
      name: 'es.read-streams',
      text: READ_STREAMS,
      values: [[...new Set(ids)]],
    });
    return Map.groupBy(toEvents(rows), ({ streamId }) => streamId);
  }

  override async readAll({
    after,
    limit,
    types,
  }: {
    after: Position | 'start';
    limit: number;
    types?: readonly string[];
  }): Promise<Page> {
    const from = after === 'start' ? 0n : numberOf(after);
    const walk = BigInt(Math.max(WALK, limit));
    const { rows } = await this.read<EventRow & { head: string }>({
      name: types ? 'es.read-types' : 'es.read-all',
      text: types ? READ_TYPES : READ_ALL,
      values: [String(from), limit, String(walk), ...(types ? [types] : [])],
    });
    const head = BigInt(rows[0]!.head);
    const events = toEvents(rows);
    const last = events.at(-1);
    const end = from + walk < head ? from + walk : head;
    const reached = events.length === limit && last !== undefined ? BigInt(last.position) : end;
    // A position beyond the head (of a log restored from a backup) stays where it is.
    const next = reached > from ? reached : from;
    return { events, next: positionOf(next), atHead: next >= head };
  }

  override async head(): Promise<Position> {
    const { rows } = await this.read<{ head: string }>({ name: 'es.head', text: HEAD });
    return rows[0]!.head as Position;
  }

  override async *subscribe({
    after,
    signal,
    types,
  }: {
    after: Position | 'start';
    signal: AbortSignal;
    types?: readonly string[];
  }): AsyncIterable<Page> {
    const ended = AbortSignal.any([signal, this.#closing.signal]);
    let from = after === 'start' ? this.start : after;
    let told = false;
    let failures = 0;
    this.#listener.start();
    const alarm = this.#alarms.open(types);
    try {
      while (!ended.aborted) {
        alarm.reset();
        let page: Page;
        try {
          page = await this.readAll({ after: from, limit: SUBSCRIPTION_PAGE, ...(types && { types }) });
          failures = 0;
        } catch (error) {
          if (ended.aborted) return;
          if (!(error instanceof EventStoreUnavailable)) throw error;
          failures += 1;
          this.#warn('A subscription could not read; it goes on from where it was.', error);
          await pause(backOff(failures, 100, 10_000), ended);
          continue;
        }
        if (ended.aborted) return;
        if (page.events.length > 0 || page.next !== from || !told) yield page;
        told = page.atHead;
        from = page.next;
        while (told && !ended.aborted) {
          const passed = await alarm.sleep(numberOf(from), this.#pollMs, ended);
          if (passed === undefined) break;
          from = positionOf(passed);
          yield { events: [], next: from, atHead: true };
        }
      }
    } finally {
      this.#alarms.close(alarm);
    }
  }

  override before(position: Position, events: number): Position {
    return positionOf(numberOf(position) - BigInt(events));
  }

  override compare(a: Position, b: Position): number {
    const difference = numberOf(a) - numberOf(b);
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }

  override async health(): Promise<{ ok: boolean; detail?: string }> {
    try {
      await this.read({ name: 'es.health', text: 'SELECT 1' });
      return { ok: true };
    } catch (error) {
      return { ok: false, detail: error instanceof Error ? error.message : 'unknown' };
    }
  }

  /** What waits is still carried; what comes later is `EventStoreUnavailable`. */
  override close(): Promise<void> {
    this.#closed ??= (async () => {
      this.#closing.abort();
      await this.#queue.idle();
      await this.#listener.stop();
      await Promise.all([this.#writer.end(), this.#readers.end()]);
    })();
    return this.#closed;
  }

  private open(): void {
    if (this.#closing.signal.aborted) throw new EventStoreUnavailable('The event store is closed.');
  }

  private async carry(groups: readonly AppendGroup[], remainingMs: () => number): Promise<AppendResult[]> {
    const rows = await this.insist<AppendRow>(this.#writer, appendStatement(groups), remainingMs);
    let index = 0;
    return groups.map(({ writes }) => {
      const answers = rows.slice(index, index + writes.length);
      index += writes.length;
      return appendResult(answers);
    });
  }

  private async read<Row extends pg.QueryResultRow>(query: pg.QueryConfig): Promise<{ rows: Row[] }> {
    this.open();
    const until = performance.now() + this.#deadlineMs;
    return { rows: await this.insist<Row>(this.#readers, query, () => until - performance.now()) };
  }

  /** Sends the identical statement again while its outcome is unknown: reads change nothing, appends repeat their ids. */
  private async insist<Row extends pg.QueryResultRow>(
    pool: pg.Pool,
    query: pg.QueryConfig,
    remainingMs: () => number,
  ): Promise<Row[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        // `query_timeout` is the client's own: a server that has stopped does not keep to `statement_timeout`.
        const timed = { ...query, query_timeout: Math.max(1, Math.ceil(remainingMs())) };
        return (await within(pool.query<Row>(timed), remainingMs())).rows;
      } catch (error) {
        if (!isTransient(error)) throw error;
        const wait = backOff(attempt, 50, 1000);
        if (attempt >= MAX_TRIES || remainingMs() <= wait) {
          throw new EventStoreUnavailable('The event store cannot be reached.', { cause: error });
        }
        this.#warn('The event store did not answer; sending the same again.', error);
        await pause(wait);
      }
    }
  }
}

/** The wait for a free connection counts as well, which `query_timeout` does not know of. */
async function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  promise.catch(() => undefined);
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([
      promise,
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error('timeout of the whole call')), Math.max(1, ms));
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
}

/** What es.news says; undefined for anything else. */
function newsIn(payload = ''): News | undefined {
  const [, first, last, types] = /^(\d+) (\d+) (.+)$/.exec(payload) ?? [];
  if (first === undefined || last === undefined || types === undefined) return undefined;
  const named = types.split(' ');
  return named.includes('*') ? undefined : { first: BigInt(first), last: BigInt(last), types: named };
}
