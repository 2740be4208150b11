import { CircuitBreaker } from './circuit-breaker.js';

describe('a circuit breaker', () => {
  const broken = () => {
    const breaker = new CircuitBreaker({ threshold: 3, firstOpenMs: 1000, longestOpenMs: 3000 });
    for (let i = 0; i < 3; i++) {
      expect(breaker.ask('a', 0)).toBe(0);
      breaker.failed('a', 0);
    }
    return breaker;
  };

  it('opens after failures in a row', () => {
    const breaker = broken();
    expect(breaker.ask('a', 400)).toBe(600);
    expect(breaker.ask('b', 400)).toBe(0);
  });

  it('forgets failures when a call succeeds between them', () => {
    const breaker = new CircuitBreaker({ threshold: 2 });
    breaker.failed('a', 0);
    breaker.succeeded('a');
    breaker.failed('a', 0);
    expect(breaker.ask('a', 0)).toBe(0);
  });

  it('lets one call try when the time is over, and all when it succeeded', () => {
    const breaker = broken();
    expect(breaker.ask('a', 1000)).toBe(0);
    expect(breaker.ask('a', 1000)).toBeGreaterThan(0);
    breaker.succeeded('a');
    expect([breaker.ask('a', 1001), breaker.ask('a', 1001)]).toEqual([0, 0]);
  });

  it('doubles the pause when the try failed, up to a limit', () => {
    const breaker = broken();
    for (const [now, pause] of [
      [1000, 2000],
      [3000, 3000],
      [6000, 3000],
    ] as const) {
      expect(breaker.ask('a', now)).toBe(0);
      breaker.failed('a', now);
      expect(breaker.ask('a', now)).toBe(pause);
    }
  });

  it('is not prolonged by calls that were under way when it opened', () => {
    const breaker = broken();
    breaker.failed('a', 900);
    expect(breaker.ask('a', 1000)).toBe(0);
  });

  it('forgets whom it has not heard of for longest', () => {
    const breaker = new CircuitBreaker({ threshold: 1, firstOpenMs: 1000, remembered: 2 });
    for (const target of ['a', 'b', 'c']) breaker.failed(target, 0);
    expect(['a', 'b', 'c'].map((target) => breaker.ask(target, 0) > 0)).toEqual([false, true, true]);
  });
});
