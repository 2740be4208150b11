import { jest } from '@jest/globals';
import { Codec } from '#libs/event-store/application/codec';
import { EventRegistry } from '#libs/event-store/application/event-registry';
import { InMemoryEventStore } from '#libs/event-store/infrastructure/in-memory-event-store';
import { InMemorySubjectKeys } from '#libs/event-store/infrastructure/in-memory-subject-keys';
import { AccessState } from './access-state.js';

describe('The clock that roles begin and end by', () => {
  beforeEach(() => void jest.useFakeTimers({ now: Date.parse('2026-11-22T10:00:00.000Z') }));
  afterEach(() => void jest.useRealTimers());

  const access = new AccessState(
    new InMemoryEventStore(),
    new Codec(new EventRegistry([]), new InMemorySubjectKeys()),
    { now: () => new Date() },
  );
  /** Whether it has come there after so many milliseconds. */
  const isThere = async (instant: string, ms: number) => {
    let there = false;
    const coming = access.cameTo(instant).then(() => (there = true));
    await jest.advanceTimersByTimeAsync(ms);
    const answer = there;
    await jest.advanceTimersByTimeAsync(60_000);
    await coming;
    return answer;
  };

  it.each([
    ['2026-11-22T10:00:00.000Z', 0, true],
    ['2026-11-22T10:00:00.030Z', 30, false],
    ['2026-11-22T10:00:00.030Z', 31, true],
    ['2026-11-22T11:00:00.000Z', 5000, false],
    ['2026-11-22T11:00:00.000Z', 5001, true],
  ])('is waited for where another is ahead: until %s, after %i ms %s', async (instant, ms, there) =>
    expect(await isThere(instant, ms)).toBe(there),
  );
});
