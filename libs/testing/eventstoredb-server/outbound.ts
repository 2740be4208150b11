import type streams from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerWritableStream, ServiceError } from '@grpc/grpc-js';

export type ReadCall = ServerWritableStream<streams.ReadReq, streams.ReadResp>;

/** The answering side of one read or subscription: respects back-pressure, knows when the client has gone. */
export class Outbound {
  private wake: () => void = () => undefined;
  private failure: ServiceError | undefined;

  constructor(private readonly call: ReadCall) {
    // One listener each for the life of the call: adding one per message leaks.
    call.on('drain', () => this.wake()).on('cancelled', () => this.wake());
  }

  /** Nobody listens any more, or the call has been failed. */
  get over(): boolean {
    return this.call.cancelled || this.failure !== undefined;
  }

  async send(message: streams.ReadResp): Promise<void> {
    if (this.over) return;
    if (!this.call.write(message)) await this.woken();
  }

  /** Until `poke`, room in the pipe, or the end of the call. */
  woken(): Promise<void> {
    if (this.over) return Promise.resolve();
    return new Promise((resolve) => (this.wake = resolve));
  }

  poke(): void {
    this.wake();
  }

  /** Ends the call as soon as its loop notices. */
  fail(error: ServiceError): void {
    this.failure ??= error;
    this.wake();
  }

  end(): void {
    // A failing streaming call ends by an emitted error; call.destroy() would hide the status.
    if (this.failure) this.call.emit('error', this.failure);
    else this.call.end();
  }
}
