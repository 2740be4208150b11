import { FourEyes } from './review.errors.js';
import { contributors } from './contributors.js';
import type { CaseFile } from './review.state.js';
import { countedElsewhere } from './standing.js';

/** Everybody by whose hand or in whose name something is done. */
export type Identities = Readonly<{ actorId: string; onBehalfOf: string | null; delegationPath: readonly string[] }>;

export const everyIdentity = ({ actorId, onBehalfOf, delegationPath }: Identities): readonly string[] => [
  actorId,
  ...(onBehalfOf === null ? [] : [onBehalfOf]),
  ...delegationPath,
];

/** Who has stepped back from a step, in whatever round. */
export const recused = ({ executions }: CaseFile, index: number): ReadonlySet<string> =>
  new Set(executions.flatMap((execution) => (execution.index === index ? execution.recused : [])));

/** Who must not decide on a step, and why. */
export function excluded(review: CaseFile, index: number): ReadonlyMap<string, string> {
  const people = new Map(contributors(review));
  for (const person of recused(review, index)) people.set(person, 'the same person has stepped back from this step.');
  if (review.steps[index]?.distinct === 'review') {
    for (const person of countedElsewhere(review, index)) {
      if (!people.has(person)) people.set(person, 'an earlier step of this review was decided by the same person.');
    }
  }
  return people;
}

/** The one guard: tests the actor, the principal and everybody on the path of a delegation. */
export function guardFourEyes(review: CaseFile, index: number, identities: Identities): void {
  const people = excluded(review, index);
  for (const identity of everyIdentity(identities)) {
    const why = people.get(identity);
    if (why !== undefined) throw new FourEyes(why);
  }
}
