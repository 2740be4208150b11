import type { Position } from '#libs/event-store/application/event-store';
import type { Decoded } from './group-batch.js';
import type { LogPage, LogPages } from './log-pages.js';

/** A stretch of the log, decoded: everything (of the types asked for) after `after` up to `next`. */
export interface Stretch {
  readonly after: Position;
  readonly next: Position;
  readonly events: readonly Decoded[];
  readonly atHead: boolean;
}

/** With fewer of its events than one in four, a reader lets the store leave out the others. */
const WORTH_SHARING = 0.25;
/** Longest search for events of some types, in milliseconds: a leader must not be silent on its connection for long. */
const LONGEST_SEARCH_MS = 2000;
/** Reads until it looks again whether sharing pays. */
const UNTIL_NEXT_LOOK = 50;

/**
 * One loop's way through the log. It reads ahead: while one stretch is written, the next is read and decoded. A stretch
 * is only good for a checkpoint that stands exactly at its `after`; the log is append-only, so it stays good however
 * long it waits.
 */
export class LogReader {
  private ahead: { after: Position; stretch: Promise<Stretch> } | undefined;
  private readonly wanted: ReadonlySet<string> | undefined;
  private alone = 0;

  constructor(
    private readonly pages: LogPages,
    private readonly types: readonly string[] | undefined,
  ) {
    this.wanted = types && new Set(types);
  }

  /**
   * The next stretch, of at least `wanted` events unless the log or the patience ends before. `fresh` is false for one that was read
   * before it was asked for: events may have come since.
   */
  async take(after: Position, wanted: number): Promise<Stretch & { readonly fresh: boolean }> {
    const { ahead } = this;
    this.ahead = undefined;
    const known = ahead?.after === after ? ahead : undefined;
    const stretch = await (known?.stretch ?? this.gather(after, wanted));
    if (!stretch.atHead) {
      const next = this.gather(stretch.next, wanted);
      next.catch(() => undefined); // whoever takes it hears of it
      this.ahead = { after: stretch.next, stretch: next };
    }
    return { ...stretch, fresh: known === undefined };
  }

  /** Reads now, not ahead. */
  async gather(after: Position, wanted: number): Promise<Stretch> {
    const events: Decoded[] = [];
    const end = performance.now() + LONGEST_SEARCH_MS;
    let next = after;
    for (;;) {
      const page = await this.page(next);
      for (const decoded of page.events) events.push(decoded);
      next = page.next;
      if (page.atHead || events.length >= wanted || performance.now() > end)
        return { after, next, events, atHead: page.atHead };
    }
  }

  forget(): void {
    this.ahead = undefined;
  }

  private async page(after: Position): Promise<LogPage> {
    const { types, wanted } = this;
    if (!types || !wanted) return await this.pages.all(this, after);
    if (this.pages.hasNewestAfter(after)) return onlyOf(wanted, await this.pages.all(this, after));
    if (this.alone > 0) {
      this.alone -= 1;
      return await this.pages.some(after, types);
    }
    const page = await this.pages.all(this, after);
    const own = onlyOf(wanted, page);
    if (own.events.length < page.events.length * WORTH_SHARING) this.alone = UNTIL_NEXT_LOOK;
    return own;
  }
}

const onlyOf = (types: ReadonlySet<string>, page: LogPage): LogPage => ({
  ...page,
  events: page.events.filter(({ event }) => types.has(event.type)),
});
