import { DomainError } from '#libs/kernel/domain/domain-error';
import { derivedId } from '#libs/kernel/domain/ids';
import type { Command, DomainEvent, Recorded } from '#libs/kernel/domain/message';
import { claimsOf, ClaimTaking } from './claim-taking.js';
import type { Codec } from './codec.js';
import { Convoys } from './convoys.js';
import { Drafts } from './drafts.js';
import { ConcurrentModification, IdempotencyKeyReused, NotFound, RevisionMismatch, StandingMoved } from './errors.js';
import { expecting, type AppendResult, type EventStore, type Position, type StreamWrite } from './event-store.js';
import { FoldedStreams, followed, recorded, type CommandRecord, type Folded } from './folded-streams.js';
import { outcomeOf } from './receipts.js';
import { checksOf, checkStanding, movedOf, nothing, reliedOn, type Relied } from './relied.js';
import type { HandleOptions, Loaded, Outcome, StreamDefinition, StreamHandlerOptions } from './stream-definition.js';
import { Turns } from './turns.js';
import { Unrecorded } from './unrecorded.js';

export type {
  HandleOptions,
  Loaded,
  Outcome,
  Premises,
  Receipt,
  ReceiptEvent,
  StreamDefinition,
  StreamHandlerOptions,
} from './stream-definition.js';

type Weighed<E> = { readonly replay: CommandRecord } | { readonly events: readonly E[] };

const MAX_CONFLICTS = 5;

/**
 * Read, fold, decide, append: the only way an event comes into being. One round trip for a stream in the cache, two
 * otherwise. Commands on one stream take turns within this process, so that they do not spoil each other's append;
 * while one append is under way, further commands are decided on the state it will leave, and share the next. An append
 * checks whatever its commands rely on in other streams, such as the right to give them.
 */
export class StreamHandler<State, C extends Command, E extends DomainEvent> {
  readonly #streams: FoldedStreams<State, C, E>;
  readonly #drafts: Drafts<State, C, E>;
  readonly #convoys: Convoys<State, C, E>;
  readonly #claims: ClaimTaking<E>;
  readonly #turns = new Turns();
  readonly #unrecorded = new Unrecorded();
  readonly #patienceMs: number;

  constructor(
    private readonly store: EventStore,
    private readonly codec: Codec,
    readonly definition: StreamDefinition<State, C, E>,
    { cacheSize = 64 * 1024 * 1024, patienceMs = 10_000 }: StreamHandlerOptions = {},
  ) {
    this.#streams = new FoldedStreams(store, codec, definition, cacheSize);
    this.#drafts = new Drafts(codec, definition);
    this.#convoys = new Convoys(store, this.#streams, this.#drafts, patienceMs);
    this.#claims = new ClaimTaking(store, codec, (id) => this.streamOf(id));
    this.#patienceMs = patienceMs;
  }

  streamOf(id: string): string {
    return `${this.definition.category}-${id}`;
  }

  /**
   * Decides and records. The answer to a command seen before is its original receipt; that, and a reused key, is found
   * before a stale revision, and that before the decider's refusals.
   * @throws StandingMoved when the actor's standing (`metadata.standing`) has changed; nothing was recorded
   */
  async handle(id: string, ordered: C, options: HandleOptions<E, C> = {}): Promise<Outcome<State>> {
    if (options.dryRun) return this.rehearse(id, ordered, options);
    const streamId = this.streamOf(id);
    let command = ordered;
    const claims = claimsOf(options);
    let mayBoard = claims.length === 0;
    for (let conflicts = 0; ; conflicts++) {
      const seat = await this.#turns.take(streamId, this.#patienceMs, async () => {
        const board = mayBoard ? await this.board(streamId, command, options) : undefined;
        return board ?? { outcome: await this.alone(streamId, id, command, options, conflicts) };
      });
      if ('outcome' in seat) return seat.outcome;
      const arrival = await seat.arrival;
      if (arrival.outcome) return arrival.outcome;
      if (arrival.moved.size > 0 && options.premises) command = await options.premises.renewed(command);
      mayBoard = arrival.mayBoard && conflicts + 2 < MAX_CONFLICTS;
    }
  }

  /** The state now, in one round trip. Another workspace's stream is `NotFound` when a workspace is named. */
  async load(id: string, { workspaceId }: { workspaceId?: string } = {}): Promise<Loaded<State>> {
    const loaded = await this.#streams.refresh(this.streamOf(id));
    if (workspaceId !== undefined && loaded.workspaceId !== workspaceId) throw new NotFound();
    return loaded;
  }

  /** Reads what is not in the cache of several streams in one go: commands to them then cost no read. */
  warm(ids: readonly string[]): Promise<void> {
    return this.#streams.warm(ids.map((id) => this.streamOf(id)));
  }

  /** The state after a revision, at a time (RFC 3339, inclusive), or before a position of the log. */
  async loadAt(
    id: string,
    at: { revision: bigint } | { asOf: string } | { before: Position },
    { workspaceId }: { workspaceId?: string } = {},
  ): Promise<Loaded<State>> {
    const events = await this.history(id, 'revision' in at ? { to: at.revision } : {});
    const until = 'asOf' in at ? Date.parse(at.asOf) : Infinity;
    // By position first: a clock that went back must not hide an earlier event behind a later one.
    const end = events.findIndex(({ recordedAt, position }) =>
      'before' in at ? this.store.compare(position as Position, at.before) >= 0 : Date.parse(recordedAt) > until,
    );
    const loaded = this.#streams.fold(this.#streams.empty(), end === -1 ? events : events.slice(0, end));
    if (workspaceId !== undefined && (events[0] as Recorded | undefined)?.workspaceId !== workspaceId) {
      throw new NotFound();
    }
    return loaded;
  }

  /** Every event of the stream, oldest first, optionally up to a revision. */
  history(id: string, { to }: { to?: bigint } = {}): Promise<Recorded<E>[]> {
    return this.#streams.history(this.streamOf(id), to === undefined ? {} : { to });
  }

  /** Undefined when only the recorded state can answer: a refusal, nothing to do, a command seen before. */
  private board(streamId: string, command: C, options: HandleOptions<E, C>) {
    const decide = (base: Folded<State>): readonly E[] | undefined => {
      try {
        const weighed = this.weigh(streamId, base, command, options);
        return 'replay' in weighed || weighed.events.length === 0 ? undefined : weighed.events;
      } catch (error) {
        if (error instanceof DomainError) return undefined;
        throw error;
      }
    };
    return this.#convoys.board(streamId, command, decide, (events) => this.relied(streamId, command, events, options));
  }

  /**
   * Decides on what is recorded, with nothing of this process under way on the stream.
   * @param conflicts how often this command was refused because others were faster.
   */
  private async alone(
    streamId: string,
    id: string,
    ordered: C,
    options: HandleOptions<E, C>,
    conflicts: number,
  ): Promise<Outcome<State>> {
    let command = ordered;
    const claims = claimsOf(options);
    await this.#convoys.none(streamId);
    const cached = this.#streams.known(streamId);
    // A command that begins a stream assumes that there is none: the append finds out, which saves a read.
    let fresh = conflicts > 0 || (cached === undefined && !this.definition.creates(command));
    let current = fresh ? await this.#streams.refresh(streamId) : (cached ?? this.#streams.empty());
    let claimMayBeFree = true;
    for (;;) {
      let weighed: Weighed<E>;
      try {
        weighed = this.weigh(streamId, current, command, options);
      } catch (error) {
        if (fresh || !(error instanceof DomainError)) throw error;
        current = await this.#streams.refresh(streamId);
        fresh = true;
        continue;
      }
      if ('replay' in weighed) return this.replayed(id, command, current, weighed.replay);
      const { events } = weighed;
      const relied = new Map(events.length === 0 ? nothing : this.relied(streamId, command, events, options));
      const claimGuessed = claimMayBeFree && !current.exists && this.store.capabilities.atomicMultiStream;
      // A claim is only asked for when it is certain that this command was not recorded before.
      const claimsUncertain = claims.length > 0 && !claimGuessed;
      const seen = relied.get(streamId) ?? current.revision;
      if (!fresh && (events.length === 0 || claimsUncertain || seen !== current.revision)) {
        current = await this.#streams.refresh(streamId);
        fresh = true;
        continue;
      }
      if (events.length === 0) {
        const { metadata } = command;
        const { revision, position } = current;
        this.#unrecorded.keep(streamId, metadata, { hash: metadata.commandHash, revision, events: [], position });
        return outcomeOf(command, streamId, current, []);
      }
      if (seen !== current.revision) throw new StandingMoved(new Map([[streamId, current.revision]]));
      relied.delete(streamId);
      const drafted = await this.#drafts.of(streamId, command, current, events);
      const claimed = await this.#claims.take(id, command, claims, claimGuessed ? 'unheard-of' : current);
      const own: StreamWrite = { streamId, expected: expecting(current.revision), events: drafted.events };
      const result = await this.append([...checksOf(relied), ...claimed], own);
      if (result.status === 'ok') {
        const shown = recorded(current, drafted, command, result.position);
        const after = followed(current, drafted, command, result.position);
        this.#streams.keep(streamId, after);
        return outcomeOf(command, streamId, after, shown);
      }
      conflicts += 1;
      claimMayBeFree = false;
      // A duplicate is this very command, recorded by an earlier try: the stream now shows it.
      const moved = result.status === 'conflict' ? movedOf(relied, result.actual) : nothing;
      checkStanding(command, moved);
      if (conflicts >= MAX_CONFLICTS) throw new ConcurrentModification();
      const ownIsAsFolded = result.status === 'conflict' && result.actual.get(streamId) === current.revision;
      if (!ownIsAsFolded) current = await this.#streams.refresh(streamId);
      if (moved.size > 0 && options.premises) command = await options.premises.renewed(command);
      fresh = true;
    }
  }

  private async rehearse(id: string, command: C, options: HandleOptions<E, C>): Promise<Outcome<State>> {
    const streamId = this.streamOf(id);
    const current = await this.#streams.refresh(streamId);
    const weighed = this.weigh(streamId, current, command, options);
    if ('replay' in weighed) return this.replayed(id, command, current, weighed.replay);
    this.codec.check(weighed.events);
    if (weighed.events.length > 0) await this.#claims.look(id, command, claimsOf(options));
    const { after } = this.#drafts.evolve(command, current, weighed.events);
    const events = weighed.events.map(({ type, data }, index) => ({
      id: derivedId(command.metadata.commandId, streamId, index),
      type,
      revision: current.revision + 1n + BigInt(index),
      data,
    }));
    const { commandId } = command.metadata;
    const { position } = current;
    const revision = current.revision + BigInt(events.length);
    return { receipt: { commandId, stream: streamId, revision, position, events }, state: after, replayed: false };
  }

  /** In the order in which the API answers: not found, seen before, stale revision, the decider's own refusals. */
  private weigh(streamId: string, current: Folded<State>, command: C, options: HandleOptions<E, C>): Weighed<E> {
    const { metadata } = command;
    if (!current.exists && !this.definition.creates(command)) throw new NotFound();
    if (current.exists && current.workspaceId !== metadata.workspaceId) throw new NotFound();
    const seen = current.commands.get(metadata.commandId) ?? this.#unrecorded.of(streamId, metadata);
    if (seen !== undefined) {
      if (seen.hash !== metadata.commandHash) throw new IdempotencyKeyReused();
      return { replay: seen };
    }
    const { expectedRevision, comparedRevision = current.revision } = options;
    if (expectedRevision !== undefined && expectedRevision !== comparedRevision) {
      throw new RevisionMismatch(comparedRevision);
    }
    return { events: this.definition.decider.decide(command, current.state) };
  }

  private async replayed(
    id: string,
    command: C,
    current: Folded<State>,
    { revision, events, position }: CommandRecord,
  ): Promise<Outcome<State>> {
    const state = revision === current.revision ? current.state : (await this.loadAt(id, { revision })).state;
    const receipt = { commandId: command.metadata.commandId, stream: this.streamOf(id), revision, position, events };
    return { receipt, state, replayed: true };
  }

  /** What the append has to check: its own stream, and others where the store can do that. */
  private relied(streamId: string, command: C, events: readonly E[], options: HandleOptions<E, C>): Relied {
    const relied = reliedOn(command, events, options);
    if (this.store.capabilities.checkOnlyStreams) return relied;
    const own = relied.get(streamId);
    return own === undefined ? nothing : new Map([[streamId, own]]);
  }

  /** Own events last, so that the position of the append is that of the stream's last event. */
  private append(before: readonly StreamWrite[], own: StreamWrite): Promise<AppendResult> {
    const [first, ...more] = [...before, own];
    return this.store.append([first ?? own, ...more]);
  }
}
