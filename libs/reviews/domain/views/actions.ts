import { DomainError } from '#libs/kernel/domain/domain-error';
import { derivedId } from '#libs/kernel/domain/ids';
import type { JsonObject } from '#libs/kernel/domain/json';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import { speaksFor } from '../acting.js';
import { nobodyDelegates, type Delegations } from '../delegations.js';
import type { Directory } from '../directory.js';
import { authorOf } from '../lift-items.js';
import type { May, ReviewCommand } from '../review.commands.js';
import { reviewDecider } from '../review.decider.js';
import { openItems } from '../evaluate.js';
import { currentRevision, isEnded, isRunning, runningExecutions, type StartedReview } from '../review.state.js';
import { mayDecide } from './eligibility.js';
import { kindsOfSeats } from '../kinds-of-seats.js';
import { matterOf } from '../matter.js';

/** `GET /reviews/{id}/actions`: what one person can do with a review now, and why not the rest. */
export interface Actions {
  readonly actions: readonly {
    readonly action: ActionName;
    readonly allowed: boolean;
    readonly reason: string | null;
  }[];
}

export type ActionName =
  | 'decide'
  | 'request-changes'
  | 'resubmit'
  | 'escalate'
  | 'withdraw'
  | 'claim'
  | 'release'
  | 'take-over'
  | 'reassign'
  | 'add-approver'
  | 'recuse'
  | 'change-decision'
  | 'rescind'
  | 'clear-changes'
  | 'dismiss-changes'
  | 'hold'
  | 'resume'
  | 'request-info'
  | 'provide-info'
  | 'cancel'
  | 'override'
  | 'reopen'
  | 'comments';

/** Tries each command on the rules themselves, so that what is offered is what is taken. */
export function actions(
  review: StartedReview,
  person: { userId: string; roles: readonly string[] },
  may: May,
  directory: Directory,
  now: string,
  delegations: Delegations = nobodyDelegates,
): Actions {
  const { reviewId } = review;
  const metadata = trial(person, now);
  const facts = { directory, may, delegations };
  const { revision: reviewedRevision, content, contentHash, fieldHashes } = currentRevision(review);
  const items = openItems(review);
  const own = items
    .filter(({ request }) => speaksFor({ facts, metadata }, authorOf(request), matterOf(review, request.step)))
    .map(({ item }) => item.itemId);
  const any = items.map(({ item }) => item.itemId);
  const changed = { contentHash: `${contentHash}'`, fieldHashes };
  const aStep = runningExecutions(review)[0]?.step;
  const attempt = (command: ReviewCommand): string | null => refusalOf(command, review);
  const reasons: Readonly<Record<ActionName, string | null>> = {
    decide: mayDecide(review, person.userId, directory, delegations).reason,
    'request-changes': attempt({
      type: 'RequestChanges',
      data: { reviewId, reviewedRevision, items: [{ text: '…' }] },
      facts,
      metadata,
    }),
    resubmit: attempt({
      type: 'Resubmit',
      data: { reviewId, content: content as JsonObject },
      facts: { ...facts, hashes: changed },
      metadata,
    }),
    escalate: attempt({ type: 'Escalate', data: { reviewId, reason: '…' }, facts, metadata }),
    withdraw:
      review.status === 'withdrawn'
        ? 'step-resolved'
        : attempt({ type: 'Withdraw', data: { reviewId }, facts, metadata }),
    'clear-changes':
      own.length === 0
        ? 'invalid-state'
        : attempt({ type: 'ClearChanges', data: { reviewId, items: own }, facts, metadata }),
    'dismiss-changes': !may.dismiss
      ? 'forbidden'
      : any.length === 0
        ? 'invalid-state'
        : attempt({ type: 'DismissChanges', data: { reviewId, items: any, reason: '…' }, facts, metadata }),
    ...seatActions(review, person.userId, attempt, { facts, metadata }),
    hold:
      review.status === 'on_hold'
        ? 'invalid-state'
        : attempt({ type: 'HoldReview', data: { reviewId, reason: '…' }, facts, metadata }),
    resume: attempt({ type: 'ResumeReview', data: { reviewId }, facts, metadata }),
    'request-info': attempt({ type: 'RequestInfo', data: { reviewId, question: '…' }, facts, metadata }),
    'provide-info': attempt({ type: 'ProvideInfo', data: { reviewId, answer: '…' }, facts, metadata }),
    cancel:
      review.status === 'cancelled'
        ? 'step-resolved'
        : attempt({ type: 'CancelReview', data: { reviewId, reason: '…' }, facts, metadata }),
    override: attempt({
      type: 'OverrideStep',
      data: { reviewId, outcome: 'approve', reason: '…', ...(aStep !== undefined && { step: aStep }) },
      facts,
      metadata,
    }),
    reopen: attempt({ type: 'ReopenReview', data: { reviewId, reason: '…' }, facts, metadata }),
    comments: null,
  };
  const names = Object.keys(reasons) as ActionName[];
  return { actions: names.map((action) => ({ action, allowed: reasons[action] === null, reason: reasons[action] })) };
}

type Tried = Pick<ReviewCommand, 'facts' | 'metadata'>;

/** What one can do about who is asked, and about what one has said: on the first assignment or decision it is possible on. */
function seatActions(
  review: StartedReview,
  userId: string,
  attempt: (command: ReviewCommand) => string | null,
  tried: Tried,
) {
  const { reviewId } = review;
  const reviewedRevision = currentRevision(review).revision;
  const { delegations = nobodyDelegates } = tried.facts;
  const reason = '…';
  const running = review.executions.filter(isRunning);
  const executions = running.length > 0 ? running : review.executions.slice(-1);
  const seats = kindsOfSeats(review, executions, userId, delegations).filter(({ live }) => live);
  const forRoles = seats.filter(({ kind }) => kind === 'ROLE');
  const claimed = seats.filter(({ claim }) => claim !== null);
  const decisions = review.decisions.filter((it) => it.actorId === userId && !it.rescinded).toReversed();
  const onAny = <Thing>(things: readonly Thing[], command: (thing: Thing) => ReviewCommand): string | null => {
    let first: string | undefined;
    for (const thing of things) {
      const refusal = attempt(command(thing));
      if (refusal === null) return null;
      first ??= refusal;
    }
    return first ?? (isEnded(review) ? 'step-resolved' : 'invalid-state');
  };
  // Whom to ask is a question of the request, not of the right.
  const whomever = (refusal: string | null) => (refusal === 'not-eligible' ? null : refusal);
  return {
    claim: onAny(forRoles, ({ assignmentId }) => ({
      type: 'ClaimAssignment',
      data: { reviewId, assignmentId },
      ...tried,
    })),
    release: onAny(claimed, ({ assignmentId }) => ({
      type: 'ReleaseAssignment',
      data: { reviewId, assignmentId },
      ...tried,
    })),
    'take-over': !tried.facts.may.reassign
      ? 'forbidden'
      : onAny(seats, ({ assignmentId }) => ({
          type: 'TakeOver',
          data: { reviewId, assignmentId, reason },
          ...tried,
        })),
    reassign: !tried.facts.may.reassign
      ? 'forbidden'
      : whomever(
          onAny(seats, ({ assignmentId }) => ({
            type: 'Reassign',
            data: { reviewId, assignmentId, to: '', reason },
            ...tried,
          })),
        ),
    'add-approver': !tried.facts.may.reassign
      ? 'forbidden'
      : whomever(
          onAny(running, ({ step }) => ({
            type: 'AddApprover',
            data: { reviewId, step, to: { user: '' }, reason },
            ...tried,
          })),
        ),
    recuse: onAny(seats, ({ assignmentId }) => ({
      type: 'Recuse',
      data: { reviewId, assignmentId, reason },
      ...tried,
    })),
    'change-decision': onAny(decisions, ({ decisionId, verdict }) => ({
      type: 'ChangeDecision',
      data: { reviewId, decisionId, verdict: verdict === 'reject' ? 'approve' : 'reject', reviewedRevision },
      ...tried,
    })),
    rescind: onAny(decisions, ({ decisionId }) => ({
      type: 'RescindDecision',
      data: { reviewId, decisionId, reason },
      ...tried,
    })),
  } satisfies Partial<Record<ActionName, string | null>>;
}

/** Who tries; nothing of it is ever recorded. */
const trial = ({ userId, roles }: { userId: string; roles: readonly string[] }, now: string): CommandMetadata => ({
  commandId: derivedId('trial', userId),
  commandHash: '',
  actor: { id: userId, kind: 'user', roles },
  workspaceId: '',
  now,
  correlationId: '',
  causationId: '',
});

function refusalOf(command: ReviewCommand, review: StartedReview): string | null {
  try {
    reviewDecider.decide(command, review);
    return null;
  } catch (refusal) {
    if (!(refusal instanceof DomainError)) throw refusal;
    // Without a rung left an escalation only has to say whom to ask: that is a question of the request, not of the right.
    return command.type === 'Escalate' && refusal.code === 'validation-failed' ? null : refusal.code;
  }
}
