import { DomainError, type RefusalKind } from '#libs/kernel/domain/domain-error';

/** No valid sign-in. One answer for an unknown user and a wrong password. */
export class Unauthenticated extends DomainError {
  readonly code = 'unauthenticated';
  readonly kind: RefusalKind = 'unauthenticated';

  constructor(message = 'Sign in, and send the access token: Authorization: Bearer …') {
    super(message);
  }
}

export class TokenExpired extends DomainError {
  readonly code = 'token-expired';
  readonly kind: RefusalKind = 'unauthenticated';

  constructor(message = 'The access token has expired: exchange the refresh token for a new one, or sign in again.') {
    super(message);
  }
}

/** A refresh token was used a second time. */
export class TokenReused extends DomainError {
  readonly code = 'token-reused';
  readonly kind: RefusalKind = 'unauthenticated';

  constructor(message: string) {
    super(message);
  }
}

/** Too many wrong passwords for this account. */
export class LockedOut extends DomainError {
  readonly code = 'rate-limited';
  readonly kind: RefusalKind = 'limited';
  override readonly retryable = true;

  /** @param retryAfter seconds */
  constructor(retryAfter: number) {
    super('Too many wrong passwords; wait before the next try.', { retryAfter });
  }
}

/** More sign-ins wait for a hashing slot than may queue. */
export class SignInOverloaded extends DomainError {
  readonly code = 'overloaded';
  readonly kind: RefusalKind = 'unavailable';
  override readonly retryable = true;

  constructor() {
    super('Too many people sign in at this moment.', { retryAfter: 1 });
  }
}

export class UsernameTaken extends DomainError {
  readonly code = 'already-exists';
  readonly kind: RefusalKind = 'conflict';

  constructor() {
    super('This username is taken.');
  }
}

export class EmailTaken extends DomainError {
  readonly code = 'already-exists';
  readonly kind: RefusalKind = 'conflict';

  constructor() {
    super('Another person of this workspace has this e-mail address.');
  }
}

export class ServiceNameTaken extends DomainError {
  readonly code = 'already-exists';
  readonly kind: RefusalKind = 'conflict';

  constructor() {
    super('A service account of this name exists.');
  }
}

/** A workspace of this name is open, or people are in it. */
export class WorkspaceExists extends DomainError {
  readonly code = 'already-exists';
  readonly kind: RefusalKind = 'conflict';

  constructor() {
    super('A workspace of this name exists.');
  }
}

/** A slow registration that others have closed meanwhile; with a fresh key it may succeed. */
export class ConcurrentRegistration extends DomainError {
  readonly code = 'concurrent-modification';
  readonly kind: RefusalKind = 'conflict';

  constructor() {
    super('This registration took too long and was given up; register again.');
  }
}

/** What was asked about a user cannot be; `pointer` names the member. */
export class InvalidUser extends DomainError {
  readonly code = 'validation-failed';
  readonly kind: RefusalKind = 'invalid';

  constructor(pointer: string, detail: string) {
    super(detail, { errors: [{ pointer, code: 'invalid', detail }] });
  }
}

/** Whom or what a person is said to belong to is not there; every member that names such is told. */
export class InvalidPlace extends DomainError {
  readonly code = 'validation-failed';
  readonly kind: RefusalKind = 'invalid';

  constructor(errors: readonly { readonly pointer: string; readonly code: string; readonly detail: string }[]) {
    super(errors.map(({ detail }) => detail).join(' '), { errors: errors.map((error) => ({ ...error })) });
  }
}

export const unknownPlace = (name: string, what: string) => ({
  pointer: `/${name}`,
  code: 'unknown',
  detail: `${name} names no ${what} of this workspace that is active.`,
});

/** Nobody would be left who may let others in. */
export class LastAdministrator extends DomainError {
  readonly code = 'invalid-state';
  readonly kind: RefusalKind = 'conflict';

  constructor() {
    super('This is the last administrator for good of the workspace: make another one first.');
  }
}

export class NoSuchAbsence extends DomainError {
  readonly code = 'not-found';
  readonly kind: RefusalKind = 'not-found';

  constructor() {
    super('There is no such absence.');
  }
}

/** The user is not active any more, or not there. */
export class UserNotActive extends DomainError {
  readonly code = 'invalid-state';
  readonly kind: RefusalKind = 'conflict';

  constructor() {
    super('This user is not active.');
  }
}
