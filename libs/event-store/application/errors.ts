import { DomainError } from '#libs/kernel/domain/domain-error';

/** The caller named a revision (`If-Match`) and the stream has moved on. */
export class RevisionMismatch extends DomainError {
  readonly code = 'revision-mismatch';
  readonly kind = 'stale';

  constructor(currentRevision: bigint) {
    super(`It is at revision ${currentRevision} by now: read it again, and send its new ETag in If-Match.`, {
      currentRevision: Number(currentRevision),
    });
  }
}

/** The same Idempotency-Key came with another body. */
export class IdempotencyKeyReused extends DomainError {
  readonly code = 'idempotency-key-reused';
  readonly kind = 'invalid';

  constructor() {
    super('This Idempotency-Key was already used with another body.');
  }
}

/** Others kept appending to the same stream while the command was decided again and again. */
export class ConcurrentModification extends DomainError {
  readonly code = 'concurrent-modification';
  readonly kind = 'conflict';
  override readonly retryable = true;

  constructor() {
    super('Too many commands changed this at the same time; send it again.');
  }
}

/**
 * What the caller may do has changed since the caller was let in: nothing was recorded. Whoever let the caller in looks
 * anew and sends the command again, or refuses it.
 */
export class StandingMoved extends ConcurrentModification {
  /** @param actual where the streams stand that were seen elsewhere */
  constructor(readonly actual: ReadonlyMap<string, bigint>) {
    super();
  }
}

/** It does not exist, or belongs to another workspace: the same answer for both. */
export class NotFound extends DomainError {
  readonly code = 'not-found';
  readonly kind = 'not-found';

  constructor(message = 'There is nothing under this id.') {
    super(message);
  }
}

/**
 * The log cannot be reached, or did not answer in time. Whether an append happened is then unknown to the caller;
 * the same command sent again finds out, because its event ids are the same.
 */
export class EventStoreUnavailable extends DomainError {
  readonly code = 'event-store-unavailable';
  readonly kind = 'unavailable';
  override readonly retryable = true;

  constructor(reason: string, options?: { cause?: unknown }) {
    super(reason);
    if (options?.cause !== undefined) this.cause = options.cause;
  }
}
