import type { Directory } from './directory.js';
import { askedBy } from './eligible.js';
import { managersAsked } from './fire-rung.js';
import type { EscalationTarget } from './review.commands.js';
import { stepOf, type Execution, type StartedReview } from './review.state.js';

/**
 * Whom the workflow itself would ask on a step, as `user:<id>` and `role:<name>`: its assignees and the targets of its
 * ladder; on a step that is blocked also the managers of those it waits for by name, and the administrators.
 */
export function namedTargets(review: StartedReview, execution: Execution, directory: Directory): readonly string[] {
  const { assignees, ladder } = stepOf(review, execution);
  const managers = () => managersAsked(review, execution, directory).map((manager) => `user:${manager}`);
  const onLadder = ladder.flatMap(({ to }) => {
    if (to === undefined) return [];
    if ('manager' in to) return managers();
    return 'user' in to ? [`user:${to.user}`] : [`role:${to.role}`];
  });
  const asked = assignees.map(({ type, id }) => `${type === 'USER' ? 'user' : 'role'}:${id}`);
  const standIns = execution.status === 'blocked' ? [...managers(), 'role:admin'] : [];
  return [...new Set([...asked, ...onLadder, ...standIns])];
}

/** Whether a target is among them: by name, or as somebody who can fill an assignment for one of the roles. */
export function isNamed(
  review: StartedReview,
  execution: Execution,
  to: EscalationTarget,
  directory: Directory,
): boolean {
  const named = namedTargets(review, execution, directory);
  if ('role' in to) return named.includes(`role:${to.role}`);
  if (named.includes(`user:${to.user}`)) return true;
  const roles = named.flatMap((ref) => (ref.startsWith('role:') ? [ref.slice('role:'.length)] : []));
  return roles.some((ref) => askedBy(review, execution, { kind: 'ROLE', ref }, directory).includes(to.user));
}
