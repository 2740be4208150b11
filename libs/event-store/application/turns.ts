import { EventStoreUnavailable } from './errors.js';

/** Lets the tasks of one key run one after the other, in the order they came; tasks of different keys do not wait. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  /** Throws `EventStoreUnavailable` when its turn has not come within `patienceMs`; the task is then never run. */
  async take<T>(key: string, patienceMs: number, task: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const { promise: over, resolve: finish } = Promise.withResolvers<void>();
    this.#last.set(key, over);
    if (before !== undefined && !(await within(before, patienceMs))) {
      // The next one must still wait for those before this one.
      void before.then(() => this.leave(key, over, finish));
      throw new EventStoreUnavailable('Too many commands wait for the same stream.');
    }
    try {
      return await task();
    } finally {
      this.leave(key, over, finish);
    }
  }

  private leave(key: string, over: Promise<void>, finish: () => void): void {
    if (this.#last.get(key) === over) this.#last.delete(key);
    finish();
  }
}

/** Whether a promise is settled within so many milliseconds, either way. */
export function within(promise: Promise<unknown>, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms);
    const settled = () => {
      clearTimeout(timer);
      resolve(true);
    };
    promise.then(settled, settled);
  });
}
