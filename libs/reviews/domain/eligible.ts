import type { Step } from '#libs/kernel/domain/workflow-definition';
import { canDecide, type Directory } from './directory.js';
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
  if (!canDecide(person)) return false;
  if (kind === 'USER') return ref === userId && (role === undefined || person.roles.includes(role));
  if (!person.roles.includes(ref)) return false;
  const electorate = electorateOf(review, execution, ref);
  return electorate === undefined || electorate.includes(userId);
}

/** Everybody an assignment asks for, sorted. */
export function askedBy(
  review: CaseFile,
  execution: Execution,
  assignment: Asking,
  directory: Directory,
): readonly string[] {
  const { kind, ref } = assignment;
  if (kind === 'USER') return asksFor(review, execution, assignment, ref, directory) ? [ref] : [];
  const holders = directory.holders(ref).filter((userId) => canDecide(directory.person(userId)));
  const electorate = electorateOf(review, execution, ref);
  if (electorate === undefined) return holders;
  const settled = new Set(electorate);
  return holders.filter((userId) => settled.has(userId));
}

/** Who may fill assignments for a role, where that was settled when the step started. */
const electorateOf = (review: CaseFile, execution: Execution, role: string): readonly string[] | undefined =>
  isFrozen(stepOf(review, execution)) ? execution.electorate[role] : undefined;

const isFrozen = ({ electorate, rule }: Step) =>
  electorate === undefined ? needsEverybody(rule) : electorate === 'frozen';
