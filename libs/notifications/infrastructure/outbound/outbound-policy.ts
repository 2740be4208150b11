/** What may be called from here, and how much of ourselves we give to it. */
export interface OutboundPolicy {
  /** For tests and a developer's machine only; a production configuration refuses it at the start. */
  readonly allowLoopback: boolean;
  /** `http:` besides `https:`. */
  readonly plainHttp: boolean;
  /** From the look-up of the name to the last byte of the answer that we read. */
  readonly timeoutMs: number;
  /** More of an answer is not read. */
  readonly maxResponseBytes: number;
  /** Calls at once, of all targets together. */
  readonly concurrency: number;
  /** Of them, calls to one origin: several receivers may be one server. */
  readonly perOrigin: number;
}

export const defaultPolicy: OutboundPolicy = {
  allowLoopback: false,
  plainHttp: false,
  timeoutMs: 10_000,
  maxResponseBytes: 64 * 1024,
  concurrency: 32,
  perOrigin: 4,
};
