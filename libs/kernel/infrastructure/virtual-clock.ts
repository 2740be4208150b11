import { Clock } from '../application/clock.js';

/** A clock that stands still until it is moved: for tests and for seeding thirty days in a few seconds. */
export class VirtualClock extends Clock {
  #now: number;

  constructor(start: Date | string) {
    super();
    this.#now = new Date(start).getTime();
    if (Number.isNaN(this.#now)) throw new TypeError(`Not a time: ${String(start)}`);
  }

  override now(): Date {
    return new Date(this.#now);
  }

  /** Milliseconds forward. */
  advance(milliseconds: number): void {
    if (!(milliseconds >= 0)) throw new RangeError('Time goes forward only.');
    this.#now += milliseconds;
  }

  moveTo(time: Date | string): void {
    this.advance(new Date(time).getTime() - this.#now);
  }
}
