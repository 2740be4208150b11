/** After so long without a portion, in milliseconds, the work is over or goes on elsewhere. */
const SILENCE_MS = 1000;
/** Nobody gives way for longer at a time, in milliseconds. */
const LONGEST_REST_MS = 5000;

/**
 * A work in portions, such as all the clocks that a new calendar moves, goes before groups that nobody waits for: they
 * rest until it is over, instead of taking the processor from it after every portion.
 */
export class Portions {
  private silence: NodeJS.Timeout | undefined;

  /** @param over tells those who rest. */
  constructor(private readonly over: () => void) {}

  /** A portion is done, and another follows. */
  done(): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.end(), SILENCE_MS).unref();
  }

  /** Milliseconds of rest, where it would be `rest`. */
  rest(rest: number): number {
    return this.silence ? LONGEST_REST_MS : rest;
  }

  private end(): void {
    this.silence = undefined;
    this.over();
  }
}
