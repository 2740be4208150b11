import type { JsonObject } from './json.js';

/** What kind of "no" this is; the API's problem filter turns each kind into one HTTP status. */
export type RefusalKind =
  | 'malformed' // 400
  | 'unauthenticated' // 401
  | 'forbidden' // 403
  | 'not-found' // 404
  | 'conflict' // 409
  | 'stale' // 412
  | 'too-large' // 413
  | 'unsupported-media-type' // 415
  | 'invalid' // 422
  | 'precondition-required' // 428
  | 'limited' // 429
  | 'unavailable'; // 503

/**
 * The domain said no, on purpose. `code` is public and never changes; the message may.
 * `details` become members of the problem document (`currentRevision`, `waitingOn`, `errors` …): no personal data.
 */
export abstract class DomainError extends Error {
  abstract readonly code: string;
  abstract readonly kind: RefusalKind;
  /** True when the same request may succeed later, unchanged. */
  readonly retryable: boolean = false;

  constructor(
    message: string,
    readonly details: JsonObject = {},
  ) {
    super(message);
    this.name = new.target.name;
  }
}
