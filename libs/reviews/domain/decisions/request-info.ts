import { acting } from '../acting.js';
import { Draft } from '../draft.js';
import { pauseClocks } from '../pause-clocks.js';
import type { RequestInfo } from '../review.commands.js';
import type { ReviewEvent } from '../review.events.js';
import { currentRevision, type StartedReview } from '../review.state.js';
import { takeSeat } from '../seats.js';
import { executionOf } from '../settle.js';

/** Asks the submitter something before deciding: fills no assignment, asks for no change, stops the clock. */
export function requestInfo({ data, facts, metadata }: RequestInfo, review: StartedReview): readonly ReviewEvent[] {
  const { revision: reviewedRevision } = currentRevision(review);
  const attempt = { who: acting({ facts, metadata }), reviewedRevision, verdict: null };
  const seat = takeSeat(review, attempt, facts.directory, facts.delegations);
  if (!seat) return [];
  const { who } = seat;

  const draft = new Draft(review, metadata);
  draft.record('InfoRequested', {
    ...executionOf(seat.execution),
    infoRequestId: draft.newId('info-request'),
    requestedBy: who.actorId,
    ...(who.onBehalfOf !== null && { onBehalfOf: who.onBehalfOf }),
    question: data.question,
    at: metadata.now,
  });
  pauseClocks(draft, 'info_requested');
  return draft.finished();
}
