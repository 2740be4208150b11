import { DomainError } from '#libs/kernel/domain/domain-error';
import type { JsonObject } from '#libs/kernel/domain/json';

/** Every "no" of this room. Codes are public; `details` become members of the problem document. */

/** There is no review under this id, or its start never came through. */
export class NoSuchReview extends DomainError {
  readonly code = 'not-found';
  readonly kind = 'not-found';

  constructor() {
    super('There is no review under this id.');
  }
}

/** The review is not in a status in which this can be done. */
export class InvalidState extends DomainError {
  readonly code = 'invalid-state';
  readonly kind = 'conflict';
}

/** The step, or the whole review, has its outcome already. */
export class StepResolved extends DomainError {
  readonly code = 'step-resolved';
  readonly kind = 'conflict';

  constructor(outcome: string, step: string | null) {
    const hint = FOR_GOOD.includes(outcome) ? ' Nothing is left to be done about it: start another review.' : '';
    const detail =
      step === null ? `The review is over: ${outcome}.${hint}` : `Step ${step} has its outcome: ${outcome}.`;
    super(detail, { outcome, step });
  }
}

/** Outcomes of a review that nothing takes back. */
const FOR_GOOD = ['withdrawn', 'expired', 'cancelled'];

/** The person looked at another revision of the subject than the current one. */
export class StaleReview extends DomainError {
  readonly code = 'stale-review';
  readonly kind = 'conflict';

  constructor(reviewId: string, seen: number, currentRevision: number) {
    if (seen > currentRevision)
      super(`There is no revision ${seen} yet: revision ${currentRevision} is current.`, { currentRevision });
    else
      super(`Revision ${seen} was reviewed, revision ${currentRevision} is current.`, {
        currentRevision,
        diffUrl: `/api/v1/reviews/${reviewId}/diff?from=${seen}&to=${currentRevision}`,
      });
  }
}

/** Somebody else filled the assignment first. */
export class AssignmentFilled extends DomainError {
  readonly code = 'assignment-filled';
  readonly kind = 'conflict';

  constructor(assignmentId: string, by: string, onBehalfOf: string | null) {
    super('Somebody else has filled this assignment.', { assignmentId, by, onBehalfOf });
  }
}

/** Somebody else has claimed the assignment: until the lease ends it is that person's to fill. */
export class AssignmentTaken extends DomainError {
  readonly code = 'assignment-filled';
  readonly kind = 'conflict';

  constructor(
    assignmentId: string,
    { claimedBy, onBehalfOf, until }: { claimedBy: string; onBehalfOf: string | null; until: string },
  ) {
    super('Somebody else has claimed this assignment.', {
      assignmentId,
      by: claimedBy,
      onBehalfOf,
      claimedUntil: until,
    });
  }
}

/** The assignment was moved to somebody else. */
export class AssignmentTransferred extends DomainError {
  readonly code = 'assignment-transferred';
  readonly kind = 'conflict';

  constructor(assignmentId: string) {
    super('This assignment was transferred to somebody else.', { assignmentId });
  }
}

/** One person is one voice: this one has spoken on this step. */
export class PersonAlreadyCounted extends DomainError {
  readonly code = 'person-already-counted';
  readonly kind = 'conflict';

  constructor(decisionId: string, verdict: string) {
    super('This person has a decision on this step already; one person counts once.', { decisionId, verdict });
  }
}

/** Nobody approves their own work, by whichever hand. */
export class FourEyes extends DomainError {
  readonly code = 'four-eyes';
  readonly kind = 'forbidden';

  constructor(why: string) {
    super(`Four eyes: ${why}`);
  }
}

/** The person holds no assignment here, and no role that an assignment asks for. */
export class NotEligible extends DomainError {
  readonly code = 'not-eligible';
  readonly kind = 'forbidden';

  constructor(message: string, whoCan: readonly string[] = []) {
    super(message, whoCan.length > 0 ? { whoCan: [...whoCan] } : {});
  }
}

/** The person may act for somebody whom this step asks, but not in this matter. */
export class DelegationOutOfScope extends DomainError {
  readonly code = 'delegation-out-of-scope';
  readonly kind = 'forbidden';

  constructor(principals: readonly string[]) {
    super('The delegation does not cover this workflow, step or amount.', { onBehalfOf: [...principals] });
  }
}

/** A permission is missing that only some rows ask for. */
export class PermissionMissing extends DomainError {
  readonly code = 'forbidden';
  readonly kind = 'forbidden';

  constructor(message: string, requiredPermission: string) {
    super(message, { requiredPermission });
  }
}

/** The subject is under review already. */
export class AlreadyUnderReview extends DomainError {
  readonly code = 'already-exists';
  readonly kind = 'conflict';

  constructor(reviewId: string) {
    super('This subject has an open review under this workflow.', { reviewId });
  }
}

/** The request is well formed but says something that cannot be; each fault with its JSON pointer. */
export class ValidationFailed extends DomainError {
  readonly code = 'validation-failed';
  readonly kind = 'invalid';

  constructor(message: string, errors: readonly { pointer: string; code: string; detail: string }[]) {
    super(message, { errors: errors.map((error): JsonObject => ({ ...error })) });
  }
}

/** An act that others must be able to understand later needs a reason. */
export class ReasonRequired extends DomainError {
  readonly code = 'reason-required';
  readonly kind = 'invalid';

  constructor() {
    super('A reason is required.', {
      errors: [{ pointer: '/reason', code: 'reason-required', detail: 'must say why' }],
    });
  }
}

/** The views of an inbox contradict each other. */
export class InboxViewsInvalid extends DomainError {
  readonly code = 'validation-failed';
  readonly kind = 'invalid';

  constructor(pointer: string, detail: string) {
    super(detail, { errors: [{ pointer, code: 'duplicate', detail }] });
  }
}
