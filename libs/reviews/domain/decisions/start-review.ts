import { refOf } from '#libs/kernel/domain/calendar';
import { askRules, pinOf } from '../auto-rules.js';
import { Draft } from '../draft.js';
import type { StartReview } from '../review.commands.js';
import { InvalidState } from '../review.errors.js';
import type { ReviewEvent } from '../review.events.js';
import type { Review } from '../review.state.js';
import { goOn, settle } from '../settle.js';

/**
 * Pins the published version and freezes its steps, so that no later edit touches this review, and opens the first
 * step. The review is in review at once, also when nobody can decide on that step.
 */
export function startReview({ data, facts, metadata }: StartReview, review: Review): readonly ReviewEvent[] {
  if (review.status !== 'not_started') throw new InvalidState('The review was started before.');
  const { published, hashes, directory, calendars = [] } = facts;
  const { id: actorId, onBehalfOf } = metadata.actor;
  const { type, id, title, content } = data.subject;
  const { workflowId, key, name, version, contentHash } = published;
  const { steps, fourEyes, auto, reopen, calendar } = published.definition;

  const draft = new Draft(review, metadata);
  draft.record('ReviewStarted', {
    reviewId: data.reviewId,
    workflow: { id: workflowId, key, name, version, contentHash },
    rulesetVersion: facts.rules ? pinOf(facts.rules) : null,
    calendarVersion: calendars.map(refOf).join(', ') || null,
    steps: [...steps],
    fourEyes,
    ...(auto && { auto }),
    ...(reopen && { reopen }),
    ...(calendar !== undefined && { calendar }),
    ...(calendars.length > 0 && { calendars: [...calendars] }),
    subject: { type, id, ...(title !== undefined && { title }) },
    subjectRef: facts.subjectRef,
    revision: { revision: 1, content, ...hashes, documents: [], editorId: actorId },
    ...(data.note !== undefined && { note: data.note }),
    submittedBy: actorId,
    ...(onBehalfOf !== undefined && { onBehalfOf }),
    branchId: facts.branchId,
    submittedAt: metadata.now,
  });
  if (facts.rules && askRules(draft, facts.rules) === 'rejected') return draft.finished();
  goOn(draft, directory);
  settle(draft, directory);
  return draft.finished();
}
