import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { sendUnaryData, ServerReadableStream, ServiceError } from '@grpc/grpc-js';
import { admit, type ServerContext } from './context.js';
import type { AppendOutcome, ExpectedState, Proposal } from './log.js';
import { appendTooBig, streamDeleted } from './refusals.js';
import { expectedState, proposal, sizeOf, streamName } from './wire.js';

type Call = ServerReadableStream<streams.AppendReq, streams.AppendResp>;

/** The plain Append call: one stream, one answer. */
export const append =
  (context: ServerContext) =>
  (call: Call, reply: sendUnaryData<streams.AppendResp>): void => {
    context.received.append += 1;
    context.open.appends += 1;
    answer(context, call)
      .then(
        (response) => response !== 'silence' && reply(null, response),
        (error: unknown) => reply(error as ServiceError),
      )
      .finally(() => (context.open.appends -= 1));
  };

async function answer(context: ServerContext, call: Call): Promise<streams.AppendResp | 'silence'> {
  const { options, events } = await receive(context, call);
  await context.faults.onCall();
  const stream = streamName(options.getStreamIdentifier());
  admit(context, call.metadata, stream, 'w');
  context.faults.onAppend();

  const expected = expectedState(options, () => options.getRevision());
  const outcome = context.log.append(stream, expected, events);
  const loss = context.faults.onAnswer();
  if (loss === 'silence') return loss;
  if (loss) throw loss;
  if (outcome.kind === 'deleted') throw streamDeleted(stream);
  return outcome.kind === 'ok' ? success(outcome) : wrongVersion(expected, outcome.current);
}

async function receive({ maxAppendSize }: ServerContext, call: Call) {
  const events: Proposal[] = [];
  let options: streams.AppendReq.Options | undefined;
  let size = 0;
  for await (const request of call as AsyncIterable<streams.AppendReq>) {
    options ??= request.getOptions();
    const message = request.getProposedMessage();
    if (!message) continue;
    const event = proposal(message);
    size += sizeOf(event);
    if (size > maxAppendSize) throw appendTooBig(maxAppendSize);
    events.push(event);
  }
  if (!options) throw new Error('An append without options.');
  return { options, events };
}

function success({ revision, position }: Extract<AppendOutcome, { kind: 'ok' }>): streams.AppendResp {
  const success = new streams.AppendResp.Success();
  success.setCurrentRevision(String(revision));
  if (position < 0) success.setNoPosition(new shared.Empty());
  else {
    const at = new streams.AppendResp.Position();
    at.setCommitPosition(String(position));
    at.setPreparePosition(String(position));
    success.setPosition(at);
  }
  const response = new streams.AppendResp();
  response.setSuccess(success);
  return response;
}

function wrongVersion(expected: ExpectedState, current: number): streams.AppendResp {
  const wrong = new streams.AppendResp.WrongExpectedVersion();
  if (current < 0) wrong.setCurrentNoStream(new shared.Empty());
  else wrong.setCurrentRevision(String(current));
  if (expected === 'any') wrong.setExpectedAny(new shared.Empty());
  else if (expected === 'no_stream') wrong.setExpectedNoStream(new shared.Empty());
  else if (expected === 'stream_exists') wrong.setExpectedStreamExists(new shared.Empty());
  else wrong.setExpectedRevision(String(expected));
  const response = new streams.AppendResp();
  response.setWrongExpectedVersion(wrong);
  return response;
}
