import { SharedValues } from './shared-values.js';

describe('values told by their content', () => {
  const rule = (contentHash: string, to = '16:00') => ({ contentHash, rules: { monday: [{ from: '08:00', to }] } });

  it('are kept once', () => {
    const values = new SharedValues();
    const first = values.one(rule('a'));
    expect(values.one(rule('a'))).toBe(first);
    expect(values.one(rule('b'))).toEqual(rule('b'));
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
