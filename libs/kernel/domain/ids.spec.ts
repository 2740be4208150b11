import { v5 } from 'uuid';
import { derivedId } from './ids.js';

describe('derived ids', () => {
  const reference = (...parts: readonly (string | number | bigint)[]) =>
    v5(parts.join('\u0000'), '5f3c1b0e-7d52-5c3e-9a53-6f1d2c9e8b47');

  it.each<[readonly (string | number | bigint)[]]>([
    [['demo', 'usr_1', 'POST', '/api/v1/reviews/1/decide', 'key']],
    [['subject', 'demo', 'crédit', '🏦', '']],
    [['c', 'review', 0]],
    [['c', 'review', 12345678901234567890n]],
  ])('are those of RFC 9562 version 5: %#', (parts) => {
    expect(derivedId(...parts)).toBe(reference(...parts));
  });

  it('stay what they were when the first events were stored', () => {
    expect(derivedId('command', 'review-1', 0)).toBe('c09415c2-b754-54a3-b9d6-7b8897fb5614');
  });

  it('tell the parts apart', () => {
    expect(derivedId('a', 'b')).not.toBe(derivedId('ab'));
    expect(derivedId('a', '', 'b')).not.toBe(derivedId('a', 'b'));
  });
});
