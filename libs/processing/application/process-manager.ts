import type { DomainEvent, Recorded } from '#libs/kernel/domain/message';
import type { JsonObject } from '#libs/kernel/domain/json';

/** A moment to be kept. It becomes a command whose id is `timerId`, once in effect. */
export interface Deadline {
  /** UUIDv5 of stream, step, kind and generation. */
  readonly timerId: string;
  readonly dueAt: string;
  readonly payload: JsonObject;
}

/** A deadline, and those that follow it one by one: one that fails is tried again and holds up none of the others. */
export interface Timer extends Deadline {
  readonly workspaceId: string;
  readonly streamId: string;
  /** What within the stream it belongs to, when timers of one part are cleared without the others. */
  readonly scope?: string;
  /** Names the command target that is called when it is due. */
  readonly target: string;
  /** In the order in which they fall due. They are set and cleared with the first. */
  readonly following?: readonly Deadline[];
}

/** What is left of a timer when its first deadline has become a command; undefined when that was its last. */
export function afterFirst(timer: Timer): Timer | undefined {
  const [next, ...following] = timer.following ?? [];
  return next && { ...timer, ...next, following };
}

export type TimerChange =
  | { readonly set: Timer }
  | { readonly clear: { readonly timerId: string } }
  /** Those of a stream, or of one scope of it. */
  | { readonly clearAll: { readonly streamId: string; readonly scope?: string } };

/** A command or an outside effect decided by a process manager; `id` (derived) is its commandId and dedupe key. */
export interface OutboxMessage {
  readonly id: string;
  readonly workspaceId: string;
  readonly target: string;
  /** Messages of one key are delivered in order. */
  readonly orderingKey: string;
  readonly payload: JsonObject;
}

export interface Reaction<State> {
  readonly state: State;
  readonly timers?: readonly TimerChange[];
  readonly outbox?: readonly OutboxMessage[];
}

/** Events → commands and timers; pure. State, outbox, timers and checkpoint are written in one transaction. */
export interface ProcessManager<E extends DomainEvent = DomainEvent, State extends JsonObject = JsonObject> {
  readonly name: string;
  readonly version: number;
  readonly types: readonly E['type'][];
  /** Which instance an event belongs to, usually its stream. */
  readonly key: (event: Recorded<E>) => string;
  readonly initialState: State;
  /** False: every event is answered by itself, there is no state to read. */
  readonly remembers?: false;
  readonly react: (event: Recorded<E>, state: State) => Reaction<State>;
}

/** A process manager of whatever events and state, as it is handed to who runs it. */
export interface AnyProcessManager extends Pick<ProcessManager, 'name' | 'version'> {
  readonly types: readonly string[];
  readonly key: (event: never) => string;
  readonly initialState: JsonObject;
  readonly remembers?: false;
  readonly react: (event: never, state: never) => Reaction<JsonObject>;
}

/** What is left of a work that is done in portions. */
export interface Again {
  readonly again: JsonObject;
}

/** Where a due timer or an outbox message goes. Must be idempotent under `id`: it may be called again after a crash. */
export interface CommandTarget {
  readonly name: string;
  /**
   * `now` is the clock at firing. Returns false when there was nothing (left) to do; `again`, with what is left, when
   * this was a portion of the work: it is called again with that, after others that wait.
   */
  execute(call: { id: string; workspaceId: string; now: string; payload: JsonObject }): Promise<boolean | Again>;
}
