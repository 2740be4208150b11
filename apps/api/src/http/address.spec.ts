import { networkOf, plainAddress } from './address.js';

describe('an address', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::1', '0:0:0:0::/64'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8::', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['not an address', 'not an address'],
  ])('%s is counted with %s', (ip, network) => expect(networkOf(ip)).toBe(network));

  it('is told as IPv4 where it is', () => {
    expect([plainAddress('::ffff:192.0.2.7'), plainAddress('::1')]).toEqual(['192.0.2.7', '::1']);
  });
});
