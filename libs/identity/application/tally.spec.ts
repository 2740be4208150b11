import { Tally } from './tally.js';

describe('a tally', () => {
  const at = (second: number) => new Date(second * 1000);

  it('tells the first of a kind and counts what repeats it, until its window is over', () => {
    const tally = new Tally<string>(60_000, 10);
    expect(tally.isFirst('a', 'one', at(0))).toBe(true);
    expect(tally.isFirst('b', 'other', at(1))).toBe(true);
    expect([10, 20, 59].map((second) => tally.isFirst('a', 'more', at(second)))).toEqual([false, false, false]);
    expect(tally.close(at(59))).toEqual({ repeated: [], missed: 0 });
    expect(tally.close(at(60)).repeated).toEqual([{ item: 'one', times: 3, from: at(10), until: at(59) }]);
    expect(tally.isFirst('a', 'two', at(60))).toBe(true);
    expect(tally.isFirst('b', 'other', at(60))).toBe(false);
    expect(tally.close(at(61)).repeated).toEqual([{ item: 'other', times: 1, from: at(60), until: at(60) }]);
  });

  it('says nothing of what came once', () => {
    const tally = new Tally<string>(1000, 10);
    tally.isFirst('a', 'one', at(0));
    expect(tally.close('all')).toEqual({ repeated: [], missed: 0 });
  });

  it('keeps so many kinds and no more, and says how many it has missed', () => {
    const tally = new Tally<number>(60_000, 100);
    const first = Array.from({ length: 1000 }, (_, i) => tally.isFirst(`kind ${i}`, i, at(0)));
    expect(first.filter(Boolean)).toHaveLength(100);
    expect(tally.close(at(1)).missed).toBe(900);
    expect(tally.close(at(60))).toEqual({ repeated: [], missed: 0 });
    expect(tally.isFirst('kind 999', 999, at(60))).toBe(true);
  });
});
