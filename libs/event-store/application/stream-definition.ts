import type { Decider } from '#libs/kernel/domain/decider';
import type { Command, DomainEvent } from '#libs/kernel/domain/message';
import type { Claim } from './claims.js';
import type { Position } from './event-store.js';

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
  /** What only one stream may hold: one thing, or several. */
  readonly claim?: Claim<E> | readonly Claim<E>[] | undefined;
  readonly premises?: Premises<E, C> | undefined;
}

export interface StreamHandlerOptions {
  /** Memory for folded states, in characters of their events; 64 Mi unless told. */
  readonly cacheSize?: number;
  /** How long a command waits for others on the same stream, in milliseconds; 10,000 unless told. */
  readonly patienceMs?: number;
}
