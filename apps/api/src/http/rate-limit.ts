import { LRUCache } from 'lru-cache';

export interface Verdict {
  readonly allowed: boolean;
  readonly remaining: number;
  /** Seconds until one more request is allowed, rounded up. */
  readonly retryAfter: number;
}

/**
 * A bucket per principal that holds one second's worth and refills evenly. It remembers one number per principal: the
 * time at which the bucket will be full again.
 */
export class RateLimit {
  private readonly fullAt: LRUCache<string, number>;
  private readonly spacing: number;

  constructor(
    readonly perSecond: number,
    principals = 20_000,
  ) {
    this.fullAt = new LRUCache({ max: principals });
    this.spacing = 1000 / perSecond;
  }

  /** @param now milliseconds of any clock that only goes forward */
  take(principal: string, now: number): Verdict {
    const next = Math.max(this.fullAt.get(principal) ?? 0, now) + this.spacing;
    const wait = next - now - 1000;
    // A thousandth of a spacing: the sum of many spacings is not exact.
    if (wait > this.spacing / 1000) return { allowed: false, remaining: 0, retryAfter: Math.ceil(wait / 1000) };
    this.fullAt.set(principal, next);
    return { allowed: true, remaining: Math.max(0, Math.floor(-wait / this.spacing + 0.001)), retryAfter: 0 };
  }
}
