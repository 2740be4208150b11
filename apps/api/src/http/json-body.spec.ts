import fc from 'fast-check';
import { jsonFaults, readJson } from './json-body.js';

const read = (text: string) => readJson(Buffer.from(text));
const faults = (text: string) => jsonFaults(read(text)).map(({ pointer, code }) => `${pointer} ${code}`);

describe('numbers of a body', () => {
  it.each([
    '0',
    '-0',
    '1',
    '-1',
    '1.0',
    '1.50e1',
    '10e-1',
    '1E2',
    '0.0',
    '0e400',
    '100000.0e-5',
    '9007199254740991',
    '9007199254740991.0',
  ])('takes %s for an integer', (number) => expect(faults(`{"a":${number}}`)).toEqual([]));

  it.each(['0.1', '1e-1', '1.5', '15e-1', '1.00000000000000001', '9007199254740991.4', '1e-400', '-2.5E0'])(
    'takes %s for a fraction',
    (number) => expect(faults(`{"a":[${number}]}`)).toEqual(['/a/0 not-an-integer']),
  );

  it.each(['1e400', '9007199254740992', '-9007199254740992', '1e16', '9007199254740993.0'])(
    'finds %s too large',
    (number) => expect(faults(`{"a":${number}}`)).toEqual(['/a out-of-range']),
  );

  it('agree with exact arithmetic, however they are written', () => {
    const parts = [
      fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }),
      fc.nat({ max: 6 }),
      fc.integer({ min: -8, max: 8 }),
    ] as const;
    fc.assert(
      fc.property(...parts, (digits, decimals, exponent) => {
        const text = String(digits < 0n ? -digits : digits).padStart(decimals + 1, '0');
        const point = text.length - decimals;
        const number = `${digits < 0n ? '-' : ''}${BigInt(text.slice(0, point))}.${text.slice(point) || '0'}e${exponent}`;
        const shift = exponent - decimals;
        const exact = shift >= 0 ? digits * 10n ** BigInt(shift) : undefined;
        const isWhole = exact !== undefined || digits % 10n ** BigInt(-shift) === 0n;
        const value = exact ?? digits / 10n ** BigInt(-shift);
        const isSafe = value >= -(2n ** 53n - 1n) && value <= 2n ** 53n - 1n;
        expect(faults(`[${number}]`)).toEqual(isWhole ? (isSafe ? [] : ['/0 out-of-range']) : ['/0 not-an-integer']);
      }),
    );
  });
});

describe('a body', () => {
  it('is any JSON, read as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        const hasFractions = jsonFaults(read(text)).some(({ code }) => code === 'not-an-integer');
        if (!hasFractions) expect(read(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('never pollutes a prototype', () => {
    const body = read('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}');
    expect(jsonFaults(body)).toMatchObject([{ pointer: '/__proto__', code: 'invalid-name' }]);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('tells the place of each fault by JSON pointer, and stops telling after fifty', () => {
    expect(faults('{"a/b":{"c~d":["\\u0000"]}}')).toEqual(['/a~1b/c~0d/0 invalid-text']);
    expect(faults(JSON.stringify(Array.from({ length: 500 }, () => 0.5)))).toHaveLength(50);
  });

  it('survives a hundred thousand levels', () => {
    expect(faults(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)).toEqual([expect.stringMatching(/too-deep$/)]);
    // What looks like a fraction is read another way.
    const fraction = `${'['.repeat(100_000)}0.1${']'.repeat(100_000)}`;
    expect(faults(fraction)).toEqual([expect.stringMatching(/too-deep$/)]);
  });
});
