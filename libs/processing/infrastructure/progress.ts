import type { Position } from '#libs/event-store/application/event-store';

/** How long a checkpoint may stay behind events that change nothing for its build, in milliseconds. */
const UNSTORED_MS = 1000;
/** Between two looks at what others did to the checkpoint, in milliseconds. */
const LOOKS_MS = 250;
/** Longest rest after a batch, in milliseconds. */
const MOST_REST_MS = 250;

/**
 * How far a build is. Events that change nothing for it are passed over in memory, and its checkpoint follows later:
 * whoever starts from the checkpoint passes over the same.
 */
export class Progress {
  private storedAt = Number.NEGATIVE_INFINITY;
  private lookedAt = Number.NEGATIVE_INFINITY;
  private mustLook = false;
  private begunAt = performance.now();

  /** @param stored where the checkpoint stands. */
  constructor(
    private at: Position,
    private checkpoint: Position = at,
  ) {}

  get position(): Position {
    return this.at;
  }

  get stored(): Position {
    return this.checkpoint;
  }

  /** The checkpoint was moved not long since. */
  get mayPassOver(): boolean {
    return performance.now() - this.storedAt < UNSTORED_MS;
  }

  /** There is something to write, if only where the checkpoint stands. */
  isNews(next: Position): boolean {
    return next !== this.at || this.checkpoint !== this.at;
  }

  /** A stretch is about to be worked on. */
  begin(): void {
    this.begunAt = performance.now();
  }

  /** Milliseconds that belong to others now: as many as the last stretch took. */
  rest(): number {
    return Math.min(performance.now() - this.begunAt, MOST_REST_MS);
  }

  passOver(next: Position): void {
    this.at = next;
  }

  store(position: Position): void {
    this.at = this.checkpoint = position;
    this.storedAt = performance.now();
  }

  /** Woken for nothing: whether it is time to look what others did to the checkpoint; else it will be in a moment. */
  looks(): boolean {
    const now = performance.now();
    this.mustLook = now - this.lookedAt < LOOKS_MS;
    if (!this.mustLook) this.lookedAt = now;
    return !this.mustLook;
  }

  /** Milliseconds to sleep when nothing wakes the build. */
  sleep(pollMs: number): number {
    if (this.mustLook) return LOOKS_MS;
    return this.checkpoint === this.at ? pollMs : UNSTORED_MS;
  }
}
