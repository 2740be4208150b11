import fc from 'fast-check';
import type { Position } from '../../application/event-store.js';
import { comparePlaces, isProgress, START, toPlace, toPosition } from './place.js';

const numbers = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
const places = fc.record({ commit: numbers, prepare: numbers });

describe('a place in the log of EventStoreDB', () => {
  it('survives as text', () => {
    fc.assert(fc.property(places, (place) => expect(toPlace(toPosition(place))).toEqual(place)));
    expect(toPlace(toPosition(START))).toEqual(START);
    expect(toPlace('start')).toEqual(START);
  });

  it('is ordered by commit, then prepare, as numbers and not as text', () => {
    expect(comparePlaces(toPlace('9/9' as Position), toPlace('10/10' as Position))).toBe(-1);
    expect(comparePlaces(toPlace('10/2' as Position), toPlace('10/10' as Position))).toBe(-1);
    fc.assert(fc.property(places, places, (a, b) => expect(comparePlaces(a, b)).toBe(0 - comparePlaces(b, a))));
    fc.assert(fc.property(places, (place) => expect(comparePlaces(START, place)).toBe(-1)));
  });

  it('only goes forward, and never to a number that no server means', () => {
    const at = (commit: bigint, prepare = commit) => ({ commit, prepare });
    expect(isProgress(at(10n), at(11n))).toBe(true);
    expect(isProgress(at(10n), at(10n))).toBe(false);
    expect(isProgress(at(10n), at(9n))).toBe(false);
    expect(isProgress(at(10n), at(2n ** 64n - 1n))).toBe(false);
    expect(isProgress(at(10n), at(2n ** 63n))).toBe(false);
    expect(isProgress(at(10n), at(2n ** 63n - 1n))).toBe(true);
  });

  it('is not what another store wrote', () => {
    for (const foreign of ['12', '', '1/', '/1', '1/2/3', '-2/-2', '1e3/1', '99999999999999999999/1'])
      expect(() => toPlace(foreign as Position)).toThrow('Not a position of EventStoreDB');
  });
});
