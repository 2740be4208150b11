import { SystemClock } from './system-clock.js';
import { VirtualClock } from './virtual-clock.js';

describe('clocks', () => {
  it('stands still until moved, and goes forward only', () => {
    const clock = new VirtualClock('2026-11-22T09:00:00.000Z');
    clock.advance(60_000);
    expect(clock.now().toISOString()).toBe('2026-11-22T09:01:00.000Z');
    clock.moveTo('2026-11-23T09:00:00.000Z');
    expect(clock.now().toISOString()).toBe('2026-11-23T09:00:00.000Z');
    expect(() => clock.moveTo('2026-11-22T09:00:00.000Z')).toThrow(RangeError);
    expect(() => new VirtualClock('yesterday')).toThrow(TypeError);
  });

  it('follows the machine', () => {
    const before = Date.now();
    expect(new SystemClock().now().getTime()).toBeGreaterThanOrEqual(before);
  });
});
