import type { Metadata } from '@grpc/grpc-js';
import type { Access, Operation } from './access.js';
import type { Faults } from './faults.js';
import type { EventLog } from './log.js';
import { notLeader } from './refusals.js';

/** What every service of the server works with. */
export interface ServerContext {
  readonly log: EventLog;
  readonly access: Access;
  readonly faults: Faults;
  /** Bytes of one append. */
  readonly maxAppendSize: number;
  /** Calls in progress, by kind: what a client that leaks calls leaves behind. */
  readonly open: { reads: number; subscriptions: number; appends: number };
  /** Calls received since the start, by method. */
  readonly received: { append: number; batchAppend: number; read: number };
  /** Events sent since the start: what a client has taken or still holds. */
  readonly sent: { toSubscriptions: number };
}

/** Leadership and access, in the order of the real server; throws the refusal. */
export function admit(
  { access, faults }: ServerContext,
  headers: Metadata,
  stream: string,
  operation: Operation,
): void {
  if (faults.leader && headers.get('requires-leader')[0] === 'true') throw notLeader(faults.leader);
  access.check(headers, stream, operation);
}
