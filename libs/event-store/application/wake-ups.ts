/** Wakes everyone who waits for something to happen; a wake-up while nobody waits is not lost to those who look at `count`. */
export class WakeUps {
  readonly #waiting = new Set<() => void>();
  #count = 0;

  /** How many wake-ups there were. */
  get count(): number {
    return this.#count;
  }

  wake(): void {
    this.#count += 1;
    for (const resume of this.#waiting) resume();
  }

  /** Resolves at the next wake-up after the `seen`-th, after `ms`, or when the signal aborts; never rejects. */
  after(seen: number, ms: number, signal: AbortSignal): Promise<void> {
    if (this.#count !== seen || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const resume = () => {
        clearTimeout(timer);
        this.#waiting.delete(resume);
        signal.removeEventListener('abort', resume);
        resolve();
      };
      const timer = setTimeout(resume, ms);
      this.#waiting.add(resume);
      signal.addEventListener('abort', resume, { once: true });
    });
  }
}
