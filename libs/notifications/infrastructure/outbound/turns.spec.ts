import { Turns } from './turns.js';

describe('turns of calls', () => {
  it('are had at once by a few to each receiver', () => {
    const turns = new Turns(2);
    expect([turns.ask('a', 0), turns.ask('a', 0), turns.ask('b', 0)]).toEqual([0, 0, 0]);
    expect(turns.ask('a', 0)).toBeGreaterThan(0);
    turns.done('a', 10);
    expect(turns.ask('a', 0)).toBe(0);
  });

  it('are promised one after the other, as fast as calls come to their end', () => {
    const turns = new Turns(4);
    for (let i = 0; i < 4; i++) turns.ask('a', 0);
    const first = [turns.ask('a', 0), turns.ask('a', 0), turns.ask('a', 0)];
    expect(first).toEqual([25, 50, 75]);
    turns.done('a', 1900); // they take a second now, in the mean of the two
    turns.ask('a', 0);
    expect(turns.ask('a', 0)).toBe(75 + 250);
    // What was promised for a time that has gone by is over.
    expect(turns.ask('a', 10_000)).toBe(250);
  });

  it('are never more than five minutes away, however many wait', () => {
    const turns = new Turns(1);
    turns.ask('a', 0);
    let last = 0;
    for (let i = 0; i < 10_000; i++) last = turns.ask('a', 0);
    expect(last).toBe(300_000);
  });

  it('are forgotten with the last call, and without one given back', () => {
    const turns = new Turns(1);
    turns.ask('a', 0);
    for (let i = 0; i < 100; i++) turns.ask('a', 0);
    turns.done('a');
    turns.ask('a', 0);
    expect(turns.ask('a', 0)).toBe(100);
  });
});
