import shared from '@eventstore/db-client/generated/shared_pb.js';
import status from '@eventstore/db-client/generated/status_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import any from 'google-protobuf/google/protobuf/any_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import { admit, type ServerContext } from './context.js';
import type { ExpectedState, Proposal } from './log.js';
import { expectedState, proposal, sizeOf, streamIdentifier, streamName, uuidMessage, uuidText } from './wire.js';

type Call = ServerDuplexStream<streams.BatchAppendReq, streams.BatchAppendResp>;

interface Pending {
  readonly id: string;
  readonly stream: string;
  readonly expected: ExpectedState;
  readonly events: Proposal[];
  readonly deadline: NodeJS.Timeout;
  size: number;
}

/** Milliseconds after which the server itself gives an append up. */
const WRITE_TIMEOUT_MS = 2000;

/** The BatchAppend call, which the client takes by default: many appends, each in chunks, on one stream of messages. */
export const batchAppend =
  (context: ServerContext) =>
  (call: Call): void => {
    context.received.batchAppend += 1;
    const pending = new Map<string, Pending>();
    let queue = Promise.resolve();
    call.on('data', (request: streams.BatchAppendReq) => {
      queue = queue.then(() => take(context, call, pending, request)).catch((error: unknown) => emit(call, error));
    });
    call.on('end', () => void queue.then(() => call.end()));
    call.on('error', () => undefined);
    call.on('close', () => {
      for (const { deadline } of pending.values()) clearTimeout(deadline);
    });
  };

const emit = (call: Call, error: unknown): void => void call.emit('error', error);

async function take(
  context: ServerContext,
  call: Call,
  pending: Map<string, Pending>,
  request: streams.BatchAppendReq,
) {
  const options = request.getOptions();
  const id = uuidText(request.getCorrelationId());
  if (options) {
    await context.faults.onCall();
    const stream = streamName(options.getStreamIdentifier());
    try {
      admit(context, call.metadata, stream, 'w');
    } catch (error) {
      if (context.faults.leader) throw error;
      return refuse(call, { id, stream }, 7, 'AccessDenied', new shared.AccessDenied());
    }
    const timedOut = (): void => {
      if (pending.delete(id)) refuse(call, { id, stream }, 4, 'Timeout', new shared.Timeout());
    };
    const asked = (options.getDeadline()?.toDate().getTime() ?? Infinity) - Date.now();
    const deadline = setTimeout(timedOut, Math.max(0, Math.min(asked, WRITE_TIMEOUT_MS)));
    const expected = expectedState(options, () => options.getStreamPosition());
    pending.set(id, { id, stream, expected, events: [], deadline, size: 0 });
  }

  const append = pending.get(id);
  if (!append) return;
  for (const message of request.getProposedMessagesList()) {
    const event = proposal(message);
    append.size += sizeOf(event);
    append.events.push(event);
  }
  if (append.size > context.maxAppendSize) {
    const details = new shared.MaximumAppendSizeExceeded();
    details.setMaxappendsize(context.maxAppendSize);
    finish(pending, append);
    return refuse(call, append, 3, 'MaximumAppendSizeExceeded', details);
  }
  if (!request.getIsFinal()) return;
  finish(pending, append);
  commit(context, call, append);
}

function finish(pending: Map<string, Pending>, { id, deadline }: Pending): void {
  clearTimeout(deadline);
  pending.delete(id);
}

function commit({ faults, log }: ServerContext, call: Call, append: Pending): void {
  faults.onAppend();
  const outcome = log.append(append.stream, append.expected, append.events);
  const loss = faults.onAnswer();
  if (loss === 'silence') return;
  if (loss) throw loss;
  if (outcome.kind === 'deleted') {
    const details = new shared.StreamDeleted();
    details.setStreamIdentifier(streamIdentifier(append.stream));
    return refuse(call, append, 5, 'StreamDeleted', details);
  }
  if (outcome.kind === 'wrong')
    return refuse(call, append, 6, 'WrongExpectedVersion', wrongVersion(append.expected, outcome.current));

  const success = new streams.BatchAppendResp.Success();
  success.setCurrentRevision(String(outcome.revision));
  if (outcome.position < 0) success.setNoPosition(new empty.Empty());
  else {
    const at = new shared.AllStreamPosition();
    at.setCommitPosition(String(outcome.position));
    at.setPreparePosition(String(outcome.position));
    success.setPosition(at);
  }
  reply(call, append, (response) => response.setSuccess(success));
}

function wrongVersion(expected: ExpectedState, current: number): shared.WrongExpectedVersion {
  const wrong = new shared.WrongExpectedVersion();
  if (current < 0) wrong.setCurrentNoStream(new empty.Empty());
  else wrong.setCurrentStreamRevision(String(current));
  if (expected === 'any') wrong.setExpectedAny(new empty.Empty());
  else if (expected === 'no_stream') wrong.setExpectedNoStream(new empty.Empty());
  else if (expected === 'stream_exists') wrong.setExpectedStreamExists(new empty.Empty());
  else wrong.setExpectedStreamPosition(String(expected));
  return wrong;
}

type Target = Pick<Pending, 'id' | 'stream'>;

function refuse(call: Call, to: Target, code: number, kind: string, details: { serializeBinary(): Uint8Array }): void {
  const packed = new any.Any();
  packed.pack(details.serializeBinary(), `event_store.client.${kind}`);
  const error = new status.Status();
  error.setCode(code);
  error.setMessage(kind);
  error.setDetails(packed);
  reply(call, to, (response) => response.setError(error));
}

function reply(call: Call, { id, stream }: Target, fill: (response: streams.BatchAppendResp) => void): void {
  const response = new streams.BatchAppendResp();
  response.setCorrelationId(uuidMessage(id));
  response.setStreamIdentifier(streamIdentifier(stream));
  fill(response);
  if (!call.cancelled) call.write(response);
}
