import { isIPv6 } from 'node:net';

/** The address as people know it: IPv4 inside IPv6 is IPv4. */
export const plainAddress = (ip: string): string => (ip.startsWith('::ffff:') && ip.includes('.') ? ip.slice(7) : ip);

/** Whom to count together: an IPv4 address, or the /64 of IPv6 that one customer is given. */
export function networkOf(ip: string): string {
  const address = plainAddress(ip);
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('%', 1)[0]!.split('::');
  const groups = (text: string | undefined) => (text ? text.split(':') : []);
  const given = [groups(head), groups(tail)] as const;
  const missing = tail === undefined ? 0 : 8 - given[0].length - given[1].length;
  const all = [...given[0], ...Array.from({ length: missing }, () => '0'), ...given[1]];
  return `${all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
