import type { Step } from '#libs/kernel/domain/workflow-definition';
import type { Directory } from './directory.js';
import type { Assignment, CaseFile, Execution } from './review.state.js';
import { stepOf } from './review.state.js';
import { needsEverybody } from './rule.js';

/** Whom an assignment asks. */
export type Asking = Pick<Assignment, 'kind' | 'ref' | 'role'>;

/** Whether an assignment asks for this person: by name, or by a role held now (and then, where everybody is needed). */
export function asksFor(
  review: CaseFile,
  execution: Execution,
  { kind, ref, role }: Asking,
  userId: string,
  directory: Directory,
): boolean {
  const person = directory.person(userId);
  if (!person?.active) return false;
  if (kind === 'USER') return ref === userId && (role === undefined || person.roles.includes(role));
  if (!person.roles.includes(ref)) return false;
  const electorate = isFrozen(stepOf(review, execution)) ? execution.electorate[ref] : undefined;
  return electorate === undefined || electorate.includes(userId);
}

/** Everybody an assignment asks for, sorted. */
export const askedBy = (
  review: CaseFile,
  execution: Execution,
  assignment: Asking,
  directory: Directory,
): readonly string[] =>
  (assignment.kind === 'USER' ? [assignment.ref] : directory.holders(assignment.ref)).filter((userId) =>
    asksFor(review, execution, assignment, userId, directory),
  );

const isFrozen = ({ electorate, rule }: Step) =>
  electorate === undefined ? needsEverybody(rule) : electorate === 'frozen';
