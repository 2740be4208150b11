/** What is told of an append: its positions and the types of its events; undefined = whatever there may be. */
export interface News {
  readonly first: bigint;
  readonly last: bigint;
  readonly types: readonly string[];
}

/** News that wait for somebody who is awake; with more of them it is quicker to look. */
const MOST_NEWS = 100;

/** One who sleeps until there may be something of interest; what is told while he is awake is not lost. */
export class Alarm {
  #told: (News | undefined)[] = [];
  #resume: (() => void) | undefined;
  readonly #wanted: ReadonlySet<string> | undefined;

  constructor(types: readonly string[] | undefined) {
    this.#wanted = types && new Set(types);
  }

  tell(news: News | undefined): void {
    if (this.#told.length < MOST_NEWS) this.#told.push(news);
    else this.#told = [undefined];
    this.#resume?.();
  }

  /** What was told so far is about to be looked at. */
  reset(): void {
    this.#told = [];
  }

  /**
   * Sleeps behind a position until it is told of something of interest or something is missing between what it is
   * told, for `ms` at most or until the signal aborts: then undefined, look. Otherwise up to where there is nothing of
   * interest. Never rejects.
   */
  async sleep(position: bigint, ms: number, signal: AbortSignal): Promise<bigint | undefined> {
    if (this.#told.length === 0 && !signal.aborted) await this.#news(ms, signal);
    let passed = position;
    for (const news of this.#told.splice(0)) {
      if (!news) return undefined;
      if (news.last <= passed) continue;
      if (news.first > passed + 1n || this.#wants(news)) return undefined;
      passed = news.last;
    }
    return passed > position ? passed : undefined;
  }

  #wants({ types }: News): boolean {
    return this.#wanted === undefined || types.some((type) => this.#wanted?.has(type));
  }

  #news(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const resume = () => {
        clearTimeout(timer);
        this.#resume = undefined;
        signal.removeEventListener('abort', resume);
        resolve();
      };
      const timer = setTimeout(resume, ms);
      this.#resume = resume;
      signal.addEventListener('abort', resume, { once: true });
    });
  }
}

/** Wakes those who wait for new events. */
export class Alarms {
  readonly #alarms = new Set<Alarm>();

  /** @param types those that are of interest; left out, all are. `close` must follow. */
  open(types?: readonly string[]): Alarm {
    const alarm = new Alarm(types);
    this.#alarms.add(alarm);
    return alarm;
  }

  close(alarm: Alarm): void {
    this.#alarms.delete(alarm);
  }

  wake(news?: News): void {
    for (const alarm of this.#alarms) alarm.tell(news);
  }
}
