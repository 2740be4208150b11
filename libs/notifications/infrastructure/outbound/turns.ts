/** Calls to one receiver. */
interface Busy {
  running: number;
  /** How long its calls take, of late. */
  ms: number;
  /** The last turn that was promised. */
  turn: number;
}

/** What a call is thought to take before one has come to its end. */
const FIRST_MS = 100;
const LONGEST_MS = 300_000;

/**
 * A few calls at once to each receiver. Whoever comes when all are taken is told when to come again, one after the other
 * as fast as calls have been ending: however much waits for a slow receiver, it is not asked about all the time.
 */
export class Turns {
  private readonly receivers = new Map<string, Busy>();

  constructor(private readonly atOnce: number) {}

  /** Milliseconds until a call makes sense; 0 = now, and then `done` must follow. */
  ask(receiver: string, now: number): number {
    const busy = this.receivers.get(receiver) ?? { running: 0, ms: FIRST_MS, turn: now };
    this.receivers.set(receiver, busy);
    if (busy.running < this.atOnce) {
      busy.running += 1;
      return 0;
    }
    busy.turn = Math.min(Math.max(busy.turn, now) + busy.ms / this.atOnce, now + LONGEST_MS);
    return busy.turn - now;
  }

  /** @param ms how long the call took; undefined when none was made. */
  done(receiver: string, ms?: number): void {
    const busy = this.receivers.get(receiver);
    if (!busy) return;
    busy.running -= 1;
    if (ms !== undefined) busy.ms = (busy.ms + Math.max(ms, 1)) / 2;
    if (busy.running === 0) this.receivers.delete(receiver);
  }
}
