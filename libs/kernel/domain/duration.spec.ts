import { isoDuration } from './duration.js';

describe('A duration', () => {
  it.each([
    [0, 'PT0S'],
    [1, 'PT0.001S'],
    [1_500, 'PT1.5S'],
    [60_000, 'PT1M'],
    [3_600_000, 'PT1H'],
    [3_661_000, 'PT1H1M1S'],
    [95_400_000, 'PT26H30M'],
  ])('of %d ms is written %s', (milliseconds, text) => expect(isoDuration(milliseconds)).toBe(text));
});
