import { randomUUID } from 'node:crypto';
import type streams from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerContext } from './context.js';
import { lossError } from './faults.js';
import { checkpointInterval, recordFilter } from './filter.js';
import type { EventLog, LogRecord } from './log.js';
import type { Outbound } from './outbound.js';
import { streamDeleted } from './refusals.js';
import { caughtUpMessage, checkpointMessage, confirmationMessage, eventMessage, streamName } from './wire.js';

/** What a subscription follows: an ordered list that grows, and where to begin in it. */
interface Source {
  records(): readonly LogRecord[];
  readonly next: number;
}

/** Sends what is there, says "caught up", then sends what comes, until the client goes or a fault ends it. */
export async function subscribe(
  { log, faults, sent: total }: ServerContext,
  options: streams.ReadReq.Options,
  out: Outbound,
): Promise<void> {
  const source = options.hasStream() ? streamSource(log, options) : allSource(log, options);
  const passes = recordFilter(options.getFilter());
  const interval = checkpointInterval(options.getFilter());
  const untrack = faults.track({
    cut: (error) => out.fail(error),
    checkpoint: (position) => void out.send(checkpointMessage(position)),
  });
  const stopListening = log.onCommit(() => out.poke());

  let { next } = source;
  let sent = 0;
  let sinceCheckpoint = 0;
  let checkpoint = -1;
  const mark = async (position: number): Promise<void> => {
    sinceCheckpoint = 0;
    if (position <= checkpoint) return;
    checkpoint = position;
    await out.send(checkpointMessage(BigInt(position)));
  };
  const sendNew = async (): Promise<void> => {
    for (let records = source.records(); next < records.length && !out.over; next += 1, records = source.records()) {
      const record = records[next]!;
      await faults.onEvent();
      if (passes(record)) {
        if (sent === faults.cutSubscriptionsAfter) return out.fail(lossError('unavailable'));
        await out.send(eventMessage(record));
        sent += 1;
        total.toSubscriptions += 1;
      }
      sinceCheckpoint += 1;
      if (sinceCheckpoint >= interval) await mark(record.position);
    }
  };

  try {
    await out.send(confirmationMessage(randomUUID()));
    await sendNew();
    const last = source.records()[next - 1];
    if (options.hasFilter() && last) await mark(last.position);
    await out.send(caughtUpMessage());
    while (!out.over) {
      if (next >= source.records().length) await out.woken();
      await sendNew();
    }
  } finally {
    stopListening();
    untrack();
  }
}

/** Exclusive of the given revision. */
function streamSource(log: EventLog, options: streams.ReadReq.Options): Source {
  const asked = options.getStream()!;
  const stream = streamName(asked.getStreamIdentifier());
  const records = (): readonly LogRecord[] => {
    const visible = log.visible(stream);
    if (visible === 'tombstoned') throw streamDeleted(stream);
    return visible === 'missing' ? [] : visible;
  };
  const next = asked.hasStart() ? 0 : asked.hasEnd() ? records().length : Number(asked.getRevision()) + 1;
  return { records, next };
}

/** Exclusive of the given position. */
function allSource(log: EventLog, options: streams.ReadReq.Options): Source {
  const asked = options.getAll()!;
  const records = (): readonly LogRecord[] => log.all;
  if (asked.hasStart()) return { records, next: 0 };
  if (asked.hasEnd()) return { records, next: log.all.length };
  const position = Number(asked.getPosition()!.getCommitPosition());
  const at = log.indexAt(position);
  return { records, next: log.all[at]?.position === position ? at + 1 : at };
}
