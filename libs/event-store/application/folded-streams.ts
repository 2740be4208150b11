import { LRUCache } from 'lru-cache';
import type { Command, DomainEvent, Recorded } from '#libs/kernel/domain/message';
import type { Codec } from './codec.js';
import type { Drafted } from './drafts.js';
import type { EventStore, Position } from './event-store.js';
import { receiptEvents } from './receipts.js';
import { sizeOf } from './size-of.js';
import type { Loaded, ReceiptEvent, StreamDefinition } from './stream-definition.js';

export interface CommandRecord {
  readonly hash: string;
  /** The stream's, after it. */
  revision: bigint;
  readonly events: ReceiptEvent[];
  position: Position;
}

export interface Folded<State> extends Loaded<State> {
  /** By command id. Shared by all states of one stream: what is in it has happened, whatever revision one looks at. */
  readonly commands: Map<string, CommandRecord>;
  readonly size: number;
}

/** The states of the streams of one category, as far as they are known here: folded once, then only what is new. */
export class FoldedStreams<State, C extends Command, E extends DomainEvent> {
  readonly #cache: LRUCache<string, Folded<State>>;

  constructor(
    private readonly store: EventStore,
    private readonly codec: Codec,
    private readonly definition: StreamDefinition<State, C, E>,
    cacheSize: number,
  ) {
    this.#cache = new LRUCache({ maxSize: cacheSize, sizeCalculation: ({ size }) => size });
  }

  /** As it was when it was last read or written here. */
  known(streamId: string): Folded<State> | undefined {
    return this.#cache.get(streamId);
  }

  /** The state now: what is known, and what was appended since. */
  async refresh(streamId: string): Promise<Folded<State>> {
    const cached = this.#cache.get(streamId);
    const from = cached === undefined ? undefined : cached.revision + 1n;
    const { events, revision } = await this.store.readStream(streamId, from === undefined ? {} : { from });
    if (cached !== undefined && revision < cached.revision) {
      // The log is shorter than what was seen of it: it was restored from a backup.
      this.#cache.delete(streamId);
      return this.refresh(streamId);
    }
    const folded = this.fold(cached ?? this.empty(), await this.codec.decode<E>(events));
    this.keep(streamId, folded);
    return folded;
  }

  /** Reads what is not known of several streams in one go. */
  async warm(streamIds: readonly string[]): Promise<void> {
    const cold = streamIds.filter((streamId) => !this.#cache.has(streamId));
    if (cold.length === 0) return;
    const streams = await this.store.readStreams(cold);
    // Their keys are fetched in one go too.
    const decoded = (await this.codec.decode([...streams.values()].flat())) as readonly Recorded[];
    for (const [streamId, events] of Map.groupBy(decoded, (event) => event.streamId))
      this.keep(streamId, this.fold(this.empty(), events as unknown as Recorded<E>[]));
  }

  /** Every event of the stream, oldest first, optionally up to a revision. */
  async history(streamId: string, { to }: { to?: bigint } = {}): Promise<Recorded<E>[]> {
    if (to !== undefined && to < 0n) return [];
    const { events } = await this.store.readStream(streamId, to === undefined ? {} : { max: Number(to) + 1 });
    return this.codec.decode<E>(events);
  }

  keep(streamId: string, folded: Folded<State>): void {
    const known = this.#cache.get(streamId);
    if (folded.exists && (known === undefined || known.revision <= folded.revision)) this.#cache.set(streamId, folded);
  }

  empty(): Folded<State> {
    return {
      state: this.definition.decider.initialState,
      revision: -1n,
      exists: false,
      position: this.store.start,
      workspaceId: undefined,
      commands: new Map(),
      size: 200,
    };
  }

  fold(before: Folded<State>, events: readonly Recorded<E>[]): Folded<State> {
    let { state, revision, position, workspaceId, size } = before;
    for (const event of events as readonly Recorded[]) {
      const { recordedAt, actor } = event;
      revision = event.revision;
      state = this.definition.decider.evolve(state, event as unknown as E, { revision, recordedAt, actorId: actor.id });
      position = event.position as Position;
      workspaceId ??= event.workspaceId;
      size += sizeOf(event.data);
      remember(before.commands, event);
    }
    return { state, revision, exists: revision >= 0n, position, workspaceId, commands: before.commands, size };
  }
}

/** The state that a command leads to. */
export const followed = <State>(
  before: Folded<State>,
  { events, after, size }: Drafted<State>,
  { metadata }: Command,
  position: Position,
): Folded<State> => ({
  state: after,
  revision: before.revision + BigInt(events.length),
  exists: true,
  position,
  workspaceId: before.workspaceId ?? metadata.workspaceId,
  commands: before.commands,
  size: before.size + size,
});

/** Keeps what a command has recorded, for its repetition; answers what its receipt shows. */
export function recorded<State>(
  { commands, revision }: Folded<State>,
  { events }: Drafted<State>,
  { metadata: { commandId, commandHash: hash } }: Command,
  position: Position,
): readonly ReceiptEvent[] {
  const shown = receiptEvents(events, revision);
  commands.set(commandId, { hash, revision: revision + BigInt(shown.length), events: shown, position });
  return shown;
}

function remember(commands: Map<string, CommandRecord>, event: Recorded): void {
  const { id, type, revision, commandId } = event;
  const record = commands.get(commandId);
  const position = event.position as Position;
  if (record === undefined) {
    commands.set(commandId, { hash: event.commandHash, revision, events: [{ id, type, revision }], position });
  } else if (record.revision < revision) {
    record.events.push({ id, type, revision });
    record.revision = revision;
    record.position = position;
  }
}
