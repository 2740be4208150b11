/** What became of one call. */
export type CallResult =
  | { readonly outcome: 'delivered'; readonly status: number | null }
  | {
      readonly outcome: 'failed';
      /** A word, not a message: nothing that a receiver wrote gets into our log. */
      readonly error: string;
      readonly status: number | null;
      /** Another attempt would fail the same way. */
      readonly final: boolean;
      /** As the receiver asked for. */
      readonly retryAfterMs?: number;
    }
  /** Not called at all: the target is down, and is left alone for a while. */
  | { readonly outcome: 'postponed'; readonly forMs: number };

/** Calls addresses that people have given us: only public ones, never for long, never more than we can bear. */
export abstract class Outbound {
  /** Why an address can never be called, as far as its text tells; undefined = nothing against it. */
  abstract objectionTo(url: string): string | undefined;
  /** Never throws. */
  abstract post(call: {
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  }): Promise<CallResult>;
}
