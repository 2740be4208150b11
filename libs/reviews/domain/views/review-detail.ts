import type { Personal } from '#libs/kernel/domain/personal';
import type { JsonObject } from '#libs/kernel/domain/json';
import type { RuleAnswer, RuleOutcome } from '#libs/kernel/domain/ruleset';
import { openItems } from '../evaluate.js';
import { currentRevision, isOpen, isUrgent, runningExecutions, type StartedReview } from '../review.state.js';
import { stepNow, type StepOverview } from './step-overview.js';

/** `GET /reviews/{id}`: where a review stands, with the latest execution of every step in definition order. */
export interface ReviewDetail {
  readonly id: string;
  readonly status: StartedReview['status'];
  readonly round: number;
  readonly workflow: { readonly id: string; readonly key: string; readonly version: number };
  readonly subject: {
    readonly type: string;
    readonly id: string;
    readonly title: Personal<string> | null;
    readonly revision: number;
    readonly content: Personal<JsonObject>;
    readonly contentHash: string;
  };
  readonly submittedBy: string;
  readonly currentStep: string | null;
  /** The ladder of a step that runs has marked it so. */
  readonly urgent: boolean;
  readonly steps: readonly StepOverview[];
  readonly changeRequest: ChangeRequestOverview | null;
  readonly infoRequest: InfoRequestOverview | null;
  /** While it is on hold: who stopped it, and why. */
  readonly hold: HoldOverview | null;
  readonly autoRules: AutoRulesOverview | null;
  /** Of the stream. */
  readonly revision: number;
}

/** The newest question to the submitter, with the answer once there is one. */
export interface InfoRequestOverview {
  readonly id: string;
  readonly step: string;
  readonly requestedBy: string;
  readonly onBehalfOf: string | null;
  readonly question: Personal<string>;
  readonly at: string;
  readonly answer: Personal<string> | null;
  readonly answeredBy: string | null;
  readonly answeredAt: string | null;
}

export interface HoldOverview {
  readonly heldBy: string;
  readonly reason: Personal<string>;
  /** The status it goes on with. */
  readonly before: string;
  readonly at: string;
}

/** What the pinned rules said last, without their traces: those stand in the event `AutoRulesEvaluated`. */
export interface AutoRulesOverview {
  readonly ruleset: { readonly key: string; readonly version: number };
  readonly decidedBy: string;
  /** Of the subject. */
  readonly revision: number;
  readonly outcome: RuleOutcome;
  readonly decisive: string | null;
  readonly reason: string | null;
  readonly rules: readonly RuleAnswer[];
  readonly at: string;
}

/** The newest request for changes that is still open, with everything that waits for an answer. */
export interface ChangeRequestOverview {
  readonly id: string;
  readonly step: string;
  readonly requestedBy: string;
  readonly onBehalfOf: string | null;
  readonly revision: number;
  readonly comment: Personal<string> | null;
  readonly at: string;
  readonly items: readonly {
    readonly id: string;
    readonly requestedBy: string;
    readonly text: Personal<string>;
    readonly path: Personal<string> | null;
    readonly documentId: string | null;
    readonly blocking: boolean;
    readonly state: 'open' | 'cleared' | 'dismissed';
    readonly answer: Personal<string> | null;
  }[];
}

export function reviewDetail(review: StartedReview, revision: bigint): ReviewDetail {
  const { reviewId, status, round, workflow, subject, submittedBy } = review;
  const { content, contentHash, revision: subjectRevision } = currentRevision(review);
  return {
    id: reviewId,
    status,
    round,
    workflow: { id: workflow.id, key: workflow.key, version: workflow.version },
    subject: {
      type: subject.type,
      id: subject.id,
      title: subject.title ?? null,
      revision: subjectRevision,
      content: content as Personal<JsonObject>,
      contentHash,
    },
    submittedBy,
    currentStep: currentStep(review),
    urgent: runningExecutions(review).some(isUrgent),
    steps: review.steps.map((_, index) => stepNow(review, index)),
    changeRequest: changeRequest(review),
    infoRequest: infoRequest(review),
    hold: hold(review),
    autoRules: autoRules(review),
    revision: Number(revision),
  };
}

function autoRules({ rules: asked }: StartedReview): AutoRulesOverview | null {
  if (!asked) return null;
  const { ruleset, decidedBy, revision, outcome, decisive, reason, rules, at } = asked;
  const { key, version } = ruleset;
  return { ruleset: { key, version }, decidedBy, revision, outcome, decisive, reason, rules, at };
}

/** The step people look at now, the first of those that run side by side; null when the review is over. */
export function currentStep(review: StartedReview): string | null {
  if (!isOpen(review)) return null;
  return (runningExecutions(review)[0] ?? review.executions.at(-1))?.step ?? review.steps[0]?.key ?? null;
}

function infoRequest({ infoRequests }: StartedReview): InfoRequestOverview | null {
  const newest = infoRequests.at(-1);
  if (!newest) return null;
  const { infoRequestId: id, answer, ...asked } = newest;
  return {
    id,
    ...asked,
    answer: answer?.text ?? null,
    answeredBy: answer?.providedBy ?? null,
    answeredAt: answer?.at ?? null,
  };
}

function hold(review: StartedReview): HoldOverview | null {
  if (review.status !== 'on_hold') return null;
  const { heldBy, reason, at } = review.hold;
  return { heldBy, reason, before: review.before, at };
}

function changeRequest(review: StartedReview): ChangeRequestOverview | null {
  const open = openItems(review);
  const newest = open.at(-1)?.request;
  if (!newest || !isOpen(review)) return null;
  const ids = new Set(open.map(({ item }) => item.itemId));
  const shown = review.changeRequests.flatMap((request) =>
    request.items
      .filter(({ itemId }) => request === newest || ids.has(itemId))
      .map(({ itemId, ...item }) => ({ id: itemId, requestedBy: request.requestedBy, ...item })),
  );
  const { changeRequestId, step, requestedBy, onBehalfOf, revision, comment, at } = newest;
  return { id: changeRequestId, step, requestedBy, onBehalfOf, revision, comment, at, items: shown };
}
