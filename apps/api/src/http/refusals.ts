import { DomainError, type RefusalKind } from '#libs/kernel/domain/domain-error';
import type { JsonObject } from '#libs/kernel/domain/json';

/* What only the HTTP edge can refuse: the form of a request, before any rule of the business is asked. */

export class MalformedJson extends DomainError {
  readonly code = 'malformed-json';
  readonly kind: RefusalKind = 'malformed';
}

export class MalformedRequest extends DomainError {
  readonly code = 'malformed-request';
  readonly kind: RefusalKind = 'malformed';
}

export class UnknownParameter extends DomainError {
  readonly code = 'unknown-parameter';
  readonly kind: RefusalKind = 'malformed';
}

export class InvalidParameter extends DomainError {
  readonly code = 'invalid-parameter';
  readonly kind: RefusalKind = 'malformed';
}

export class IdempotencyKeyMissing extends DomainError {
  readonly code = 'idempotency-key-missing';
  readonly kind: RefusalKind = 'malformed';

  constructor() {
    super('This request needs an Idempotency-Key header, so that a retry can never act twice.');
  }
}

export class PreconditionRequired extends DomainError {
  readonly code = 'precondition-required';
  readonly kind: RefusalKind = 'precondition-required';

  constructor() {
    super('Say which revision you have seen: If-Match with the ETag of your last read.');
  }
}

export class Unauthenticated extends DomainError {
  readonly code = 'unauthenticated';
  readonly kind: RefusalKind = 'unauthenticated';

  constructor(message = 'Send an access token: Authorization: Bearer …') {
    super(message);
  }
}

export class PermissionMissing extends DomainError {
  readonly code = 'forbidden';
  readonly kind: RefusalKind = 'forbidden';

  constructor(requiredPermission: string) {
    super(`None of your roles holds the permission ${requiredPermission}.`, { requiredPermission });
  }
}

export class RouteNotFound extends DomainError {
  readonly code = 'not-found';
  readonly kind: RefusalKind = 'not-found';

  constructor(message = 'There is nothing here that you may see.') {
    super(message);
  }
}

export class PayloadTooLarge extends DomainError {
  readonly code = 'payload-too-large';
  readonly kind: RefusalKind = 'too-large';
}

export class UnsupportedMediaType extends DomainError {
  readonly code = 'unsupported-media-type';
  readonly kind: RefusalKind = 'unsupported-media-type';

  constructor() {
    super('Send the body as application/json in UTF-8, not compressed.');
  }
}

export interface Fault extends JsonObject {
  /** JSON pointer into the body. */
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

export class ValidationFailed extends DomainError {
  readonly code = 'validation-failed';
  readonly kind: RefusalKind = 'invalid';

  constructor(errors: readonly Fault[]) {
    super(errors.length === 1 ? errors[0]!.detail : `The body has ${errors.length} faults.`, { errors });
  }
}

export class ReasonRequired extends DomainError {
  readonly code = 'reason-required';
  readonly kind: RefusalKind = 'invalid';

  constructor(errors: readonly Fault[]) {
    super('A reason is required.', { errors });
  }
}

export class RateLimited extends DomainError {
  readonly code = 'rate-limited';
  readonly kind: RefusalKind = 'limited';
  override readonly retryable = true;

  /** @param retryAfter seconds */
  constructor(retryAfter: number) {
    super('Too many requests.', { retryAfter });
  }
}

export class TooManyStreams extends DomainError {
  readonly code = 'rate-limited';
  readonly kind: RefusalKind = 'limited';
  override readonly retryable = true;

  constructor(atOnce: number) {
    super(`You have ${atOnce} event streams open, which is all you may: close one.`, { retryAfter: RETRY_SECONDS });
  }
}

/** A stream whose reader has gone without a word is given up after about so long. */
const RETRY_SECONDS = 30;
