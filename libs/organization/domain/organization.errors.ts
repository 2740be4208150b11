import { DomainError } from '#libs/kernel/domain/domain-error';

/** A member of a request that cannot be; `pointer` names it. */
export class OrganizationInvalid extends DomainError {
  readonly code = 'validation-failed';
  readonly kind = 'invalid';

  constructor(pointer: string, code: string, detail: string) {
    super(detail, { errors: [{ pointer, code, detail }] });
  }
}

/** The code or number is taken, for good. */
export class AlreadyExists extends DomainError {
  readonly code = 'already-exists';
  readonly kind = 'conflict';
}

/** Nothing is known under this id. */
export class UnknownHere extends DomainError {
  readonly code = 'not-found';
  readonly kind = 'not-found';

  constructor(message = 'There is nothing under this id.') {
    super(message);
  }
}

/** Not possible as things stand; the message says what to do first. */
export class NotPossibleNow extends DomainError {
  readonly code = 'invalid-state';
  readonly kind = 'conflict';
}

/** The client named a revision (`If-Match`), and what it speaks of has changed since. */
export class ChangedSince extends DomainError {
  readonly code = 'revision-mismatch';
  readonly kind = 'stale';

  constructor(currentRevision: bigint) {
    super(`It is at revision ${currentRevision} by now: read it again, and send its new ETag in If-Match.`, {
      currentRevision: Number(currentRevision),
    });
  }
}

/** The caller's permission does not reach this far. */
export class NotYours extends DomainError {
  readonly code = 'forbidden';
  readonly kind = 'forbidden';

  constructor() {
    super('This customer belongs to somebody else, or would from then on.', { requiredPermission: 'customer:write' });
  }
}
