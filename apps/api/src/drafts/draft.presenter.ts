import type { SubmittedDraft } from '#libs/drafts/domain/draft.decider';
import { isErased } from '#libs/kernel/domain/personal';
import type { StartedReview } from '#libs/reviews/domain/review.state';
import { reviewDiff } from '#libs/reviews/domain/views/review-diff';

/** A draft with what became of it. */
export function draftView(draft: SubmittedDraft, review: StartedReview) {
  const { draftId, reviewId, assistantId, requestedBy = null, provenance, callback, at } = draft;
  const { subject, revisions } = review;
  const current = revisions.at(-1) ?? revisions[0];
  return {
    id: draftId,
    reviewId,
    assistantId,
    requestedBy,
    submittedAt: at,
    status: review.status,
    provenance: {
      ...provenance,
      sources: provenance.sources.map(({ ref, sha256 }) => ({ ref: isErased(ref) ? null : ref, sha256 })),
    },
    callback: callback?.origin ?? null,
    subject: { type: subject.type, id: subject.id, revision: current.revision, content: current.content },
    edits: revisions.slice(1).map(({ revision, editorId }) => ({ revision, editorId })),
    diff: reviewDiff(review, 1, current.revision),
  };
}
