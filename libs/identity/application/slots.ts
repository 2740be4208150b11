import { SignInOverloaded } from '../domain/identity.errors.js';

/** Lets a few run at once and a bounded number wait; who comes beyond that is sent away at once. */
export class Slots {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly atOnce: number,
    private readonly mayWait: number,
  ) {}

  /** @throws SignInOverloaded */
  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.enter();
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running--;
    }
  }

  private enter(): Promise<void> | undefined {
    if (this.running < this.atOnce) {
      this.running++;
      return undefined;
    }
    if (this.waiting.length >= this.mayWait) throw new SignInOverloaded();
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}
