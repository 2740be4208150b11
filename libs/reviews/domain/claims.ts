import type { Step } from '#libs/kernel/domain/workflow-definition';
import { calendarOf } from './calendars.js';
import { HOUR, plus, spanEnd } from './clock.js';
import type { Draft } from './draft.js';
import type { EventData } from './event-data.js';
import type { Identities } from './four-eyes.js';
import { stepOf, type Assignment, type CaseFile, type Claim, type Execution } from './review.state.js';
import type { NamedSeat } from './named-seat.js';
import { released } from './release.js';
import { executionOf } from './settle.js';
import { voices } from './standing.js';

/* A claim is a lease on an assignment for a role: a courtesy among its holders. Deciding needs none. */

type Person = Pick<Identities, 'actorId' | 'onBehalfOf'>;

/** Whether the claim is this person's, or was made in this person's name. */
export const isOwn = ({ claimedBy, onBehalfOf }: Claim, who: Person): boolean =>
  voices(who).some((person) => person === claimedBy || person === onBehalfOf);

/** Whether somebody else has claimed it. */
export const isTaken = ({ claim }: Assignment, who: Person): boolean => claim !== null && !isOwn(claim, who);

export function takeClaim(draft: Draft, { execution, assignment }: NamedSeat, who: Person): void {
  draft.record('AssignmentClaimed', {
    ...executionOf(execution),
    assignmentId: assignment.assignmentId,
    claimId: draft.newId('claim'),
    claimedBy: who.actorId,
    ...(who.onBehalfOf !== null && { onBehalfOf: who.onBehalfOf }),
    until: leaseEnd(draft.review, stepOf(draft.review, execution), draft.now),
    at: draft.now,
  });
}

type How = EventData<'AssignmentReleased'>['how'];

/** Ends the claim on an assignment, if there is one. */
export function endClaim(
  draft: Draft,
  seat: NamedSeat,
  { how, by, reason }: { how: How; by: string; reason?: string },
): void {
  for (const data of released(seat, { how, by, at: draft.now, reason })) draft.record('AssignmentReleased', data);
}

/** Ends what else somebody has claimed on a step: one person fills one assignment of it. */
export function endOtherClaims(draft: Draft, execution: Execution, who: Person, how: How, except?: string): void {
  for (const assignment of execution.assignments) {
    if (assignment.assignmentId !== except && assignment.claim && isOwn(assignment.claim, who))
      endClaim(draft, { execution, assignment }, { how, by: who.actorId });
  }
}

const WORKING_DAY = 8 * HOUR;

/** One working day unless the step says otherwise; wall hours, where no calendar tells which ones are worked. */
function leaseEnd(review: CaseFile, step: Step, now: string): string {
  const { claimLease: lease = { value: 1, unit: 'BUSINESS_DAY' } } = step;
  const calendar = calendarOf(review, step);
  const end = calendar || lease.unit === 'WALL_HOUR' ? spanEnd(lease, calendar, now) : null;
  return end ?? plus(now, lease.value * (lease.unit === 'BUSINESS_DAY' ? WORKING_DAY : HOUR));
}
