import type streams from '@eventstore/db-client/generated/streams_pb.js';
import { status } from '@grpc/grpc-js';
import type { LogRecord } from './log.js';
import { refusal } from './refusals.js';

/** The predicate of a server-side filter: stream name or event type, by prefixes or a regular expression. */
export function recordFilter(
  options: streams.ReadReq.Options.FilterOptions | undefined,
): (record: LogRecord) => boolean {
  if (!options) return () => true;
  const expression = options.getStreamIdentifier() ?? options.getEventType();
  if (!expression) throw refusal(status.INVALID_ARGUMENT, 'A filter without an expression.');
  const of = options.hasStreamIdentifier()
    ? (record: LogRecord): string => record.stream
    : (record: LogRecord): string => record.type;
  if (expression.getRegex()) {
    const pattern = new RegExp(expression.getRegex());
    return (record) => pattern.test(of(record));
  }
  const prefixes = expression.getPrefixList();
  return (record) => prefixes.some((prefix) => of(record).startsWith(prefix));
}

/** Events read between two checkpoints of a filtered subscription. */
export const checkpointInterval = (options: streams.ReadReq.Options.FilterOptions | undefined): number =>
  options ? options.getCheckpointintervalmultiplier() * (options.hasMax() ? options.getMax() : 32) : Infinity;
