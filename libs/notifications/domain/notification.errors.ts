import { DomainError } from '#libs/kernel/domain/domain-error';

/** A member of a request that cannot be; `pointer` names it. */
export class NotificationInvalid extends DomainError {
  readonly code = 'validation-failed';
  readonly kind = 'invalid';

  constructor(pointer: string, code: string, detail: string) {
    super(detail, { errors: [{ pointer, code, detail }] });
  }
}

/** What was asked does not fit where the webhook stands. */
export class WebhookStateRefused extends DomainError {
  readonly code = 'invalid-state';
  readonly kind = 'conflict';
}

export class WebhookNotFound extends DomainError {
  readonly code = 'not-found';
  readonly kind = 'not-found';

  constructor(message = 'There is no such webhook.') {
    super(message);
  }
}
