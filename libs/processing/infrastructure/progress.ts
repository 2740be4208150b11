import type { Position } from '#libs/event-store/application/event-store';

/** How long a checkpoint may stay behind events that change nothing for its build, in milliseconds. */
const UNSTORED_MS = 1000;

/**
 * How far a build is. Events that change nothing for it are passed over in memory, and its checkpoint follows later:
 * whoever starts from the checkpoint passes over the same.
 */
export class Progress {
  private storedAt = Number.NEGATIVE_INFINITY;

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

  passOver(next: Position): void {
    this.at = next;
  }

  store(position: Position): void {
    this.at = this.checkpoint = position;
    this.storedAt = performance.now();
  }

  /** Milliseconds to sleep when nothing wakes the build. */
  sleep(pollMs: number): number {
    return this.checkpoint === this.at ? pollMs : UNSTORED_MS;
  }
}
