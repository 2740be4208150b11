import { acting, actingOnStep } from '../acting.js';
import { Draft } from '../draft.js';
import { asksFor } from '../eligible.js';
import { excluded, guardFourEyes } from '../four-eyes.js';
import { ownDecision } from '../own-decision.js';
import type { ChangeDecision } from '../review.commands.js';
import { InvalidState, NotEligible, StaleReview } from '../review.errors.js';
import type { ReviewEvent } from '../review.events.js';
import { currentRevision, needsHand, stepOf, type StartedReview } from '../review.state.js';
import { scopeHash } from '../scope-hash.js';
import { whoCan } from '../fitting-assignment.js';
import { executionOf, settle } from '../settle.js';
import { counted } from '../standing.js';
import { clearOwnItems } from './decide.js';
import { matterOf } from '../matter.js';

/** Another verdict of the same person on the same assignment. What it resolves is recorded with it. */
export function changeDecision(
  { data, facts, metadata }: ChangeDecision,
  review: StartedReview,
): readonly ReviewEvent[] {
  const own = acting({ facts, metadata });
  const { decision, execution } = ownDecision(review, data.decisionId, own);
  const { onBehalfOf } = decision;
  // A decision for another is changed by the same right by which it was made.
  const asBefore =
    onBehalfOf === null
      ? own
      : actingOnStep(
          { facts, metadata },
          [onBehalfOf],
          matterOf(review, execution.step),
          excluded(review, execution.index, facts.directory),
        );
  const who = asBefore ?? own;
  const { revision } = currentRevision(review);
  if (review.status !== 'in_review')
    throw new InvalidState('The review waits for somebody else.', { status: review.status });
  if (data.reviewedRevision !== revision) throw new StaleReview(review.reviewId, data.reviewedRevision, revision);
  guardFourEyes(review, execution.index, who, facts.directory);
  if (needsHand(execution))
    throw new InvalidState('The step is blocked: somebody must be asked in addition (escalate).', {
      step: execution.step,
    });
  const assignment = execution.assignments.find(({ assignmentId }) => assignmentId === decision.assignmentId);
  if (!assignment || !counted(review, execution.index).some(({ decisionId }) => decisionId === decision.decisionId))
    throw new InvalidState('This decision does not count any more: decide anew.', { decisionId: decision.decisionId });
  if (!asBefore || !asksFor(review, execution, assignment, who.principal, facts.directory))
    throw new NotEligible('No assignment of this step asks for this person any more.', whoCan(review, execution));
  if (decision.verdict === data.verdict) return [];

  const draft = new Draft(review, metadata);
  const { directory } = facts;
  draft.record('DecisionChanged', {
    ...executionOf(execution),
    decisionId: decision.decisionId,
    assignmentId: decision.assignmentId,
    verdict: data.verdict,
    previous: decision.verdict,
    actorId: who.actorId,
    ...(who.onBehalfOf !== null && { onBehalfOf: who.onBehalfOf }),
    delegationPath: [...who.delegationPath],
    revision,
    scopeHash: scopeHash(stepOf(review, execution), assignment.scope, currentRevision(review)),
    ...(data.comment !== undefined && { comment: data.comment }),
    evidence: {
      rolesAtDecision: [...(directory.person(who.principal)?.roles ?? [])],
      directoryRevision: directory.revision,
      delegationRevision: who.delegationRevision ?? null,
    },
    at: metadata.now,
  });
  clearOwnItems(draft, who, revision);
  settle(draft, directory);
  return draft.finished();
}
