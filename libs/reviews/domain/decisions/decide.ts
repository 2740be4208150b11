import { acting, inWhoseName, type Acting } from '../acting.js';
import { endOtherClaims } from '../claims.js';
import { Draft } from '../draft.js';
import { openItems } from '../evaluate.js';
import { authorOf } from '../lift-items.js';
import type { Decide } from '../review.commands.js';
import type { ReviewEvent } from '../review.events.js';
import { currentRevision, stepOf, type StartedReview } from '../review.state.js';
import { scopeHash } from '../scope-hash.js';
import { takeSeat } from '../seats.js';
import { executionOf, settle } from '../settle.js';

/** One person's verdict. Whatever it resolves is recorded with it; the same click again records nothing. */
export function decide({ data, facts, metadata }: Decide, review: StartedReview): readonly ReviewEvent[] {
  const { directory, delegations } = facts;
  const seat = takeSeat(review, { who: acting({ facts, metadata }), ...data }, directory, delegations);
  if (!seat) return [];
  const { execution, assignment, who } = seat;

  const draft = new Draft(review, metadata);
  if (execution.status === 'blocked') draft.record('StepUnblocked', { ...executionOf(execution), at: metadata.now });
  draft.record('DecisionRecorded', {
    ...executionOf(execution),
    decisionId: draft.newId('decision'),
    assignmentId: assignment.assignmentId,
    verdict: data.verdict,
    actorId: who.actorId,
    ...(who.onBehalfOf !== null && { onBehalfOf: who.onBehalfOf }),
    delegationPath: [...who.delegationPath],
    revision: data.reviewedRevision,
    scopeHash: scopeHash(stepOf(review, execution), assignment.scope, currentRevision(review)),
    ...(data.comment !== undefined && { comment: data.comment }),
    evidence: {
      rolesAtDecision: [...(directory.person(who.principal)?.roles ?? [])],
      directoryRevision: directory.revision,
      delegationRevision: who.delegationRevision ?? null,
    },
    at: metadata.now,
  });
  endOtherClaims(draft, execution, who, 'unneeded', assignment.assignmentId);
  clearOwnItems(draft, who, data.reviewedRevision);
  settle(draft, directory);
  return draft.finished();
}

/** Whoever asked for changes and decides on a later revision has had his answers. */
export function clearOwnItems(draft: Draft, who: Acting, revision: number): void {
  const own = openItems(draft.review).filter(
    ({ request }) => authorOf(request) === who.principal && request.revision < revision,
  );
  if (own.length === 0) return;
  draft.record('ChangeItemsCleared', {
    itemIds: own.map(({ item }) => item.itemId),
    clearedBy: who.actorId,
    ...inWhoseName(who),
    how: 'decision',
    at: draft.now,
  });
}
