import { Injectable } from '@nestjs/common';
import { SignInOverloaded } from '../domain/identity.errors.js';

/** Lets so many run at once and a bounded number wait; who comes beyond that is sent away at once. */
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

const AT_ONCE = 1;
const MAY_WAIT = 64;

/** Whatever hashes a password in this process: each takes 19 MiB and its thread for some 20 ms. */
@Injectable()
export class HashingSlots extends Slots {
  constructor() {
    super(AT_ONCE, MAY_WAIT);
  }
}
