import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { sendUnaryData, ServerUnaryCall, ServiceError } from '@grpc/grpc-js';
import { admit, type ServerContext } from './context.js';
import { streamDeleted, wrongExpectedVersion } from './refusals.js';
import { expectedNumber, expectedState, streamName } from './wire.js';

type Request = streams.DeleteReq | streams.TombstoneReq;
type Response = streams.DeleteResp | streams.TombstoneResp;

/** Delete (`hard: false`) and Tombstone. */
export const remove =
  (context: ServerContext, hard: boolean) =>
  (call: ServerUnaryCall<Request, Response>, reply: sendUnaryData<Response>): void => {
    context.faults
      .onCall()
      .then(() => reply(null, answer(context, call, hard)))
      .catch((error: unknown) => reply(error as ServiceError));
  };

function answer(context: ServerContext, call: ServerUnaryCall<Request, Response>, hard: boolean): Response {
  const options = call.request.getOptions();
  if (!options) throw new Error('A deletion without options.');
  const stream = streamName(options.getStreamIdentifier());
  admit(context, call.metadata, stream, 'd');

  const expected = expectedState(options, () => options.getRevision());
  const outcome = context.log.remove(stream, expected, hard);
  if (outcome.kind === 'deleted') throw streamDeleted(stream);
  if (outcome.kind === 'wrong') throw wrongExpectedVersion(stream, expectedNumber(expected), outcome.current);
  if (hard) {
    const position = new streams.TombstoneResp.Position();
    position.setCommitPosition(String(outcome.position));
    position.setPreparePosition(String(outcome.position));
    const response = new streams.TombstoneResp();
    response.setPosition(position);
    return response;
  }
  const position = new streams.DeleteResp.Position();
  position.setCommitPosition(String(outcome.position));
  position.setPreparePosition(String(outcome.position));
  const response = new streams.DeleteResp();
  response.setPosition(position);
  return response;
}
