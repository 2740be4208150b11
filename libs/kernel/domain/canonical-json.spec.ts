import fc from 'fast-check';
import { canonicalJson, keepJson, UnrepresentableValue, utf8Length } from './canonical-json.js';

const refusal = (value: unknown, limits = {}) => {
  try {
    canonicalJson(value, limits);
  } catch (error) {
    if (error instanceof UnrepresentableValue) return { pointer: error.pointer, reason: error.reason };
    throw error;
  }
  return 'accepted';
};

describe('canonical JSON', () => {
  it('sorts members by UTF-16 code unit and writes no space (RFC 8785 §3.2.3)', () =>
    expect(
      canonicalJson({
        '\u20ac': 'Euro Sign',
        '\r': 'Carriage Return',
        '\ufb33': 'Hebrew Letter Dalet With Dagesh',
        '1': 'One',
        '\ud83d\ude00': 'Emoji: Grinning Face',
        '\u0080': 'Control',
        '\u00f6': 'Latin Small Letter O With Diaeresis',
      }),
    ).toBe(
      '{"\\r":"Carriage Return","1":"One","\u0080":"Control","ö":"Latin Small Letter O With Diaeresis","€":"Euro Sign",' +
        '"😀":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
    ));

  it('escapes what RFC 8785 escapes and nothing else', () =>
    expect(canonicalJson('\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/\u0000\u007f')).toBe(
      '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/\\u0000\u007f"',
    ));

  it('writes minus zero as zero', () => expect(canonicalJson([-0, 0, -1])).toBe('[0,0,-1]'));

  it('gives back what went in, whatever JSON without floats it is', () =>
    fc.assert(
      fc.property(
        fc.object({
          key: fc.string({ unit: 'grapheme' }).filter((key) => key !== '__proto__'),
          values: [fc.string({ unit: 'binary' }), fc.maxSafeInteger(), fc.boolean(), fc.constant(null)],
          maxDepth: 6,
        }),
        (value) => {
          const text = canonicalJson(value);
          expect(JSON.parse(text)).toEqual(value);
          expect(canonicalJson(JSON.parse(text))).toBe(text);
          expect(utf8Length(text)).toBe(Buffer.byteLength(text));
        },
      ),
    ));

  it.each([
    ['a fraction', { amount: 1.5 }, '/amount', 'not-an-integer'],
    ['not a number', [0, NaN], '/1', 'not-an-integer'],
    ['infinity', { a: { 'b/c~d': -Infinity } }, '/a/b~1c~0d', 'not-an-integer'],
    ['an integer beyond 2^53-1', { n: 2 ** 53 }, '/n', 'integer-too-large'],
    ['a lone surrogate', { t: 'x\ud800' }, '/t', 'lone-surrogate'],
    ['a lone surrogate in a name', { 'x\udc00': 1 }, '/x\udc00', 'lone-surrogate'],
    ['undefined', { note: undefined }, '/note', 'not-json'],
    ['a hole in an array', Object.assign([1], { 2: 2 }), '/1', 'not-json'],
    ['a date', { at: new Date(0) }, '/at', 'not-json'],
    ['a BigInt', { n: 1n }, '/n', 'not-json'],
    ['a function', { f: () => 1 }, '/f', 'not-json'],
    ['a symbol', [Symbol('x')], '/0', 'not-json'],
    ['a map', { m: new Map() }, '/m', 'not-json'],
    ['bytes', { b: Buffer.from('x') }, '/b', 'not-json'],
    ['__proto__ out of parsed JSON', JSON.parse('{"a":{"__proto__":{"admin":1}}}'), '/a/__proto__', 'reserved-name'],
  ])('refuses %s and says where', (_, value, pointer, reason) => expect(refusal(value)).toEqual({ pointer, reason }));

  it('takes 32 levels and refuses the 33rd', () => {
    const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
    expect(canonicalJson(nested(32))).toHaveLength(65);
    expect(refusal(nested(33))).toEqual({ pointer: '/0'.repeat(32), reason: 'too-deep' });
  });

  it('refuses a cycle instead of hanging', () => {
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    expect(refusal(loop)).toMatchObject({ reason: 'too-deep' });
  });

  it('counts bytes, not characters', () => {
    expect(canonicalJson('ééé', { maxBytes: 8 })).toBe('"ééé"');
    expect(refusal('ééé', { maxBytes: 7 })).toEqual({ pointer: '', reason: 'too-large' });
    expect(refusal({ t: 'x'.repeat(300 * 1024) })).toEqual({ pointer: '', reason: 'too-large' });
  });
});

describe('what is written into many others', () => {
  const rules = () => ({ week: { monday: [{ to: '16:00', from: '08:00' }] }, days: [] });

  it('reads as it would without its text being kept', () => {
    const kept = keepJson(rules());
    expect(canonicalJson({ b: [kept, kept], a: kept })).toBe(canonicalJson({ b: [rules(), rules()], a: rules() }));
    expect(canonicalJson(kept)).toBe(canonicalJson(rules()));
  });

  it('cannot change any more', () => {
    const kept = keepJson(rules());
    expect(() => Object.assign(kept.week.monday[0] as object, { from: '09:00' })).toThrow(TypeError);
    expect(canonicalJson(kept)).toContain('08:00');
  });

  it('counts as large as it is', () => {
    const kept = keepJson({ text: 'x'.repeat(100) });
    expect(refusal([kept, kept], { maxBytes: 200 })).toMatchObject({ reason: 'too-large' });
    expect(keepJson({ text: 'x'.repeat(300 * 1024) }).text).toHaveLength(300 * 1024);
    expect(() => keepJson({ n: 0.5 })).toThrow(UnrepresentableValue);
  });
});
