import { isIP } from 'node:net';
import { isLoopback, isPublicAddress } from './addresses.js';
import type { OutboundPolicy } from './outbound-policy.js';

/** Why a target is not called. Never names the target: its address may hold a secret. */
export class TargetRefused extends Error {
  override readonly name = 'TargetRefused';

  constructor(
    readonly reason: 'url' | 'scheme' | 'credentials' | 'host' | 'address',
    message: string,
  ) {
    super(message);
  }
}

const LONGEST_URL = 2048;
/** Parsers drop tabs and line ends and read `\` as `/`; what another reader would understand otherwise is refused. */
const AMBIGUOUS = /[\p{Cc} \u00a0\\<>"^`{|}\u200b-\u200f\u2028-\u202e\ufeff]/u;
/** Names that only mean something inside a house, whatever they resolve to. */
const INSIDE = ['localhost', 'local', 'internal', 'intranet', 'lan', 'corp', 'home', 'home.arpa', 'private', 'onion'];

/**
 * The address as it may be called, as far as the text alone can tell; names are looked up when they are called.
 * @throws TargetRefused
 */
export function vetUrl(text: string, { allowLoopback, plainHttp }: OutboundPolicy): URL {
  if (text.length > LONGEST_URL || AMBIGUOUS.test(text) || !URL.canParse(text))
    throw new TargetRefused('url', 'This is not an address that can be called.');
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(plainHttp && url.protocol === 'http:'))
    throw new TargetRefused('scheme', `The address must begin with https://${plainHttp ? ' or http://' : ''}.`);
  const [, authority = ''] = /^https?:\/\/([^/?#]*)/i.exec(text) ?? [];
  if (url.username !== '' || url.password !== '' || authority.includes('@'))
    throw new TargetRefused('credentials', 'The address must not hold a user name or password.');
  vetHost(hostOf(url), authority, allowLoopback);
  return url;
}

/** The host without the brackets of IPv6. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1');

function vetHost(host: string, authority: string, allowLoopback: boolean): void {
  const written = authority.replace(/:\d*$/, '').toLowerCase();
  if (authority === '' || host === '' || authority.includes('%'))
    throw new TargetRefused('host', 'The address names no host.');
  if (isIP(host) !== 0) {
    // 2130706433, 0x7f.1 and 0177.0.0.1 are spellings of an address that only somebody with a plan uses.
    if (isIP(host) === 4 && written !== host)
      throw new TargetRefused('address', 'Write an IPv4 address as four decimal numbers.');
    if (!isAllowed(host, allowLoopback)) throw new TargetRefused('address', 'This is not a public address.');
    return;
  }
  if (allowLoopback && written === 'localhost') return;
  const labels = host.split('.');
  if (host.endsWith('.') || labels.length < 2 || INSIDE.some((name) => host === name || host.endsWith(`.${name}`)))
    throw new TargetRefused('host', 'The address must name a host of the public internet.');
}

export const isAllowed = (address: string, allowLoopback: boolean): boolean =>
  isPublicAddress(address) || (allowLoopback && isLoopback(address));
