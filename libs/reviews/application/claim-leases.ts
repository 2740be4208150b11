import type { ProcessManager, Reaction } from '#libs/processing/application/process-manager';
import type { ReviewEvent } from '../domain/review.events.js';
import { leaseTimerId } from '../domain/timers.js';

const ENDS = ['SubjectRevised', 'ReviewApproved', 'ReviewRejected', 'ReviewWithdrawn', 'ReviewExpired'] as const;
type Lease = Extract<ReviewEvent, { type: 'AssignmentClaimed' | 'AssignmentReleased' | (typeof ENDS)[number] }>;

/** Where leases that have run out go. */
export const EXPIRE_CLAIM = 'reviews.expire-claim';

/**
 * Keeps the leases of claims: each ends by a timer. A timer of a claim that is over by then does no harm, so those of
 * assignments that were filled meanwhile are left alone.
 */
export const claimLeases: ProcessManager<Lease, Record<string, never>> = {
  name: 'claim_leases',
  version: 1,
  types: ['AssignmentClaimed', 'AssignmentReleased', ...ENDS],
  key: ({ streamId }) => streamId,
  initialState: {},
  remembers: false,
  react(event, state): Reaction<Record<string, never>> {
    const { streamId, workspaceId } = event;
    switch (event.type) {
      case 'AssignmentClaimed': {
        const { assignmentId, claimId, until: dueAt } = event.data;
        const payload = { reviewId: streamId.slice('review-'.length), assignmentId, claimId };
        const timerId = leaseTimerId(streamId, claimId);
        return { state, timers: [{ set: { timerId, workspaceId, streamId, target: EXPIRE_CLAIM, dueAt, payload } }] };
      }
      case 'AssignmentReleased':
        return { state, timers: [{ clear: { timerId: leaseTimerId(streamId, event.data.claimId) } }] };
      default:
        return { state, timers: [{ clearAll: { streamId } }] };
    }
  },
};
