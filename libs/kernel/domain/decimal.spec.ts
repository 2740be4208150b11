import fc from 'fast-check';
import { compareDecimals, readDecimal } from './decimal.js';

const compare = (a: unknown, b: unknown) => compareDecimals(readDecimal(a)!, readDecimal(b)!);

describe('decimals', () => {
  it('compares what floats confuse', () => {
    expect(compare('0.1', '0.10')).toBe(0);
    expect(compare('0.30000000000000004', '0.3')).toBe(1);
    expect(compare('9007199254740993', '9007199254740992')).toBe(1);
    expect(compare(-1, '-0.99')).toBe(-1);
    expect(compare('-0', 0)).toBe(0);
  });

  it('takes what only looks like a number for text', () => {
    for (const text of ['007', '1e5', '+1', '.5', '5.', ' 5', '1,000', '', 'NaN', '0x1f', '1'.repeat(101)])
      expect(readDecimal(text)).toBeUndefined();
    for (const value of [1.5, 2 ** 53, Number.NaN, null, true, [1], {}]) expect(readDecimal(value)).toBeUndefined();
  });

  it('orders as integers do, whatever the scale', () =>
    fc.assert(
      fc.property(fc.bigInt(), fc.bigInt(), fc.nat(20), (a, b, scale) => {
        const [x, y] = [a, b].map((digits) => ({ digits, scale }));
        expect(compareDecimals(x!, y!)).toBe(a < b ? -1 : a > b ? 1 : 0);
        const wider = { digits: a * 10n ** 5n, scale: scale + 5 };
        expect(compareDecimals(x!, wider)).toBe(0);
      }),
    ));
});
