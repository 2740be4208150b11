import {
  EventStore,
  type AppendResult,
  type Page,
  type Position,
  type RecordedEvent,
  type StreamWrite,
} from '../../application/event-store.js';
import { checkWrites } from '../../application/check-writes.js';
import { EventStoreUnavailable } from '../../application/errors.js';
import { Appender, placeOfResult } from './appender.js';
import { ClientSlot } from './client-slot.js';
import type { Connection } from './connection-string.js';
import { followLog } from './follow-log.js';
import { portError, reasonOf, within } from './outcome.js';
import { comparePlaces, later, START, toPlace, toPosition, type Place } from './place.js';
import { Reader, type StreamRange } from './reader.js';
import { Scope } from './scope.js';
import type { Settings, Trouble } from './settings.js';

export interface EventStoreDbStoreOptions {
  /** One client for commands, one for projectors: a busy catch-up must not hold an append back. */
  readonly commands: Connection;
  readonly projectors: Connection;
  readonly settings: Settings;
  /** Only streams of these categories (`review` means `review-…`); by default every stream that is not the system's. */
  readonly categories?: readonly string[];
  readonly onTrouble?: (trouble: Trouble) => void;
}

const CLOSED = 'The event store is closed.';
/** Milliseconds that a health check may take. */
const HEALTH_MS = 2_000;
/** Milliseconds that work in progress may go on when the store is closed. */
const CLOSE_MS = 10_000;
/** Milliseconds that the first append waits to learn how far the log goes. */
const FIRST_LOOK_MS = 1_000;

/** The log in EventStoreDB (or KurrentDB, by the same protocol), server 24.10.5 or newer. */
export class EventStoreDbStore extends EventStore {
  readonly kind = 'eventstoredb';
  readonly capabilities = { atomicMultiStream: false, checkOnlyStreams: false, gapless: false };
  readonly start = toPosition(START);

  private readonly commands: ClientSlot;
  private readonly projectors: ClientSlot;
  private readonly reader: Reader;
  private readonly appender: Appender;
  private readonly scope: Scope;
  private readonly running = new Set<Promise<unknown>>();
  private readonly closing = new AbortController();
  /** The greatest place this process has seen committed. */
  private committed: Place | undefined;

  constructor(private readonly options: EventStoreDbStoreOptions) {
    super();
    const { settings } = options;
    const { credentials } = options.commands;
    const slot = (client: 'commands' | 'projectors') =>
      new ClientSlot(options[client], settings.faultsBeforeRebuild, () =>
        this.onTrouble({ what: 'client-rebuilt', client }),
      );
    this.commands = slot('commands');
    this.projectors = slot('projectors');
    this.scope = new Scope(options.categories);
    this.reader = new Reader({ credentials, settings, onTrouble: this.onTrouble });
    this.appender = new Appender({
      clients: this.commands,
      credentials,
      settings,
      onTrouble: this.onTrouble,
      stretch: (streamId, from, max) => this.reader.stretch(this.commands, streamId, { from, max }),
      tail: (streamId, max) => this.reader.stream(this.commands, streamId, { max, backwards: true }),
      knownPlace: () => this.knownPlace(),
    });
  }

  /** Two processes that append the same events at once may both hear `ok`, with the same revision and position, if every byte is the same. */
  append(writes: readonly [StreamWrite, ...StreamWrite[]]): Promise<AppendResult> {
    return this.attempted(async () => {
      checkWrites(writes, this.capabilities);
      const result = await this.appender.append(writes[0]);
      this.seen(placeOfResult(result));
      return result;
    });
  }

  readStream(id: string, range: StreamRange = {}): Promise<{ events: RecordedEvent[]; revision: bigint }> {
    return this.attempted(() => this.reader.stream(this.commands, id, range));
  }

  readAll({ after, limit, types }: { after: Position | 'start'; limit: number; types?: readonly string[] }) {
    return this.attempted(() => this.reader.all(this.projectors, this.scopeOf(types), toPlace(after), limit));
  }

  head(): Promise<Position> {
    return this.attempted(async () => {
      const place = await this.reader.head(this.commands, this.scope);
      this.seen(place);
      return toPosition(place);
    });
  }

  subscribe({ after, signal, types }: { after: Position | 'start'; signal: AbortSignal; types?: readonly string[] }) {
    return followLog({
      clients: this.projectors,
      scope: this.scopeOf(types),
      after: toPlace(after),
      signal: AbortSignal.any([signal, this.closing.signal]),
      credentials: this.options.projectors.credentials,
      settings: this.options.settings,
      onTrouble: this.onTrouble,
    }) satisfies AsyncIterable<Page>;
  }

  compare(a: Position, b: Position): number {
    return comparePlaces(toPlace(a), toPlace(b));
  }

  async health(): Promise<{ ok: boolean; detail?: string }> {
    if (this.closing.signal.aborted) return { ok: false, detail: CLOSED };
    try {
      await within(HEALTH_MS, 'health', this.reader.head(this.commands, this.scope));
      return { ok: true };
    } catch (error) {
      return { ok: false, detail: reasonOf(error) };
    }
  }

  /** Work in progress is finished first, as far as it can be. */
  async close(): Promise<void> {
    this.closing.abort();
    await within(CLOSE_MS, 'close', Promise.allSettled(this.running)).catch(() => undefined);
    await Promise.all([this.commands.close(), this.projectors.close()]);
  }

  private scopeOf(types?: readonly string[]): Scope {
    return types ? new Scope(this.options.categories, types) : this.scope;
  }

  /** Once per process, before its first append: what lies at or before this place is no new event. */
  private async knownPlace(): Promise<Place | undefined> {
    if (this.committed) return this.committed;
    const look = this.reader.head(this.commands, this.scope).then((place) => this.seen(place));
    await within(FIRST_LOOK_MS, 'head', look).catch(() => undefined);
    return this.committed;
  }

  private seen(place: Place | undefined): void {
    if (place) this.committed = this.committed ? later(this.committed, place) : place;
  }

  private readonly onTrouble = (trouble: Trouble): void => this.options.onTrouble?.(trouble);

  private async attempted<T>(work: () => Promise<T>): Promise<T> {
    if (this.closing.signal.aborted) throw new EventStoreUnavailable(CLOSED);
    const working = work();
    this.running.add(working);
    try {
      return await working;
    } catch (error) {
      throw portError(error, this.options.settings.maxAppendBytes);
    } finally {
      this.running.delete(working);
    }
  }
}
