import { jest } from '@jest/globals';
import { Portions } from './portions.js';

describe('A work in portions', () => {
  let over: jest.Mock<() => void>;
  let portions: Portions;

  beforeEach(() => {
    jest.useFakeTimers();
    over = jest.fn();
    portions = new Portions(over);
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('makes others rest from its first portion until a second after its last', () => {
    expect(portions.rest(7)).toBe(7);
    portions.done();
    jest.advanceTimersByTime(999);
    portions.done();
    jest.advanceTimersByTime(999);
    expect(portions.rest(7)).toBe(5000);
    expect(over).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1);
    expect(over).toHaveBeenCalledTimes(1);
    expect(portions.rest(7)).toBe(7);
  });

  it('begins anew after it was over', () => {
    portions.done();
    jest.advanceTimersByTime(1000);
    portions.done();
    expect(portions.rest(7)).toBe(5000);
    jest.advanceTimersByTime(1000);
    expect(over).toHaveBeenCalledTimes(2);
  });
});
