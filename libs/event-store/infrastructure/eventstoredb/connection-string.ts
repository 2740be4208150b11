import type { Credentials } from '@eventstore/db-client';

export interface Connection {
  /** For the client: with the password percent-encoded and a name for the server's logs. */
  readonly connectionString: string;
  readonly credentials: Credentials;
}

export interface ConnectionInput {
  /** `esdb://user:pass@host:2113?tls=…`, or `esdb+discover://…`; the password percent-encoded. */
  readonly url: string;
  /** Instead of the user in the URL, when the password comes from a file of its own. */
  readonly username?: string;
  readonly password?: string;
  /** What this connection is for: shows in the server's logs. */
  readonly purpose: string;
}

/** Any credentials make the client take the plain append call; a server without access control does not look at them. */
const NOBODY: Credentials = { username: 'countersign', password: 'countersign' };

const SHAPE = /^(?<scheme>esdb(?:\+discover)?):\/\/(?:(?<user>[^@]*)@)?(?<hosts>[^@/?#]+)\/?(?:\?(?<options>[^#]*))?$/;
const HOST = /^(?:[a-z0-9._-]+)(?::\d{1,5})?$/i;

/** What the client understands; it prints the whole string, password and all, when it meets another name. */
const OPTIONS = new Set([
  'tls',
  'tlscafile',
  'usercertfile',
  'userkeyfile',
  'connectionname',
  'defaultdeadline',
  'keepaliveinterval',
  'keepalivetimeout',
  'nodepreference',
  'maxdiscoverattempts',
  'discoveryinterval',
  'gossiptimeout',
]);

/** Checks the string before the client sees it, because the client's own errors quote it. Throws an Error that names the fault and never the value. */
export function connectionOf({ url, username, password, purpose }: ConnectionInput): Connection {
  const parts = SHAPE.exec(url.trim())?.groups;
  if (!parts) throw fault('is not of the form esdb://user:password@host:2113?tls=true');
  const hosts = parts.hosts!.split(',');
  if (!hosts.every((host) => HOST.test(host))) throw fault('names a host that is not host or host:port');

  const options = (parts.options ?? '').split('&').filter((option) => option !== '');
  const given = options.map((option) => option.split('=')[0]!.toLowerCase().replaceAll(/[_-]/g, ''));
  if (options.some((option) => !/^[^=]+=[^=]+$/.test(option))) throw fault('has an option that is not name=value');
  const stranger = given.find((name) => !OPTIONS.has(name));
  if (stranger !== undefined) throw fault(`has the option ${stranger}, which the client does not know`);

  const isInsecure = options.some((option) => option.toLowerCase() === 'tls=false');
  const credentials = chosen(parts.user, username, password);
  if (!credentials && !isInsecure) throw fault('names no user; only a connection with tls=false goes without');

  const { username: name, password: secret } = credentials ?? NOBODY;
  const login = `${encodeURIComponent(name)}:${encodeURIComponent(secret)}`;
  if (!given.includes('connectionname')) options.push(`connectionName=${encodeURIComponent(`countersign-${purpose}`)}`);
  return {
    connectionString: `${parts.scheme}://${login}@${parts.hosts}?${options.join('&')}`,
    credentials: { username: name, password: secret },
  };
}

function chosen(user: string | undefined, username?: string, password?: string): Credentials | undefined {
  if (username !== undefined) return { username, password: password ?? '' };
  if (user === undefined) return undefined;
  const [name = '', secret, ...rest] = user.split(':');
  if (name === '' || !secret || rest.length > 0) throw fault('needs user:password, percent-encoded, before the @');
  try {
    return { username: decodeURIComponent(name), password: decodeURIComponent(secret) };
  } catch {
    throw fault('has a user or password that is not percent-encoded');
  }
}

const fault = (what: string): Error => new Error(`The EventStoreDB connection string ${what}.`);
