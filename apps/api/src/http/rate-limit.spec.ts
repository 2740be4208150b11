import { RateLimit } from './rate-limit.js';

describe('the rate limit', () => {
  const spend = (limit: RateLimit, who: string, times: number, now: number) =>
    Array.from({ length: times }, () => limit.take(who, now)).filter(({ allowed }) => allowed).length;

  it('allows a second’s worth at once, and refills evenly', () => {
    const limit = new RateLimit(10);
    expect(spend(limit, 'ann', 20, 0)).toBe(10);
    expect(spend(limit, 'ann', 20, 100)).toBe(1);
    expect(spend(limit, 'ann', 20, 1100)).toBe(10);
    expect(spend(limit, 'ann', 20, 60_000)).toBe(10);
  });

  it('counts each principal apart, and tells what is left', () => {
    const limit = new RateLimit(3);
    expect(limit.take('ann', 0)).toEqual({ allowed: true, remaining: 2, retryAfter: 0 });
    expect(limit.take('ann', 0).remaining).toBe(1);
    expect(limit.take('ann', 0).remaining).toBe(0);
    expect(limit.take('ann', 0)).toEqual({ allowed: false, remaining: 0, retryAfter: 1 });
    expect(limit.take('bob', 0).allowed).toBe(true);
  });

  it('forgets the least recent principal instead of growing', () => {
    const limit = new RateLimit(1, 2);
    for (const who of ['ann', 'bob', 'cyd']) limit.take(who, 0);
    expect(limit.take('ann', 0).allowed).toBe(true);
    expect(limit.take('cyd', 0).allowed).toBe(false);
  });

  it('never allows more than its rate over any long time', () => {
    const limit = new RateLimit(1000);
    let allowed = 0;
    for (let now = 0; now < 10_000; now += 0.25) if (limit.take('ann', now).allowed) allowed++;
    expect(allowed).toBeLessThanOrEqual(11_000);
    expect(allowed).toBeGreaterThan(10_900);
  });
});
