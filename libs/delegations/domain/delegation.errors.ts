import { DomainError } from '#libs/kernel/domain/domain-error';

/** Delegating in the name of others takes a permission, and reaches no further than it does. */
export class NotYoursToDelegate extends DomainError {
  readonly code = 'forbidden';
  readonly kind = 'forbidden';

  constructor() {
    super('Delegations of other people are made and ended by administrators.', {
      requiredPermission: 'delegation:admin',
    });
  }
}

/** What is done in the name of another person needs a reason. */
export class DelegationReasonRequired extends DomainError {
  readonly code = 'reason-required';
  readonly kind = 'invalid';

  constructor() {
    super('A reason is required for what is done in the name of another person.', {
      errors: [{ pointer: '/reason', code: 'reason-required', detail: 'must say why' }],
    });
  }
}

/** The grant is well formed, but says something that cannot be. */
export class DelegationRefused extends DomainError {
  readonly code = 'validation-failed';
  readonly kind = 'invalid';

  constructor(errors: readonly { pointer: string; code: string; detail: string }[]) {
    super(
      errors.length === 1 ? `The delegation cannot be made: ${errors[0]!.detail}` : 'The delegation cannot be made.',
      {
        errors: errors.map((error) => ({ ...error })),
      },
    );
  }
}

/** There is no such grant, or it is none of this person's business. */
export class NoSuchDelegation extends DomainError {
  readonly code = 'not-found';
  readonly kind = 'not-found';

  constructor() {
    super('There is no delegation under this id.');
  }
}
