import type { ReviewCommand } from './review.commands.js';
import { NotEligible } from './review.errors.js';
import type { Identities } from './four-eyes.js';
import type { CaseFile } from './review.state.js';

/** Who acts, and in whose name: the principal's seat is taken, the actor is the one person that counts. */
export type Acting = Identities & Readonly<{ principal: string }>;

/** Acting for another person takes a grant that was checked; without one it is refused. */
export function acting({ metadata, facts }: Pick<ReviewCommand, 'metadata' | 'facts'>): Acting {
  const { id, onBehalfOf } = metadata.actor;
  if (onBehalfOf === undefined) return { actorId: id, onBehalfOf: null, delegationPath: [], principal: id };
  if (!facts.delegated) throw new NotEligible('Nobody acts for another person without a delegation.');
  return { actorId: id, onBehalfOf, delegationPath: facts.delegated.path, principal: onBehalfOf };
}

/** The submitter, or whoever acts for the submitter. */
export const isSubmitter = ({ submittedBy, onBehalfOf }: CaseFile, { principal }: Acting): boolean =>
  principal === submittedBy || principal === onBehalfOf;
