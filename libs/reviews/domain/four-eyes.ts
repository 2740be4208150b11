import { FourEyes } from './review.errors.js';
import { contributors } from './contributors.js';
import type { Directory } from './directory.js';
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

/** Who must not decide on a step, asked person by person: why not, undefined for everybody else. */
export interface Excluded {
  has(userId: string): boolean;
  get(userId: string): string | undefined;
}

/** Contributors, those in conflict or stepped back, deciders elsewhere under `distinct: review`, and the submitter's own staff. */
export function excluded(review: CaseFile, index: number, directory: Directory): Excluded {
  const partial = interested(review, index, directory);
  const elsewhere = countedElsewhere(review, index);
  return people(
    (userId) =>
      partial.get(userId) ??
      (elsewhere.has(userId) ? 'another step of this review was decided by the same person.' : undefined),
  );
}

/** Who has a part in the matter itself: contributors, those in conflict or stepped back, and the submitter's own staff. */
function interested(review: CaseFile, index: number, directory: Directory): Excluded {
  const part = contributors(review);
  const away = recused(review, index);
  return people(
    (userId) =>
      part.get(userId) ??
      (away.has(userId) ? 'the same person has stepped back from this step.' : undefined) ??
      (review.fourEyes.noUpward && isBelowSubmitter(review, userId, directory)
        ? 'nobody decides on a submission of those they report to.'
        : undefined),
  );
}

const people = (why: (userId: string) => string | undefined): Excluded => ({
  get: why,
  has: (userId) => why(userId) !== undefined,
});

/** Longer lines of managers than this are no lines but circles. */
const MOST_LEVELS = 50;

/** Everybody above a person, nearest first. */
export function superiorsOf(userId: string, directory: Pick<Directory, 'person'>): readonly string[] {
  const found: string[] = [];
  let manager = directory.person(userId)?.managerId;
  while (manager !== undefined && found.length < MOST_LEVELS) {
    found.push(manager);
    manager = directory.person(manager)?.managerId;
  }
  return found;
}

const isBelowSubmitter = ({ submittedBy, onBehalfOf }: CaseFile, userId: string, directory: Directory): boolean =>
  superiorsOf(userId, directory).some((manager) => manager === submittedBy || manager === onBehalfOf);

/** The one guard: tests the actor, the principal and everybody on the path of a delegation. */
export function guardFourEyes(review: CaseFile, index: number, identities: Identities, directory: Directory): void {
  const barred = excluded(review, index, directory);
  for (const identity of everyIdentity(identities)) {
    const why = barred.get(identity);
    if (why !== undefined) throw new FourEyes(why);
  }
}

/** Whether anybody by whose hand or in whose name it is done has a part in the matter, and so chooses nobody for it. */
export function isPartial(review: CaseFile, index: number, identities: Identities, directory: Directory): boolean {
  const partial = interested(review, index, directory);
  return everyIdentity(identities).some((identity) => partial.has(identity));
}
