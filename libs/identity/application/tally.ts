/** What has come several times within one window. */
export interface Repeated<Item> {
  /** As it came first. */
  readonly item: Item;
  /** After the first one. */
  readonly times: number;
  readonly from: Date;
  readonly until: Date;
}

interface Counted<Item> {
  readonly item: Item;
  readonly ends: number;
  times: number;
  from: Date;
  until: Date;
}

/** Tells the first of its kind from those that repeat it within a window, and counts these; for so many kinds at once. */
export class Tally<Item> {
  private readonly kinds = new Map<string, Counted<Item>>();
  private missed = 0;

  constructor(
    private readonly windowMs: number,
    private readonly most: number,
  ) {}

  /** @returns whether it is the first of its kind; false too when there are too many kinds to count */
  isFirst(kind: string, item: Item, now: Date): boolean {
    const known = this.kinds.get(kind);
    if (known) {
      if (known.times++ === 0) known.from = now;
      known.until = now;
      return false;
    }
    if (this.kinds.size >= this.most) {
      this.missed++;
      return false;
    }
    this.kinds.set(kind, { item, ends: now.getTime() + this.windowMs, times: 0, from: now, until: now });
    return true;
  }

  /** Closes windows that have ended, or all: what was repeated in them, and how many were not counted by kind. */
  close(now: Date | 'all'): { repeated: readonly Repeated<Item>[]; missed: number } {
    const repeated: Repeated<Item>[] = [];
    for (const [kind, { item, ends, times, from, until }] of this.kinds) {
      if (now !== 'all' && ends > now.getTime()) break; // windows end in the order in which they began
      this.kinds.delete(kind);
      if (times > 0) repeated.push({ item, times, from, until });
    }
    const { missed } = this;
    this.missed = 0;
    return { repeated, missed };
  }
}
