import type { Delegations } from './delegations.js';
import type { Assignment, Claim, Execution, StartedReview } from './review.state.js';
import { counted, voices } from './standing.js';

/**
 * The first of each kind of assignments that a person cannot tell apart: they ask the same people, and what has become
 * of them is the same to that person. What the rules say of one they say of all: a step may have thousands.
 */
export function kindsOfSeats(
  review: StartedReview,
  executions: readonly Execution[],
  userId: string,
  delegations: Delegations,
): readonly Assignment[] {
  const principals = delegations.principalsOf(userId, 'any', () => true).map(({ principal }) => principal);
  const own = [userId, ...principals];
  const whose = (people: readonly string[]) => own.find((person) => people.includes(person)) ?? 'others';
  const kinds = new Map<string, Assignment>();
  for (const { executionId, index, assignments } of executions) {
    const fillers = new Map(counted(review, index).map((decision) => [decision.assignmentId, whose(voices(decision))]));
    for (const seat of assignments) {
      const { kind, ref, role, origin, live, gone, claim, assignmentId } = seat;
      const holder = claim && whose(holders(claim));
      const key = JSON.stringify([executionId, kind, ref, role, origin, live, gone, holder, fillers.get(assignmentId)]);
      if (!kinds.has(key)) kinds.set(key, seat);
    }
  }
  return [...kinds.values()];
}

const holders = ({ claimedBy, onBehalfOf }: Claim): readonly string[] =>
  onBehalfOf === null ? [claimedBy] : [claimedBy, onBehalfOf];
