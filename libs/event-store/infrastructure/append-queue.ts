import { EventStoreUnavailable } from '../application/errors.js';

/** One append that waits to be carried. */
export interface Waiting<Group, Answer> {
  readonly group: Group;
  /** Bytes, roughly. */
  readonly size: number;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
  /** `performance.now()` at which the caller stops waiting. */
  readonly deadline: number;
  over: boolean;
}

export interface AppendQueueOptions {
  readonly maxGroups: number;
  readonly maxBytes: number;
  readonly maxWaiting: number;
  /** Milliseconds from the call to the answer. */
  readonly deadlineMs: number;
}

/**
 * Carries many appends in one call: while a call is under way further appends wait, and the next call takes them all.
 * So one flush to disk serves everyone who waits for one, and a single client waits for nobody.
 */
export class AppendQueue<Group, Answer> {
  #waiting: Waiting<Group, Answer>[] = [];
  #running: Promise<void> | undefined;

  constructor(
    /** Answers every group in order. `remainingMs` is how long anybody still waits for it. */
    private readonly carry: (groups: readonly Group[], remainingMs: () => number) => Promise<readonly Answer[]>,
    private readonly options: AppendQueueOptions,
  ) {}

  add(group: Group, size: number): Promise<Answer> {
    if (this.#waiting.length >= this.options.maxWaiting) {
      return Promise.reject(new EventStoreUnavailable('Too many appends wait for the event store.'));
    }
    return new Promise((resolve, reject) => {
      const { deadlineMs } = this.options;
      const timer = setTimeout(() => {
        waiting.over = true;
        reject(new EventStoreUnavailable(`The event store did not answer within ${deadlineMs} ms.`));
      }, deadlineMs);
      const waiting: Waiting<Group, Answer> = {
        group,
        size,
        over: false,
        deadline: performance.now() + deadlineMs,
        resolve: (answer) => (clearTimeout(timer), resolve(answer)),
        reject: (error) => (clearTimeout(timer), reject(error as Error)),
      };
      this.#waiting.push(waiting);
      this.#running ??= this.run();
    });
  }

  /** Resolves when nothing waits and nothing is under way. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  private async run(): Promise<void> {
    // Everyone who was answered by the last call, or came by the same turn of the loop, is in the next call.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const batch = this.next();
      if (batch.length > 0) await this.carryBatch(batch);
      if (this.#waiting.length > 0) await new Promise((resolve) => setImmediate(resolve));
    }
    this.#running = undefined;
  }

  private next(): Waiting<Group, Answer>[] {
    const batch: Waiting<Group, Answer>[] = [];
    let bytes = 0;
    let taken = 0;
    for (const waiting of this.#waiting) {
      if (!waiting.over) {
        if (batch.length === this.options.maxGroups) break;
        if (batch.length > 0 && bytes + waiting.size > this.options.maxBytes) break;
        batch.push(waiting);
        bytes += waiting.size;
      }
      taken += 1;
    }
    this.#waiting.splice(0, taken);
    return batch;
  }

  private async carryBatch(batch: readonly Waiting<Group, Answer>[]): Promise<void> {
    const until = Math.max(...batch.map(({ deadline }) => deadline));
    try {
      const answers = await this.carry(
        batch.map(({ group }) => group),
        () => until - performance.now(),
      );
      batch.forEach((waiting, index) => waiting.resolve(answers[index]!));
    } catch (error) {
      const mayBeTheFaultOfOne = !(error instanceof EventStoreUnavailable) && batch.length > 1;
      if (!mayBeTheFaultOfOne) return batch.forEach((waiting) => waiting.reject(error));
      // The call was refused as a whole: carried alone, only the group at fault fails.
      for (const waiting of batch) if (!waiting.over) await this.carryBatch([waiting]);
    }
  }
}
