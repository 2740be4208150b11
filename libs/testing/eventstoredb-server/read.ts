import type streams from '@eventstore/db-client/generated/streams_pb.js';
import type { ServiceError } from '@grpc/grpc-js';
import { admit, type ServerContext } from './context.js';
import { recordFilter } from './filter.js';
import type { LogRecord } from './log.js';
import { Outbound, type ReadCall } from './outbound.js';
import { streamDeleted } from './refusals.js';
import { subscribe } from './subscribe.js';
import { eventMessage, streamName, streamNotFoundMessage } from './wire.js';

/** Read: of one stream or of all, either a finite page or a subscription. */
export const read =
  (context: ServerContext) =>
  (call: ReadCall): void => {
    context.received.read += 1;
    const out = new Outbound(call);
    answer(context, call, out)
      .catch((error: unknown) => out.fail(error as ServiceError))
      .finally(() => out.end());
  };

async function answer(context: ServerContext, call: ReadCall, out: Outbound): Promise<void> {
  const options = call.request.getOptions();
  if (!options) throw new Error('A read without options.');
  const kind = options.hasSubscription() ? 'subscriptions' : 'reads';
  context.open[kind] += 1;
  try {
    await context.faults.onCall();
    admit(context, call.metadata, streamName(options.getStream()?.getStreamIdentifier()) || '$all', 'r');
    if (options.hasSubscription()) await subscribe(context, options, out);
    else if (options.hasStream()) await readStream(context, options, out);
    else await readAll(context, options, out);
  } finally {
    context.open[kind] -= 1;
  }
}

const isBackwards = (options: streams.ReadReq.Options): boolean => Number(options.getReadDirection()) === 1;

async function readStream({ log }: ServerContext, options: streams.ReadReq.Options, out: Outbound): Promise<void> {
  const asked = options.getStream()!;
  const stream = streamName(asked.getStreamIdentifier());
  const events = log.visible(stream);
  if (events === 'tombstoned') throw streamDeleted(stream);
  if (events === 'missing') return out.send(streamNotFoundMessage(stream));

  const first = events[0]?.revision ?? 0;
  const last = events.length - 1;
  const at = asked.hasStart() ? 0 : asked.hasEnd() ? last : Number(asked.getRevision()) - first;
  const from = isBackwards(options) ? Math.min(at, last) : Math.max(at, 0);
  await sendRange(events, from, isBackwards(options), Number(options.getCount()), () => true, out);
}

async function readAll({ log }: ServerContext, options: streams.ReadReq.Options, out: Outbound): Promise<void> {
  const asked = options.getAll()!;
  const backwards = isBackwards(options);
  const end = log.all.length;
  // Forwards begins with the event at the position, backwards with the one before it.
  const at = asked.hasPosition() ? log.indexAt(Number(asked.getPosition()!.getCommitPosition())) : 0;
  const from = asked.hasEnd() ? (backwards ? end - 1 : end) : backwards ? at - 1 : at;
  await sendRange(log.all, from, backwards, Number(options.getCount()), recordFilter(options.getFilter()), out);
}

async function sendRange(
  records: readonly LogRecord[],
  from: number,
  backwards: boolean,
  count: number,
  passes: (record: LogRecord) => boolean,
  out: Outbound,
): Promise<void> {
  const end = records.length; // what is committed during the read belongs to the next one
  const step = backwards ? -1 : 1;
  for (let index = from, sent = 0; sent < count && index >= 0 && index < end && !out.over; index += step) {
    const record = records[index]!;
    if (!passes(record)) continue;
    sent += 1;
    await out.send(eventMessage(record));
  }
}
