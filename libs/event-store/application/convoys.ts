import type { Command, DomainEvent } from '#libs/kernel/domain/message';
import { Convoy, hasLanded } from './convoy.js';
import type { Drafted, Drafts } from './drafts.js';
import { EventStoreUnavailable } from './errors.js';
import { expecting, type EventStore } from './event-store.js';
import { followed, recorded, type Folded, type FoldedStreams } from './folded-streams.js';
import { outcomeOf } from './receipts.js';
import { checksOf, checkStanding, movedOf, nothing, type Relied } from './relied.js';
import type { Outcome } from './stream-definition.js';

/** How a command in a convoy ended; without an outcome it has to be decided anew. */
export type Arrival<State> =
  | { readonly outcome: Outcome<State> }
  | {
      readonly outcome?: undefined;
      /** Whether it may travel again: others were at fault. */
      readonly mayBoard: boolean;
      /** What it relied on, and is elsewhere now. */
      readonly moved: Relied;
    };

/** A command in a convoy. */
interface Passenger<State, C> {
  readonly command: C;
  /** What it was decided on. */
  readonly base: Folded<State>;
  readonly ahead: Folded<State>;
  readonly drafted: Drafted<State>;
  readonly relied: Relied;
  /** Events of the convoy before its own. */
  readonly offset: number;
}

/** The convoys of the streams of one category that are under way. */
export class Convoys<State, C extends Command, E extends DomainEvent> {
  /** The newest of each stream. */
  readonly #newest = new Map<string, Convoy<Folded<State>>>();

  constructor(
    private readonly store: EventStore,
    private readonly streams: FoldedStreams<State, C, E>,
    private readonly drafts: Drafts<State, C, E>,
    private readonly patienceMs: number,
  ) {}

  /** Resolves when nothing is under way on a stream. */
  async none(streamId: string): Promise<void> {
    await this.#newest.get(streamId)?.landing.catch(() => undefined);
  }

  /**
   * Decides on the state that what is under way will leave, and takes part in the next append.
   * @param decide undefined when only the recorded state can answer
   * @param reliedOn what the events rely on in other streams
   * @returns undefined when it cannot travel
   */
  async board(
    streamId: string,
    command: C,
    decide: (base: Folded<State>) => readonly E[] | undefined,
    reliedOn: (events: readonly E[]) => Relied,
  ): Promise<{ arrival: Promise<Arrival<State>> } | undefined> {
    // Only there can each command of an append be told its own position.
    if (!this.store.capabilities.gapless) return undefined;
    if (this.#newest.get(streamId)?.broken) await this.none(streamId);
    const newest = this.#newest.get(streamId);
    const base = newest?.ahead ?? this.streams.known(streamId);
    const { commandId } = command.metadata;
    if (!base?.exists || newest?.pending.has(commandId)) return undefined;
    const decided = decide(base);
    if (!decided) return undefined;
    const relied = reliedOn(decided);
    if (relied.has(streamId)) return undefined;
    const drafted = await this.drafts.of(streamId, command, base, decided);
    if (newest?.broken || (newest?.gathers && !newest.agrees(relied))) return undefined;
    const convoy = newest?.gathers ? newest : this.leaving(streamId, base, newest?.over ? undefined : newest);
    const ahead = followed(base, drafted, command, base.position);
    const { events } = drafted;
    const offset = convoy.join({ commandId, events, size: ahead.size - base.size, ahead, relied });
    return { arrival: this.arrival(streamId, convoy, { command, base, ahead, drafted, relied, offset }) };
  }

  private leaving(
    streamId: string,
    base: Folded<State>,
    before: Convoy<Folded<State>> | undefined,
  ): Convoy<Folded<State>> {
    const convoy = new Convoy({
      base,
      before,
      patienceMs: this.patienceMs,
      // The events last, so that the position of the append is that of the last of them.
      append: (events, relied) => {
        const own = { streamId, expected: expecting(base.revision), events };
        const [first, ...more] = [...checksOf(relied), own];
        return this.store.append([first, ...more]);
      },
      isStale: (actual) => actual.get(streamId) !== base.revision,
    });
    this.#newest.set(streamId, convoy);
    const gone = () => {
      if (this.#newest.get(streamId) === convoy) this.#newest.delete(streamId);
    };
    convoy.landing.then((landing) => {
      if (hasLanded(landing)) this.streams.keep(streamId, { ...convoy.ahead, position: landing.position });
      gone();
    }, gone);
    return convoy;
  }

  private async arrival(
    streamId: string,
    convoy: Convoy<Folded<State>>,
    { command, base, ahead, drafted, relied, offset }: Passenger<State, C>,
  ): Promise<Arrival<State>> {
    const after = offset + drafted.events.length;
    let landing;
    try {
      landing = await convoy.landing;
    } catch (error) {
      // Refused as a whole: decided alone, only the command at fault fails.
      if (error instanceof EventStoreUnavailable || convoy.eventsAfter(drafted.events.length) === 0) throw error;
      return { mayBoard: false, moved: nothing };
    } finally {
      convoy.pending.delete(command.metadata.commandId);
    }
    if (!hasLanded(landing)) {
      const moved = movedOf(relied, landing.actual);
      checkStanding(command, moved);
      return { mayBoard: !landing.isStale && moved.size === 0, moved };
    }
    const position = this.store.before(landing.position, convoy.eventsAfter(after));
    const events = recorded(base, drafted, command, position);
    return { outcome: outcomeOf(command, streamId, { ...ahead, position }, events) };
  }
}
