import { BlockList, isIP } from 'node:net';

/** IPv4 that is not the public internet, by what it is for. 168.63.129.16 is public by number, and a host's own agent. */
const NOT_PUBLIC_4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const;

/** Within 2000::/3, which is all of IPv6 that is public: tunnels that carry an IPv4 address, documentation, benchmarks. */
const NOT_PUBLIC_6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3ffe::', 16],
  ['3fff::', 20],
] as const;

const private4 = new BlockList();
for (const [net, prefix] of NOT_PUBLIC_4) private4.addSubnet(net, prefix, 'ipv4');
const private6 = new BlockList();
for (const [net, prefix] of NOT_PUBLIC_6) private6.addSubnet(net, prefix, 'ipv6');
const global6 = new BlockList();
global6.addSubnet('2000::', 3, 'ipv6');
const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/**
 * Whether an address, as a resolver answers it, is one of the public internet. IPv4 inside IPv6 (mapped, NAT64, 6to4)
 * is refused whatever it carries: nobody needs it to be reached.
 */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !private4.check(address, 'ipv4');
    case 6:
      return !address.includes('%') && global6.check(address, 'ipv6') && !private6.check(address, 'ipv6');
    default:
      return false;
  }
}

/** This machine itself, in the two spellings that tests listen on; a mapped ::ffff:127.0.0.1 is neither. */
export const isLoopback = (address: string): boolean =>
  (isIP(address) === 4 && loopback.check(address, 'ipv4')) || address === '::1';
