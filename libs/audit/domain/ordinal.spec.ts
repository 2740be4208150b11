import { ordinalOf, positionOf } from './ordinal.js';

describe('A position as text that sorts', () => {
  it.each(['0', '7', '10', '9223372036854775807', '120/115', '0/0'])('gives %s back', (position) =>
    expect(positionOf(ordinalOf(position))).toBe(position),
  );

  it('sorts numbers as numbers', () => {
    expect(['10', '9', '100'].toSorted((a, b) => (ordinalOf(a) < ordinalOf(b) ? -1 : 1))).toEqual(['9', '10', '100']);
    expect(['10/2', '9/30', '10/10'].toSorted((a, b) => (ordinalOf(a) < ordinalOf(b) ? -1 : 1))).toEqual([
      '9/30',
      '10/2',
      '10/10',
    ]);
  });
});
