import type { Command, DomainEvent } from './message.js';

/** The whole behaviour of one kind of stream, without I/O: same history and command, same answer. */
export interface Decider<State, C extends Command, E extends DomainEvent> {
  readonly initialState: State;
  /** The next state; checks nothing, because everything here has already happened. */
  evolve(state: State, event: E, at: EventContext): State;
  /** Events to record ([] = already so), or a thrown `DomainError`. */
  decide(command: C, state: State): readonly E[];
}

/** What an event's envelope adds to its data when it is folded. */
export type EventContext = Readonly<{ revision: bigint; recordedAt: string; actorId: string }>;
