import { endClaim } from '../claims.js';
import { canDecide, type Directory } from '../directory.js';
import { Draft } from '../draft.js';
import { asksFor } from '../eligible.js';
import { vacate, type Vacancy } from '../fallback.js';
import type { VacateSeats } from '../review.commands.js';
import type { ReviewEvent } from '../review.events.js';
import { isRunning, isOpen, type Claim, type StartedReview } from '../review.state.js';
import { settle } from '../settle.js';
import { openSeats } from '../standing.js';

/**
 * Somebody has left, or lost a role. What was that person's own is given to others, what that person had claimed is
 * free again, and a step that nobody is left for is blocked. Decisions stay. Nothing to do is no event.
 */
export function vacateSeats({ data, facts, metadata }: VacateSeats, review: StartedReview): readonly ReviewEvent[] {
  if (!isOpen(review)) return [];
  const { userId } = data;
  const { directory } = facts;
  const draft = new Draft(review, metadata);
  const cause = directory.person(userId)?.active ? 'role-lost' : 'deactivated';
  const vacancy: Vacancy = { person: userId, cause, by: metadata.actor.id };
  for (const execution of review.executions.filter(isRunning)) {
    const isAsked = (seat: (typeof execution.assignments)[number]) =>
      asksFor(review, execution, seat, userId, directory);
    for (const assignment of execution.assignments) {
      if (assignment.claim && isLost(assignment.claim, userId, isAsked(assignment), directory))
        endClaim(draft, { execution, assignment }, { how: 'not-eligible', by: metadata.actor.id });
    }
    for (const assignment of openSeats(review, execution.index)) {
      if (assignment.kind === 'USER' && assignment.ref === userId && !isAsked(assignment))
        vacate(draft, { execution, assignment }, vacancy, directory);
    }
  }
  settle(draft, directory);
  return draft.finished();
}

/** A claim goes with the right to fill the assignment, and with the hand that would. */
const isLost = ({ claimedBy, onBehalfOf }: Claim, userId: string, isAsked: boolean, directory: Directory): boolean =>
  (userId === (onBehalfOf ?? claimedBy) && !isAsked) || (userId === claimedBy && !canDecide(directory.person(userId)));
