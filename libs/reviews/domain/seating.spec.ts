import { Seating } from './seating.js';

/** Who sits where, seat by seat; each seat is the list of those who may take it. */
function seated(...able: readonly (readonly string[])[]) {
  const seating = new Seating((seat: readonly string[]) => seat);
  for (const seat of able) seating.place(seat);
  return able.map((seat) => seating.personOn(seat));
}

describe('Seating people', () => {
  it('finds the largest seating, first seats first', () => {
    expect(seated(['a', 'b'], ['a'], ['a'])).toEqual(['b', 'a', undefined]);
    expect(seated(['a', 'b'], ['a'], ['b', 'c'])).toEqual(['b', 'a', 'c']);
    expect(seated(['a'], [], ['a'])).toEqual(['a', undefined, undefined]);
    expect(seated()).toEqual([]);
  });

  it('moves a whole row up when only the last one has room', () =>
    expect(seated(['a', 'b'], ['b', 'c'], ['c', 'd'], ['a'])).toEqual(['b', 'c', 'd', 'a']));
});
