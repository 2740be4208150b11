import { SharedValues } from './shared-values.js';

describe('values told by their content', () => {
  const rule = (contentHash: string, to = '16:00') => ({ contentHash, rules: { monday: [{ from: '08:00', to }] } });

  it('are kept once', () => {
    const values = new SharedValues();
    const first = values.one(rule('a'));
    expect(values.one(rule('a'))).toBe(first);
    expect(values.one(rule('b'))).toEqual(rule('b'));
  });

  it('are told apart by what else they say of themselves', () => {
    const values = new SharedValues();
    const named = (key: string) => ({ ...rule('a'), key });
    const [one, other] = [values.one(named('one')), values.one(named('other'))];
    expect(values.one(named('one'))).toBe(one);
    expect(values.one(named('other'))).toBe(other);
  });

  it('are forgotten when they are too much together, those used last at the end', () => {
    const values = new SharedValues(2 * JSON.stringify(rule('a')).length);
    const [first, second] = [values.one(rule('a')), values.one(rule('b'))];
    values.one(rule('c'));
    expect(values.one(rule('b'))).toBe(second);
    expect(values.one(rule('a'))).not.toBe(first);
  });

  it('are what was read, whatever hash it bears', () => {
    const values = new SharedValues();
    values.one(rule('a'));
    expect(values.one(rule('a', '17:00'))).toEqual(rule('a', '17:00'));
    expect(values.one(rule('a'))).toEqual(rule('a'));
  });

  it('cannot be changed by anybody who reads them', () => {
    const first = new SharedValues().one(rule('a')) as ReturnType<typeof rule>;
    expect(() => first.rules.monday.push({ from: '1', to: '2' })).toThrow(TypeError);
  });

  it('that say no hash stay as they are', () => {
    const values = new SharedValues();
    for (const value of [null, 'a', 1, [], {}, { contentHash: 7 }, { $erased: true }])
      expect(values.one(value)).toBe(value);
  });
});
