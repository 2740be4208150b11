import { backOffMs } from './back-off.js';

describe('the pause before the next attempt', () => {
  it('grows to half a day', () =>
    expect([1, 2, 3, 4, 5, 6, 7, 8, 9].map((tries) => backOffMs(tries, 0.5) / 1000)).toEqual([
      5, 20, 80, 320, 1280, 5120, 20_480, 43_200, 43_200,
    ]));

  it('is never the same for all', () => expect([backOffMs(1, 0), backOffMs(1, 1)]).toEqual([4000, 6000]));
});
