import { nextDigest, outsideQuietHours } from './schedule.js';

const nights = { from: '20:00', to: '07:00' };

describe('quiet hours', () => {
  it.each([
    ['2026-11-22T12:00:00.000Z', 'UTC', '2026-11-22T12:00:00.000Z'],
    ['2026-11-22T20:00:00.000Z', 'UTC', '2026-11-23T07:00:00.000Z'],
    ['2026-11-23T06:59:59.000Z', 'UTC', '2026-11-23T07:00:00.000Z'],
    ['2026-11-23T07:00:00.000Z', 'UTC', '2026-11-23T07:00:00.000Z'],
    ['2026-11-22T19:30:00.000Z', 'Europe/Rome', '2026-11-23T06:00:00.000Z'],
    ['2026-11-23T06:30:00.000Z', 'Europe/Rome', '2026-11-23T06:30:00.000Z'],
    ['2026-12-31T23:30:00.000Z', 'Asia/Tokyo', '2026-12-31T23:30:00.000Z'],
    ['2026-12-31T15:30:00.000Z', 'Asia/Tokyo', '2026-12-31T22:00:00.000Z'],
    // The night in which the clocks go forward, and the one in which they go back.
    ['2026-03-28T23:00:00.000Z', 'Europe/Rome', '2026-03-29T05:00:00.000Z'],
    ['2026-10-24T22:00:00.000Z', 'Europe/Rome', '2026-10-25T06:00:00.000Z'],
  ])('put off %s in %s to %s', (now, timezone, then) => expect(outsideQuietHours(now, nights, timezone)).toBe(then));

  it('may be at noon', () => {
    const noon = { from: '12:00', to: '13:30' };
    expect(outsideQuietHours('2026-11-22T12:00:00.000Z', noon, 'UTC')).toBe('2026-11-22T13:30:00.000Z');
    expect(outsideQuietHours('2026-11-22T13:30:00.000Z', noon, 'UTC')).toBe('2026-11-22T13:30:00.000Z');
    expect(outsideQuietHours('2026-11-22T11:59:00.000Z', noon, 'UTC')).toBe('2026-11-22T11:59:00.000Z');
  });

  it('end when a time that the clock leaps over would have been', () => {
    const early = { from: '20:00', to: '02:30' };
    expect(outsideQuietHours('2026-03-29T00:30:00.000Z', early, 'Europe/Rome')).toBe('2026-03-29T01:30:00.000Z');
  });

  it.each([
    ['2026-10-25T00:10:00.000Z', 'Europe/Berlin'], // the first 02:10 of two
    ['2026-10-25T01:10:00.000Z', 'Europe/Berlin'], // the second
    ['2026-04-04T14:40:00.000Z', 'Australia/Lord_Howe'], // half an hour is shown twice
    ['2026-04-05T02:40:00.000Z', 'America/Santiago'],
    ['2026-09-06T03:30:00.000Z', 'America/Santiago'], // midnight is leapt over
  ])('never end before they are asked for, nor within themselves: %s in %s', (now, timezone) => {
    for (const quiet of [
      nights,
      { from: '22:00', to: '02:30' },
      { from: '23:50', to: '00:30' },
      { from: '01:45', to: '02:15' },
    ]) {
      const then = outsideQuietHours(now, quiet, timezone);
      expect(then >= now).toBe(true);
      expect(outsideQuietHours(then, quiet, timezone)).toBe(then);
    }
  });

  it('are none when nobody asked for any, or when they are no time at all', () => {
    const now = '2026-11-22T23:00:00.000Z';
    expect(outsideQuietHours(now, null, 'UTC')).toBe(now);
    expect(outsideQuietHours(now, { from: '08:00', to: '08:00' }, 'UTC')).toBe(now);
  });
});

describe('a digest', () => {
  const daily = { every: 'day', at: '08:00' } as const;
  it.each([
    ['2026-11-22T07:59:00.000Z', 'UTC', '2026-11-22T08:00:00.000Z'],
    ['2026-11-22T08:00:00.000Z', 'UTC', '2026-11-23T08:00:00.000Z'],
    ['2026-11-22T08:00:00.000Z', 'Europe/Rome', '2026-11-23T07:00:00.000Z'],
    ['2026-03-28T12:00:00.000Z', 'Europe/Rome', '2026-03-29T06:00:00.000Z'],
    ['2026-12-31T12:00:00.000Z', 'UTC', '2027-01-01T08:00:00.000Z'],
    ['2028-02-28T12:00:00.000Z', 'UTC', '2028-02-29T08:00:00.000Z'],
  ])('of the day after %s in %s comes at %s', (after, timezone, then) =>
    expect(nextDigest(after, daily, timezone)).toBe(then),
  );

  it('of the hour comes at the full hour, as clocks there show it', () => {
    const hourly = { every: 'hour', at: '08:00' } as const;
    expect(nextDigest('2026-11-22T10:00:00.000Z', hourly, 'UTC')).toBe('2026-11-22T11:00:00.000Z');
    expect(nextDigest('2026-11-22T10:10:00.000Z', hourly, 'Asia/Kolkata')).toBe('2026-11-22T10:30:00.000Z');
  });
});
