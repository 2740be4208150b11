import { derivedId } from '#libs/kernel/domain/ids';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import type { EventData } from './event-data.js';
import type { ReviewEvent } from './review.events.js';
import { evolve } from './review.evolve.js';
import { told, untold } from './recount.js';
import { releasedBy } from './release.js';
import type { Review, StartedReview } from './review.state.js';

/** The events a decision is about to answer, and the review as it stands after them. */
export class Draft {
  readonly events: ReviewEvent[] = [];
  #review: Review;
  readonly #ids = new Map<string, number>();

  constructor(
    private readonly before: Review,
    private readonly metadata: CommandMetadata,
  ) {
    this.#review = before;
  }

  get now(): string {
    return this.metadata.now;
  }

  /** The review as it stands after what has been recorded so far. */
  get review(): StartedReview {
    if (this.#review.status === 'not_started') throw new Error('Nothing has been started.');
    return this.#review;
  }

  record<Type extends ReviewEvent['type']>(type: Type, data: EventData<Type>): void {
    const event = { type, data } as ReviewEvent;
    this.events.push(event);
    this.#review = evolve(this.#review, event);
  }

  /** The events, with what they leave untold of what counts now. */
  finished(): readonly ReviewEvent[] {
    const { before, events, review } = this;
    if (before.status === 'not_started' || events.length === 0) return events;
    const left = untold(told(before, events), review);
    if (!left) return events;
    const by = this.metadata.actor.id;
    for (const ended of releasedBy(review, left.counting, { by, at: this.now }))
      this.record('AssignmentReleased', ended);
    this.record('DecisionsRecounted', { ...left, at: this.now });
    return events;
  }

  /** To try on what would follow: nothing recorded on it is recorded here. */
  trial(): Draft {
    const trial = new Draft(this.#review, this.metadata);
    for (const [kind, next] of this.#ids) trial.#ids.set(kind, next);
    return trial;
  }

  /** UUIDv5 of the command, the kind and a running number: the same in every retry. */
  newId(kind: string): string {
    const index = this.#ids.get(kind) ?? 0;
    this.#ids.set(kind, index + 1);
    return derivedId(this.metadata.commandId, kind, index);
  }
}
