import type { ProcessManager } from '#libs/processing/application/process-manager';
import type { ProjectionGroup } from '#libs/processing/application/projection';
import { claimLeases } from './application/claim-leases.js';
import { reviewDeadlines } from './application/review-deadlines.js';
import { seatsGained } from './application/seats-gained.js';
import { seatsLost } from './application/seats-lost.js';
import { calendarClocks } from './application/calendar-clocks.js';
import { inboxViewEvents } from './domain/events/inbox-views.events.js';
import { commentEvents, reviewEvents } from './domain/review.events.js';
import { approvalChain } from './infrastructure/read-models/approval-chain/approval-chain.projection.js';
import { inboxGroup } from './infrastructure/read-models/inbox/inbox.projection.js';
import { clocksGroup } from './infrastructure/read-models/review-calendar/review-calendar.projection.js';
import { reviewParty } from './infrastructure/read-models/review-party/review-party.projection.js';
import { workGroup } from './infrastructure/read-models/step-work/step-work.projection.js';
import { reviewStatus } from './infrastructure/read-models/review-status/review-status.projection.js';

/**
 * This room's part of the group `core`; the audit trail is the other. Both are brought together by name, so that they
 * share one checkpoint and one transaction.
 */
export const coreOfReviews: ProjectionGroup = {
  name: 'core',
  prompt: true,
  version: 6,
  projections: [reviewStatus, reviewParty, approvalChain],
};

/** What the room brings to the program as plain data. */
export const reviewsManifest = {
  events: [...reviewEvents, ...commentEvents, ...inboxViewEvents],
  projectionGroups: [coreOfReviews, clocksGroup, inboxGroup, workGroup],
  processManagers: [
    reviewDeadlines,
    calendarClocks,
    claimLeases,
    seatsLost,
    seatsGained,
  ] as unknown as ProcessManager[],
};
