import { LRUCache } from 'lru-cache';
import type { Decider } from '#libs/kernel/domain/decider';
import { DomainError } from '#libs/kernel/domain/domain-error';
import { derivedId } from '#libs/kernel/domain/ids';
import type { Command, CommandMetadata, DomainEvent, Recorded } from '#libs/kernel/domain/message';
import { claimStreamId, Claims, type Claim } from './claims.js';
import type { Codec } from './codec.js';
import { Convoy } from './convoy.js';
import {
  ConcurrentModification,
  EventStoreUnavailable,
  IdempotencyKeyReused,
  NotFound,
  RevisionMismatch,
} from './errors.js';
import type {
  AppendResult,
  EventMetadata,
  EventStore,
  Expected,
  NewEvent,
  Position,
  StreamWrite,
} from './event-store.js';
import { Turns } from './turns.js';

/** What makes the streams of one category: `<category>-<id>`. */
export interface StreamDefinition<State, C extends Command, E extends DomainEvent> {
  readonly category: string;
  readonly decider: Decider<State, C, E>;
  /** Whether a command may begin a stream; any other command to a missing stream is `NotFound`. */
  readonly creates: (command: C) => boolean;
  /** Whose key seals an event's personal fields, from the state after it; needed where events have such fields. */
  readonly dataSubject?: (state: State, event: E) => string;
  /** In whose name an event was brought about, where the decider has found that out; the envelope then says so. */
  readonly principal?: (event: E) => string | undefined;
}

/** What a command has recorded. */
export interface Receipt {
  readonly commandId: string;
  readonly stream: string;
  /** The stream's revision after the command. */
  readonly revision: bigint;
  readonly position: Position;
  /** Empty when there was nothing to do. `data` is filled by a dry run only. */
  readonly events: readonly ReceiptEvent[];
}

export interface ReceiptEvent {
  readonly id: string;
  readonly type: string;
  readonly revision: bigint;
  readonly data?: unknown;
}

export interface Outcome<State> {
  readonly receipt: Receipt;
  /** As it was right after the command. */
  readonly state: State;
  /** True when this command was recorded before and is answered by its original receipt. */
  readonly replayed: boolean;
}

export interface Loaded<State> {
  readonly state: State;
  /** -1n when there is no stream. */
  readonly revision: bigint;
  readonly exists: boolean;
  readonly position: Position;
  readonly workspaceId: string | undefined;
}

/**
 * What a command relies on in other streams, such as a right that is given there. The append checks them where the store
 * can; a store that cannot goes by what was known when the command was decided.
 */
export interface Premises<E extends DomainEvent, C extends Command = never> {
  /** The other streams, at the revisions this command has seen (-1n: none yet). */
  seen(events: readonly E[], command: C): ReadonlyMap<string, bigint>;
  /** The command with facts as new as now: asked when one of the streams has moved. */
  renewed(command: C): Promise<C>;
}

export interface HandleOptions<E extends DomainEvent, C extends Command = never> {
  /** The client's `If-Match`: any other revision is `RevisionMismatch`. */
  readonly expectedRevision?: bigint | undefined;
  /** Where the stream stands that `expectedRevision` speaks of, when it is another one than this. */
  readonly comparedRevision?: bigint | undefined;
  /** Decide on fresh state and record nothing. */
  readonly dryRun?: boolean | undefined;
  readonly claim?: Claim<E> | undefined;
  readonly premises?: Premises<E, C> | undefined;
}

export interface StreamHandlerOptions {
  /** Memory for folded states, in characters of their events; 64 Mi unless told. */
  readonly cacheSize?: number;
  /** How long a command waits for others on the same stream, in milliseconds; 10,000 unless told. */
  readonly patienceMs?: number;
}

interface CommandRecord {
  readonly hash: string;
  readonly events: ReceiptEvent[];
  position: Position;
}

interface Folded<State> extends Loaded<State> {
  /** By command id. Shared by all states of one stream: what is in it has happened, whatever revision one looks at. */
  readonly commands: Map<string, CommandRecord>;
  readonly size: number;
}

/** The events of a command, ready to be recorded, and what they lead to. */
interface Drafted<State> {
  readonly events: readonly NewEvent[];
  readonly after: State;
  readonly size: number;
}

/** A command in a convoy. */
interface Passenger<Ahead extends { readonly state: unknown }, C> {
  /** What it was decided on. */
  readonly base: Ahead;
  readonly ahead: Ahead;
  readonly drafted: Drafted<Ahead['state']>;
  readonly command: C;
  /** Events of the convoy before its own. */
  readonly offset: number;
}

type Weighed<State, E> =
  { readonly replay: CommandRecord } | { readonly events: readonly E[]; readonly current: Folded<State> };

const MAX_CONFLICTS = 5;
/** How long a claim whose holder has not begun is given before it is taken over, in milliseconds per look. */
const GRACE_MS = [20, 40, 80, 160, 320];

/**
 * Read, fold, decide, append: the only way an event comes into being. One round trip for a stream in the cache, two
 * otherwise. Commands on one stream take turns within this process, so that they do not spoil each other's append;
 * while one append is under way, further commands are decided on the state it will leave, and share the next.
 */
export class StreamHandler<State, C extends Command, E extends DomainEvent> {
  readonly #cache: LRUCache<string, Folded<State>>;
  readonly #turns = new Turns();
  /** The newest convoy of each stream that has one under way. */
  readonly #convoys = new Map<string, Convoy<Folded<State>>>();
  readonly #claims: Claims;
  readonly #patienceMs: number;

  constructor(
    private readonly store: EventStore,
    private readonly codec: Codec,
    readonly definition: StreamDefinition<State, C, E>,
    { cacheSize = 64 * 1024 * 1024, patienceMs = 10_000 }: StreamHandlerOptions = {},
  ) {
    this.#cache = new LRUCache({ maxSize: cacheSize, sizeCalculation: ({ size }) => size });
    this.#claims = new Claims(store, codec);
    this.#patienceMs = patienceMs;
  }

  streamOf(id: string): string {
    return `${this.definition.category}-${id}`;
  }

  /**
   * Decides and records. The answer to a command seen before is its original receipt; that, and a reused key, is found
   * before a stale revision, and that before the decider's refusals.
   */
  async handle(id: string, command: C, options: HandleOptions<E, C> = {}): Promise<Outcome<State>> {
    if (options.dryRun) return this.rehearse(id, command, options);
    const streamId = this.streamOf(id);
    const seat = await this.#turns.take(streamId, this.#patienceMs, async () => {
      const board = await this.board(streamId, command, options);
      return board ?? { outcome: await this.alone(streamId, id, command, options) };
    });
    if ('outcome' in seat) return seat.outcome;
    const outcome = await seat.arrival;
    if (outcome) return outcome;
    return this.#turns.take(streamId, this.#patienceMs, () => this.alone(streamId, id, command, options, 1));
  }

  /** The state now, in one round trip. Another workspace's stream is `NotFound` when a workspace is named. */
  async load(id: string, { workspaceId }: { workspaceId?: string } = {}): Promise<Loaded<State>> {
    const loaded = await this.refresh(this.streamOf(id));
    if (workspaceId !== undefined && loaded.workspaceId !== workspaceId) throw new NotFound();
    return loaded;
  }

  /** Reads what is not in the cache of several streams in one go: commands to them then cost no read. */
  async warm(ids: readonly string[]): Promise<void> {
    const cold = ids.map((id) => this.streamOf(id)).filter((streamId) => !this.#cache.has(streamId));
    if (cold.length === 0) return;
    const streams = await this.store.readStreams(cold);
    // Their keys are fetched in one go too.
    const decoded = (await this.codec.decode([...streams.values()].flat())) as readonly Recorded[];
    for (const [streamId, events] of Map.groupBy(decoded, (event) => event.streamId))
      this.keep(streamId, this.fold(this.empty(), events as unknown as Recorded<E>[]));
  }

  /** The state after a revision, or at a time (RFC 3339, inclusive). */
  async loadAt(
    id: string,
    at: { revision: bigint } | { asOf: string },
    { workspaceId }: { workspaceId?: string } = {},
  ): Promise<Loaded<State>> {
    const events = await this.history(id, 'revision' in at ? { to: at.revision } : {});
    const until = 'asOf' in at ? Date.parse(at.asOf) : undefined;
    // By position first: a clock that went back must not hide an earlier event behind a later one.
    const end = until === undefined ? -1 : events.findIndex(({ recordedAt }) => Date.parse(recordedAt) > until);
    const loaded = this.fold(this.empty(), end === -1 ? events : events.slice(0, end));
    if (workspaceId !== undefined && (events[0] as Recorded | undefined)?.workspaceId !== workspaceId) {
      throw new NotFound();
    }
    return loaded;
  }

  /** Every event of the stream, oldest first, optionally up to a revision. */
  async history(id: string, { to }: { to?: bigint } = {}): Promise<Recorded<E>[]> {
    if (to !== undefined && to < 0n) return [];
    const { events } = await this.store.readStream(this.streamOf(id), to === undefined ? {} : { max: Number(to) + 1 });
    return this.codec.decode<E>(events);
  }

  /** Drops what is cached of a stream, as after the erasure of its data subject. */
  forget(id: string): void {
    this.#cache.delete(this.streamOf(id));
  }

  /**
   * Decides on the state that what is under way will leave, and takes part in the next append. Undefined when only the
   * recorded state can answer: a refusal, nothing to do, a command seen before, a claim, a right given elsewhere.
   */
  private async board(
    streamId: string,
    command: C,
    options: HandleOptions<E, C>,
  ): Promise<{ arrival: Promise<Outcome<State> | undefined> } | undefined> {
    // Only there can each command of an append be told its own position.
    if (options.claim || !this.store.capabilities.gapless) return undefined;
    const newest = this.#convoys.get(streamId);
    const base = newest?.ahead ?? this.#cache.get(streamId);
    const { commandId } = command.metadata;
    if (!base?.exists || newest?.pending.has(commandId)) return undefined;
    let decided: readonly E[];
    try {
      const weighed = this.weigh(base, command, options);
      if ('replay' in weighed || weighed.events.length === 0) return undefined;
      if (this.premises(command, weighed.events, options).length > 0) return undefined;
      decided = weighed.events;
    } catch (error) {
      if (error instanceof DomainError) return undefined;
      throw error;
    }
    const drafted = await this.draft(streamId, command, base, decided);
    if (newest?.broken) return undefined;
    const convoy = newest?.gathers ? newest : this.convoy(streamId, base, newest?.over ? undefined : newest);
    const ahead = this.folded(base, drafted, command, base.position);
    const offset = convoy.join(commandId, drafted.events, ahead.size - base.size, ahead);
    return { arrival: this.arrival(streamId, convoy, { base, ahead, drafted, command, offset }) };
  }

  private convoy(
    streamId: string,
    base: Folded<State>,
    before: Convoy<Folded<State>> | undefined,
  ): Convoy<Folded<State>> {
    const convoy = new Convoy({
      base,
      before,
      patienceMs: this.#patienceMs,
      append: (events) => this.store.append([{ streamId, expected: expecting(base.revision), events }]),
    });
    this.#convoys.set(streamId, convoy);
    const gone = () => {
      if (this.#convoys.get(streamId) === convoy) this.#convoys.delete(streamId);
    };
    convoy.landing.then((landing) => {
      if (landing) this.keep(streamId, { ...convoy.ahead, position: landing.position });
      gone();
    }, gone);
    return convoy;
  }

  /** Undefined when it has to be decided anew, alone. */
  private async arrival(
    streamId: string,
    convoy: Convoy<Folded<State>>,
    { base, ahead, drafted, command, offset }: Passenger<Folded<State>, C>,
  ): Promise<Outcome<State> | undefined> {
    const after = offset + drafted.events.length;
    let landing;
    try {
      landing = await convoy.landing;
    } catch (error) {
      // Refused as a whole: decided alone, only the command at fault fails.
      if (error instanceof EventStoreUnavailable || convoy.eventsAfter(drafted.events.length) === 0) throw error;
      return undefined;
    } finally {
      convoy.pending.delete(command.metadata.commandId);
    }
    if (landing === undefined) return undefined;
    const position = this.store.before(landing.position, convoy.eventsAfter(after));
    const events = receiptEvents(drafted.events, base.revision);
    const { commandId, commandHash: hash } = command.metadata;
    base.commands.set(commandId, { hash, events, position });
    return outcomeOf(command, streamId, { ...ahead, position }, events);
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
    conflicts = 0,
  ): Promise<Outcome<State>> {
    let command = ordered;
    await this.#convoys.get(streamId)?.landing.catch(() => undefined);
    const cached = this.#cache.get(streamId);
    // A command that begins a stream assumes that there is none: the append finds out, which saves a read.
    let fresh = conflicts > 0 || (cached === undefined && !this.definition.creates(command));
    let current = fresh ? await this.refresh(streamId) : (cached ?? this.empty());
    let claimMayBeFree = true;
    for (;;) {
      let weighed: Weighed<State, E>;
      try {
        weighed = this.weigh(current, command, options);
      } catch (error) {
        if (fresh || !(error instanceof DomainError)) throw error;
        current = await this.refresh(streamId);
        fresh = true;
        continue;
      }
      if ('replay' in weighed) return this.replayed(id, command, current, weighed.replay);
      if (weighed.events.length === 0) {
        if (fresh) return outcomeOf(command, streamId, current, []);
        current = await this.refresh(streamId);
        fresh = true;
        continue;
      }
      const claimGuessed = claimMayBeFree && !current.exists && this.store.capabilities.atomicMultiStream;
      if (options.claim && !claimGuessed && !fresh) {
        // A claim is only asked for when it is certain that this command was not recorded before.
        current = await this.refresh(streamId);
        fresh = true;
        continue;
      }
      const drafted = await this.draft(streamId, command, current, weighed.events);
      const premises = this.premises(command, weighed.events, options);
      const claimed = await this.claim(id, command, options, claimGuessed);
      const own: StreamWrite = { streamId, expected: expecting(current.revision), events: drafted.events };
      const result = await this.append([...premises, ...claimed], own);
      if (result.status === 'ok') {
        const after = this.accept(streamId, current, drafted, command, result.position);
        return outcomeOf(command, streamId, after, receiptEvents(drafted.events, current.revision));
      }
      conflicts += 1;
      if (conflicts >= MAX_CONFLICTS) throw new ConcurrentModification();
      claimMayBeFree = false;
      const ownIsAsFolded = result.status === 'conflict' && result.actual.get(streamId) === current.revision;
      // A duplicate is this very command, recorded by an earlier try: the stream now shows it.
      if (!ownIsAsFolded) current = await this.refresh(streamId);
      if (
        options.premises &&
        result.status === 'conflict' &&
        premises.some((premise) => hasMoved(premise, result.actual))
      )
        command = await options.premises.renewed(command);
      fresh = true;
    }
  }

  private async rehearse(id: string, command: C, options: HandleOptions<E, C>): Promise<Outcome<State>> {
    const streamId = this.streamOf(id);
    const current = await this.refresh(streamId);
    const weighed = this.weigh(current, command, options);
    if ('replay' in weighed) return this.replayed(id, command, current, weighed.replay);
    this.codec.check(weighed.events);
    if (options.claim && weighed.events.length > 0) {
      const { isOver, taken } = options.claim;
      const { holder } = await this.#claims.holding(claimStreamId(command.metadata.workspaceId, options.claim));
      if (holder !== undefined && holder !== id && !(await isOver(holder))) throw taken(holder);
    }
    const { after } = this.evolve(current, command, weighed.events);
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
  private weigh(current: Folded<State>, command: C, options: HandleOptions<E, C>): Weighed<State, E> {
    const { metadata } = command;
    if (!current.exists && !this.definition.creates(command)) throw new NotFound();
    if (current.exists && current.workspaceId !== metadata.workspaceId) throw new NotFound();
    const seen = current.commands.get(metadata.commandId);
    if (seen !== undefined) {
      if (seen.hash !== metadata.commandHash) throw new IdempotencyKeyReused();
      return { replay: seen };
    }
    const { expectedRevision, comparedRevision = current.revision } = options;
    if (expectedRevision !== undefined && expectedRevision !== comparedRevision) {
      throw new RevisionMismatch(comparedRevision);
    }
    return { events: this.definition.decider.decide(command, current.state), current };
  }

  private async replayed(
    id: string,
    command: C,
    current: Folded<State>,
    { events, position }: CommandRecord,
  ): Promise<Outcome<State>> {
    const revision = events.at(-1)!.revision;
    const state = revision === current.revision ? current.state : (await this.loadAt(id, { revision })).state;
    const receipt = { commandId: command.metadata.commandId, stream: this.streamOf(id), revision, position, events };
    return { receipt, state, replayed: true };
  }

  private evolve(current: Folded<State>, { metadata }: C, events: readonly E[]): { after: State; subjects: string[] } {
    const { decider, dataSubject } = this.definition;
    const subjects: string[] = [];
    let after = current.state;
    let revision = current.revision;
    for (const event of events) {
      revision += 1n;
      after = decider.evolve(after, event, { revision, recordedAt: metadata.now, actorId: metadata.actor.id });
      if (dataSubject) subjects.push(dataSubject(after, event));
    }
    return { after, subjects };
  }

  private async draft(
    streamId: string,
    command: C,
    current: Folded<State>,
    decided: readonly E[],
  ): Promise<Drafted<State>> {
    const { after, subjects } = this.evolve(current, command, decided);
    const metadata = inTheNameOf(this.principalOf(decided), metadataOf(command));
    const events = await this.codec.encode(
      decided.map((event, index) => ({
        id: derivedId(command.metadata.commandId, streamId, index),
        event,
        metadata,
        keyRef: subjects[index],
      })),
    );
    return { events, after, size: decided.reduce((size, { data }) => size + sizeOf(data), 0) };
  }

  private principalOf(decided: readonly E[]): string | undefined {
    const { principal } = this.definition;
    return principal && decided.map((event) => principal(event)).find((found) => found !== undefined);
  }

  /** Own events last, so that the position of the append is that of the stream's last event. */
  private append(before: readonly StreamWrite[], own: StreamWrite): Promise<AppendResult> {
    const [first, ...more] = [...before, own];
    return this.store.append([first ?? own, ...more]);
  }

  /** Writes that only check; none where the store cannot do that. */
  private premises(command: C, events: readonly E[], { premises }: HandleOptions<E, C>): readonly StreamWrite[] {
    if (!premises || !this.store.capabilities.checkOnlyStreams) return [];
    const seen = [...premises.seen(events, command)];
    return seen.map(([streamId, revision]) => ({ streamId, expected: expecting(revision), events: [] }));
  }

  private accept(
    streamId: string,
    before: Folded<State>,
    drafted: Drafted<State>,
    command: C,
    position: Position,
  ): Folded<State> {
    const { commandId, commandHash: hash } = command.metadata;
    before.commands.set(commandId, { hash, events: receiptEvents(drafted.events, before.revision), position });
    const folded = this.folded(before, drafted, command, position);
    this.keep(streamId, folded);
    return folded;
  }

  private folded(
    before: Folded<State>,
    { events, after, size }: Drafted<State>,
    { metadata }: C,
    position: Position,
  ): Folded<State> {
    return {
      state: after,
      revision: before.revision + BigInt(events.length),
      exists: true,
      position,
      workspaceId: before.workspaceId ?? metadata.workspaceId,
      commands: before.commands,
      size: before.size + size,
    };
  }

  /** The state now: what the cache has, and what was appended since. */
  private async refresh(streamId: string): Promise<Folded<State>> {
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

  private keep(streamId: string, folded: Folded<State>): void {
    const known = this.#cache.get(streamId);
    if (folded.exists && (known === undefined || known.revision <= folded.revision)) this.#cache.set(streamId, folded);
  }

  private empty(): Folded<State> {
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

  private fold(before: Folded<State>, events: readonly Recorded<E>[]): Folded<State> {
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

  /** The write that takes the claim in the same append, or, where the store cannot do that, takes it now. */
  private async claim(
    id: string,
    command: C,
    { claim }: HandleOptions<E, C>,
    mayBeFree: boolean,
  ): Promise<readonly StreamWrite[]> {
    if (claim === undefined) return [];
    const { kind } = claim;
    const metadata = metadataOf(command);
    const streamId = claimStreamId(metadata.workspaceId, claim);
    if (!this.store.capabilities.atomicMultiStream) {
      await this.claimAhead(id, streamId, claim, metadata);
      return [];
    }
    // Nearly always nobody holds it: the append finds out, which saves a read.
    if (mayBeFree) return [await this.#claims.taking(streamId, kind, id, -1n, metadata)];
    const { revision, holder } = await this.#claims.holding(streamId);
    if (holder === id) return [{ streamId, expected: revision, events: [] }];
    if (holder !== undefined && !(await claim.isOver(holder))) throw claim.taken(holder);
    return [await this.#claims.taking(streamId, kind, id, revision, metadata)];
  }

  /**
   * The claim first, the stream after it. Between the two the holder has not begun: whoever comes then waits a little,
   * closes the holder's stream at its exact revision, so that the slow one cannot begin any more, and takes the claim.
   */
  private async claimAhead(id: string, streamId: string, claim: Claim<E>, metadata: EventMetadata): Promise<void> {
    for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
      const { revision, holder } = await this.#claims.holding(streamId);
      if (holder === id) return;
      if (holder !== undefined) {
        const begun = await this.begins(holder, claim);
        if (begun ? !(await claim.isOver(holder)) : !(await this.abandon(holder, claim, metadata))) {
          throw claim.taken(holder);
        }
      }
      const write = await this.#claims.taking(streamId, claim.kind, id, revision, metadata);
      const { status } = await this.store.append([write]);
      if (status !== 'conflict') return;
    }
    throw new ConcurrentModification();
  }

  /** Whether the holder's stream has begun, after giving it some time to. */
  private async begins(holder: string, claim: Claim<E>): Promise<boolean> {
    for (const pause of [...GRACE_MS, undefined]) {
      const { events } = await this.store.readStream(this.streamOf(holder), { backwards: true, max: 1 });
      if (events[0] !== undefined && events[0].type !== claim.abandon(holder).type) return true;
      if (pause === undefined) return false;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
    return false;
  }

  /** Closes the stream of a holder that has not begun; false when it began meanwhile. */
  private async abandon(holder: string, claim: Claim<E>, metadata: EventMetadata): Promise<boolean> {
    const streamId = this.streamOf(holder);
    const { events, revision } = await this.store.readStream(streamId, { backwards: true, max: 1 });
    const event = claim.abandon(holder);
    if (events[0] !== undefined && events[0].type !== event.type) return false;
    const id = derivedId(metadata.commandId, streamId, 'abandon', revision + 1n);
    const write = {
      streamId,
      expected: expecting(revision),
      events: await this.codec.encode([{ id, event, metadata }]),
    };
    const { status } = await this.store.append([write]);
    return status !== 'conflict';
  }
}

/** In a conflict every stream of the append is named, with where it stands. */
const hasMoved = ({ streamId, expected }: StreamWrite, actual: ReadonlyMap<string, bigint>): boolean =>
  expecting(actual.get(streamId) ?? -1n) !== expected;

const inTheNameOf = (principal: string | undefined, metadata: EventMetadata): EventMetadata =>
  principal === undefined || principal === metadata.actor.id
    ? metadata
    : { ...metadata, actor: { ...metadata.actor, onBehalfOf: principal } };

const expecting = (revision: bigint): Expected => (revision === -1n ? 'none' : revision);

const receiptEvents = (events: readonly NewEvent[], before: bigint): ReceiptEvent[] =>
  events.map(({ id, type }, index) => ({ id, type, revision: before + 1n + BigInt(index) }));

const outcomeOf = <State>(
  { metadata: { commandId } }: Command,
  stream: string,
  { state, revision, position }: Folded<State>,
  events: readonly ReceiptEvent[],
): Outcome<State> => ({ receipt: { commandId, stream, revision, position, events }, state, replayed: false });

function remember(commands: Map<string, CommandRecord>, event: Recorded): void {
  const { id, type, revision, commandId } = event;
  const record = commands.get(commandId);
  const position = event.position as Position;
  if (record === undefined) {
    commands.set(commandId, { hash: event.commandHash, events: [{ id, type, revision }], position });
  } else if (record.events.at(-1)!.revision < revision) {
    record.events.push({ id, type, revision });
    record.position = position;
  }
}

/** The metadata that every event of a command carries. */
export function metadataOf({ type, metadata }: { type: string; metadata: CommandMetadata }): EventMetadata {
  const { correlationId, causationId, commandId, commandHash, actor, workspaceId, requestId, traceparent, now } =
    metadata;
  return {
    $correlationId: correlationId,
    $causationId: causationId,
    commandId,
    commandType: type,
    commandHash,
    actor: {
      id: actor.id,
      kind: actor.kind,
      roles: actor.roles,
      ...(actor.onBehalfOf === undefined ? {} : { onBehalfOf: actor.onBehalfOf }),
    },
    workspaceId,
    ...(requestId === undefined ? {} : { requestId }),
    ...(traceparent === undefined ? {} : { traceparent }),
    recordedAt: now,
  };
}

/** Roughly how many characters a value takes: enough to bound the cache. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length + 16;
  if (typeof value !== 'object' || value === null) return 8;
  let size = 32;
  for (const [name, child] of Object.entries(value)) size += name.length + sizeOf(child);
  return size;
}
