import type { DomainError } from '#libs/kernel/domain/domain-error';
import { nobodyDelegates, type Matter, type Principal } from './delegations.js';
import { canDecide } from './directory.js';
import type { ReviewCommand } from './review.commands.js';
import { DelegationOutOfScope, NotEligible } from './review.errors.js';
import type { Excluded, Identities } from './four-eyes.js';
import type { CaseFile } from './review.state.js';
import { matterOf } from './matter.js';

/** Who acts, and in whose name: the principal's seat is taken, the actor is the one person that counts. */
export type Acting = Identities &
  Readonly<{
    principal: string;
    /** What says that the actor may act for the principal: evidence. */
    delegationRevision?: string;
  }>;

type Asked = Pick<ReviewCommand, 'metadata' | 'facts'>;

/** The actor for himself. */
export const inOwnName = (userId: string): Acting => ({
  actorId: userId,
  onBehalfOf: null,
  delegationPath: [],
  principal: userId,
});

/** The actor for somebody who lets him. */
export const inTheNameOf = (actorId: string, { principal, path, revision }: Principal): Acting => ({
  actorId,
  onBehalfOf: principal,
  delegationPath: path,
  principal,
  delegationRevision: revision,
});

export const acting = ({ metadata }: Asked): Acting => inOwnName(metadata.actor.id);

/** The submitter, or whoever acts for the submitter. */
export const isSubmitter = ({ submittedBy, onBehalfOf }: CaseFile, { principal }: Acting): boolean =>
  principal === submittedBy || principal === onBehalfOf;

/**
 * The actor for one of these people, where one lets him act in this matter.
 * @param barred who has to stay out of it: a way that leads by none of them is taken before one that does
 */
export function actingFor(
  { metadata, facts }: Asked,
  people: readonly (string | null)[],
  matter: Matter | 'any',
  barred?: Excluded,
): Acting | undefined {
  const { directory, delegations = nobodyDelegates } = facts;
  const { id } = metadata.actor;
  const isActive = (userId: string) => directory.person(userId)?.active === true;
  if (!isActive(id)) return undefined;
  const by = (passes: (userId: string) => boolean) =>
    delegations.principalsOf(id, matter, passes).find(({ principal }) => people.includes(principal));
  const found = (barred && by((userId) => isActive(userId) && !barred.has(userId))) ?? by(isActive);
  return found && inTheNameOf(id, found);
}

/** The same for what is said on a step: in another's name, too, it is said by somebody who decides at all. */
export const actingOnStep = (
  command: Asked,
  people: readonly string[],
  matter: Matter,
  barred: Excluded,
): Acting | undefined =>
  canDecide(command.facts.directory.person(command.metadata.actor.id))
    ? actingFor(command, people, matter, barred)
    : undefined;

/** By whose hand, in whose name, as an event says it. */
export const inWhoseName = ({ onBehalfOf, delegationPath }: Identities) =>
  onBehalfOf === null ? {} : { onBehalfOf, delegationPath: [...delegationPath] };

/** Whether the actor is this person, or acts for this person in this matter. */
export const speaksFor = (command: Asked, person: string, matter: Matter): boolean =>
  command.metadata.actor.id === person || actingFor(command, [person], matter) !== undefined;

/** The actor in the submitter's name, where he is not the submitter but may act for him in this matter; else in his own. */
export function actingForSubmitter(command: Asked, review: CaseFile, matter = matterOf(review)): Acting {
  const own = acting(command);
  if (isSubmitter(review, own)) return own;
  return actingFor(command, [review.submittedBy, review.onBehalfOf], matter) ?? own;
}

/** The refusal for somebody who is not the submitter: his delegate may be so in other matters only. */
export function notTheSubmitter(command: Asked, review: CaseFile, message: string): DomainError {
  const elsewhere = actingFor(command, [review.submittedBy, review.onBehalfOf], 'any');
  return elsewhere
    ? new DelegationOutOfScope([elsewhere.principal])
    : new NotEligible(message, [`user:${review.submittedBy}`]);
}
