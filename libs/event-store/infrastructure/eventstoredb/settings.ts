/** Times and sizes of the adapter; the defaults are for production, tests shorten them. Times are milliseconds. */
export interface Settings {
  /** Deadline of sending an append once. */
  readonly appendMs: number;
  /** How often an append of unknown outcome is sent again, and the pause before the first time (it triples). */
  readonly resends: number;
  readonly resendPauseMs: number;
  /** Longest pause between two events of a read: the client's own deadline does not reach reads. */
  readonly readIdleMs: number;
  /** Longest wait for a subscription to be confirmed. */
  readonly confirmMs: number;
  /** A confirmed subscription that says nothing for so long is replaced: from here, quiet and dead look the same. */
  readonly subscriptionIdleMs: number;
  /** Pauses between attempts to subscribe. */
  readonly reconnectMs: { readonly first: number; readonly longest: number };
  /** Answers of "unknown" or "deadline exceeded" in a row after which the client is rebuilt. */
  readonly faultsBeforeRebuild: number;
  /** Bytes of one append, as the server counts them. */
  readonly maxAppendBytes: number;
  /** Events of one page of a subscription. */
  readonly pageSize: number;
}

export const DEFAULTS: Settings = {
  appendMs: 2_000,
  resends: 3,
  resendPauseMs: 100,
  readIdleMs: 2_500,
  confirmMs: 5_000,
  subscriptionIdleMs: 60_000,
  reconnectMs: { first: 100, longest: 10_000 },
  faultsBeforeRebuild: 3,
  maxAppendBytes: 1024 * 1024,
  pageSize: 500,
};

/** What went wrong and healed by itself, for the log (WARN) and the metrics. */
export type Trouble =
  | { readonly what: 'append-sent-again'; readonly streamId: string; readonly attempt: number; readonly reason: string }
  | { readonly what: 'read-sent-again'; readonly reason: string }
  | { readonly what: 'subscription-broken'; readonly reason: string; readonly retryInMs: number }
  | { readonly what: 'client-rebuilt'; readonly client: string };

/** Half to one and a half of `ms`, so that many clients do not come back at the same moment. */
export const jitter = (ms: number): number => Math.round(ms * (0.5 + Math.random()));
