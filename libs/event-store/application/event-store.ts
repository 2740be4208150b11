import type { JsonObject } from '#libs/kernel/domain/json';
import type { Actor } from '#libs/kernel/domain/message';

/** Where an event stands in the order of all events: opaque, JSON-safe, ordered only by `EventStore.compare`. */
export type Position = string & { readonly __position: unique symbol };

/** What a stream must look like for an append to happen; product code uses `none` or an exact revision. */
export type Expected = 'any' | 'none' | 'exists' | bigint;

export interface EventMetadata {
  readonly $correlationId: string;
  readonly $causationId: string;
  readonly commandId: string;
  readonly commandType: string;
  /** SHA-256 (hex) of the canonical body of the command. */
  readonly commandHash: string;
  readonly actor: Actor;
  readonly workspaceId: string;
  readonly requestId?: string;
  readonly traceparent?: string;
  /** RFC 3339 UTC, the server's or the virtual clock; the stores' own times are storage detail. */
  readonly recordedAt: string;
}

/** @param revision -1n: there is no stream */
export const expecting = (revision: bigint): Expected => (revision === -1n ? 'none' : revision);

export interface NewEvent {
  /** UUIDv5(commandId, streamId, index): appending the same ids again is answered with the original outcome. */
  readonly id: string;
  readonly type: string;
  readonly schemaVersion: number;
  readonly data: JsonObject;
  readonly metadata: EventMetadata;
}

export interface RecordedEvent extends NewEvent {
  readonly streamId: string;
  /** Dense from 0 within the stream. */
  readonly revision: bigint;
  readonly position: Position;
}

/** Events for one stream; `events: []` only checks its revision. */
export interface StreamWrite {
  readonly streamId: string;
  readonly expected: Expected;
  readonly events: readonly NewEvent[];
}

export type AppendResult =
  | {
      readonly status: 'ok' | 'duplicate';
      readonly position: Position;
      readonly revisions: ReadonlyMap<string, bigint>;
    }
  /** `actual` holds -1n for a stream that does not exist. */
  | { readonly status: 'conflict'; readonly actual: ReadonlyMap<string, bigint> };

export interface Page {
  readonly events: RecordedEvent[];
  readonly next: Position;
  readonly atHead: boolean;
}

const STREAMS_AT_ONCE = 32;

/**
 * The append-only log. A refused append is a value (`conflict`); infrastructure faults throw `EventStoreUnavailable`.
 * Three implementations (PostgreSQL, EventStoreDB, memory) are held to one contract suite.
 */
export abstract class EventStore {
  abstract readonly kind: 'postgres' | 'eventstoredb' | 'memory';
  abstract readonly capabilities: {
    readonly atomicMultiStream: boolean;
    readonly checkOnlyStreams: boolean;
    readonly gapless: boolean;
  };
  /** The position before the first event. */
  abstract readonly start: Position;
  abstract append(writes: readonly [StreamWrite, ...StreamWrite[]]): Promise<AppendResult>;
  /** `revision` is -1n for a stream that does not exist. Backwards starts at the end (or at `from`), newest first. */
  abstract readStream(
    id: string,
    options?: { from?: bigint; max?: number; backwards?: boolean },
  ): Promise<{ events: RecordedEvent[]; revision: bigint }>;
  /** Several streams in whole, each oldest first; one that does not exist is left out. */
  async readStreams(ids: readonly string[]): Promise<ReadonlyMap<string, RecordedEvent[]>> {
    const streams = new Map<string, RecordedEvent[]>();
    const left = [...new Set(ids)];
    const read = async () => {
      for (let id = left.pop(); id !== undefined; id = left.pop()) {
        const { events } = await this.readStream(id);
        if (events.length > 0) streams.set(id, events);
      }
    };
    await Promise.all(Array.from({ length: STREAMS_AT_ONCE }, read));
    return streams;
  }
  /**
   * The next events after a position, at most `limit`. With `types` a page may be short or empty before the head is
   * reached: go on from `next` until `atHead`.
   */
  abstract readAll(options: { after: Position | 'start'; limit: number; types?: readonly string[] }): Promise<Page>;
  abstract head(): Promise<Position>;
  /**
   * Every event after a position, then new ones as they come, until the signal aborts. The first arrival at the head is
   * told by a page with `atHead`, which may be empty. Connection faults are healed inside, with growing pauses.
   */
  abstract subscribe(options: {
    after: Position | 'start';
    signal: AbortSignal;
    types?: readonly string[];
  }): AsyncIterable<Page>;
  /** Throws a `TypeError` for what is not a position of this store. */
  abstract compare(a: Position, b: Position): number;
  /** The position `events` places before another one of the same append; only where `capabilities.gapless`. */
  before(position: Position, events: number): Position {
    if (events === 0) return position;
    throw new TypeError('The positions of this store have gaps.');
  }
  /** For text from outside (a token): whether `compare` knows it. */
  isPosition(text: string): text is Position {
    try {
      this.compare(text as Position, this.start);
      return true;
    } catch {
      return false;
    }
  }
  abstract health(): Promise<{ ok: boolean; detail?: string }>;
  abstract close(): Promise<void>;
}
