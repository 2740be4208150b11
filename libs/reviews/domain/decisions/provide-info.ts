import { actingForSubmitter, isSubmitter, notTheSubmitter } from '../acting.js';
import { Draft } from '../draft.js';
import { guardMoving } from '../lift-items.js';
import { resumeClocks } from '../resume-clocks.js';
import type { ProvideInfo } from '../review.commands.js';
import { InvalidState, StepResolved } from '../review.errors.js';
import type { ReviewEvent } from '../review.events.js';
import { isEnded, type StartedReview } from '../review.state.js';
import { settle } from '../settle.js';

/** The submitter's answer. The subject stays as it is, and with it every decision; a change of it is a resubmission. */
export function provideInfo({ data, facts, metadata }: ProvideInfo, review: StartedReview): readonly ReviewEvent[] {
  const who = actingForSubmitter({ facts, metadata }, review);
  if (isEnded(review)) throw new StepResolved(review.status, null);
  guardMoving(review);
  const asked = review.infoRequests.at(-1);
  if (review.status !== 'info_requested' || !asked)
    throw new InvalidState('Nothing was asked.', { status: review.status });
  if (!isSubmitter(review, who))
    throw notTheSubmitter({ facts, metadata }, review, 'Only the submitter answers for the submission.');

  const draft = new Draft(review, metadata);
  draft.record('InfoProvided', {
    infoRequestId: asked.infoRequestId,
    providedBy: who.actorId,
    ...(who.onBehalfOf !== null && { onBehalfOf: who.onBehalfOf }),
    answer: data.answer,
    at: metadata.now,
  });
  resumeClocks(draft);
  settle(draft, facts.directory);
  return draft.finished();
}
