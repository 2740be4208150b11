import type { Metadata } from '@grpc/grpc-js';
import type { EventLog } from './log.js';
import { accessDenied, unauthenticated } from './refusals.js';

export type Operation = 'r' | 'w' | 'd';

/** Who may do what: names and passwords, and the access lists in the metadata of streams. */
export class Access {
  constructor(
    private readonly log: EventLog,
    /** Without users the server is insecure: everybody is an administrator. */
    private readonly users: Readonly<Record<string, string>> | undefined,
    private readonly admins: readonly string[] = ['admin', 'ops'],
  ) {}

  /** Throws the refusal that the real server answers with. */
  check(headers: Metadata, stream: string, operation: Operation): void {
    if (!this.users) return;
    const user = this.userOf(headers);
    if (user !== undefined && this.admins.includes(user)) return;
    const allowed = this.allowed(stream, operation);
    if (!allowed.includes('$all') && !(user !== undefined && allowed.includes(user))) throw accessDenied();
  }

  private userOf(headers: Metadata): string | undefined {
    const header = headers.get('authorization')[0]?.toString();
    if (!header) return undefined;
    const [name = '', ...password] = Buffer.from(header.replace(/^Basic /, ''), 'base64')
      .toString('utf8')
      .split(':');
    if (this.users?.[name] !== password.join(':')) throw unauthenticated();
    return name;
  }

  private allowed(stream: string, operation: Operation): readonly string[] {
    const isMetadata = stream.startsWith('$$');
    const list = this.log.metadataOf(isMetadata ? stream.slice(2) : stream).$acl?.[
      `$${isMetadata ? 'm' : ''}${operation}`
    ];
    if (list === undefined) return stream.startsWith('$') ? ['$admins'] : ['$all'];
    return typeof list === 'string' ? [list] : list;
  }
}
