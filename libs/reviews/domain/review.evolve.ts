import { refOf } from '#libs/kernel/domain/calendar';
import { unreachable } from '#libs/kernel/domain/unreachable';
import type { DomainEvent } from '#libs/kernel/domain/message';
import { heldBy, noClock, openLedger, stopped } from './clock.js';
import type { EventData } from './event-data.js';
import type { AssignmentFacts, Clock, ReviewEvent } from './review.events.js';
import { isRunning, notStarted } from './review.state.js';
import type {
  Assignment,
  CaseFile,
  ChangeItem,
  Decision,
  Execution,
  Holder,
  InReview,
  Review,
  StartedReview,
  SubmittedReview,
} from './review.state.js';

/** Facts only: nothing is checked here, because everything here has already happened. */
export function evolve(review: Review, event: ReviewEvent): Review {
  if (event.type === 'ReviewStarted') return started(event.data);
  if (event.type === 'StartAbandoned') return notStarted;
  return review.status === 'not_started' ? review : next(review, event);
}

type Later = Exclude<ReviewEvent, DomainEvent<'ReviewStarted' | 'StartAbandoned'>>;

function next(review: StartedReview, event: Later): Review {
  switch (event.type) {
    case 'AutoRulesEvaluated':
      return rulesEvaluated(review, event.data);
    case 'StepStarted':
      return stepStarted(review, event.data);
    case 'StepSkipped':
      return stepSkipped(review, event.data);
    case 'StepBlocked': {
      const { data } = event;
      return inReview(
        change(review, data, (it) => ({
          ...it,
          status: 'blocked',
          blocked: data,
          clock: heldBy(it.clock, 'blocked', data.at),
        })),
      );
    }
    case 'StepUnblocked': {
      const { data } = event;
      return change(review, data, (it) => ({
        ...it,
        status: 'open',
        blocked: null,
        clock: heldBy(it.clock, 'assignee', data.at),
      }));
    }
    case 'DecisionRecorded':
      return decisionRecorded(review, event.data);
    case 'DecisionChanged':
      return decisionChanged(review, event.data);
    case 'DecisionRescinded': {
      const { decisionId, revived } = event.data;
      const without = decision(review, decisionId, (it) => ({ ...it, rescinded: true }));
      return refilled(without, revived);
    }
    case 'DecisionsInvalidated':
      return review; // told for people; what counts is computed
    case 'DecisionsRecounted':
      return refilled(review, event.data.counting);
    case 'StepCompleted': {
      const { data } = event;
      return change(review, data, (it) => ended(it, 'satisfied', data.completedAt, data.proof, data.consumedMs));
    }
    case 'StepRejected': {
      const { data } = event;
      return change(review, data, (it) => ended(it, 'rejected', data.at, data.proof, data.consumedMs));
    }
    case 'ReviewApproved':
      return { ...file(review), status: 'approved', endedAt: event.data.approvedAt };
    case 'ReviewRejected': {
      const { rejectedAt } = event.data;
      return { ...file(closed(review, rejectedAt)), status: 'rejected', endedAt: rejectedAt };
    }
    case 'ReviewWithdrawn': {
      const { withdrawnBy, at } = event.data;
      return { ...file(closed(review, at)), status: 'withdrawn', endedAt: at, withdrawnBy };
    }
    case 'ReviewExpired':
      return { ...file(closed(review, event.data.at)), status: 'expired', endedAt: event.data.at };
    case 'ReviewCancelled':
      return { ...file(closed(review, event.data.at)), status: 'cancelled', endedAt: event.data.at };
    case 'ReviewHeld': {
      const { data } = event;
      return { ...file(review), status: 'on_hold', before: data.status, hold: data };
    }
    case 'ReviewResumed':
      return { ...file(review), status: event.data.status };
    case 'ReviewOverridden': {
      const { executionId, step, outcome, overriddenBy, reason, contentHash, at } = event.data;
      const override = { executionId, step, outcome, overriddenBy, reason, contentHash, at, annulled: false };
      return { ...review, overrides: [...review.overrides, override] };
    }
    case 'ReviewReopened':
      return reopened(review, event.data);
    case 'InfoRequested':
      return infoRequested(review, event.data);
    case 'InfoProvided':
      return infoProvided(review, event.data);
    case 'ChangesRequested':
      return changesRequested(review, event.data);
    case 'ChangeItemsCleared': {
      const { itemIds, how } = event.data;
      const state = how === 'dismissed' ? 'dismissed' : 'cleared';
      return items(review, (item) => (itemIds.includes(item.itemId) ? { ...item, state } : item));
    }
    case 'SubjectRevised':
      return subjectRevised(review, event.data);
    case 'AssignmentAdded': {
      const { data } = event;
      return change(review, data, (it) => ({ ...it, assignments: [...it.assignments, seat(data.assignment)] }));
    }
    case 'AssignmentTransferred': {
      const { data } = event;
      return change(review, data, (it) => ({
        ...it,
        assignments: [
          ...it.assignments.map((old) => (old.assignmentId === data.assignmentId ? gone(old, 'transferred') : old)),
          seat(data.successor),
        ],
      }));
    }
    case 'AssignmentVoided': {
      const { data } = event;
      const voided = data.scope === 'person' ? review : assigned(review, data, (it) => gone(it, 'void'));
      if (data.cause !== 'recused') return voided;
      return change(voided, data, (it) => ({ ...it, recused: [...it.recused, data.person] }));
    }
    case 'AssignmentClaimed': {
      const { claimId, claimedBy, onBehalfOf = null, until } = event.data;
      const claimants = new Set([...review.claimants, claimedBy, ...(onBehalfOf === null ? [] : [onBehalfOf])]);
      return assigned({ ...review, claimants: [...claimants] }, event.data, (it) => ({
        ...it,
        claim: { claimId, claimedBy, onBehalfOf, until },
      }));
    }
    case 'AssignmentReleased':
      return assigned(review, event.data, (it) => ({ ...it, claim: null }));
    case 'RungFired': {
      const { rung, generation, at } = event.data;
      return onLadder(review, event.data, { rungId: rung.id, action: rung.action, generation, at });
    }
    case 'RungSkipped': {
      const { rungId, generation, at } = event.data;
      return onLadder(review, event.data, { rungId, action: 'skipped', generation, at });
    }
    case 'SlaPaused': {
      const { data } = event;
      return change(review, data, (it) => ({
        ...it,
        clock: heldBy(stopped(it.clock, data.at, data.consumedMs), waitsFor(data.cause), data.at),
      }));
    }
    case 'SlaResumed': {
      const { data } = event;
      return inReview(
        change(review, data, (it) => ({
          ...it,
          clock: {
            ...openLedger(data.clock, data.at, rulesOf(review, data.clock), it.clock),
            holder: it.status === 'blocked' ? 'blocked' : 'assignee',
          },
          rungs: data.rungs,
        })),
      );
    }
    case 'SlaReprojected': {
      const { executionId, rule, clock, rungs, at } = event.data;
      const moved: StartedReview = {
        ...review,
        calendars: review.calendars.map((it) => (it.key === rule.key ? rule : it)),
      };
      if (clock === null) return moved;
      return change(moved, { executionId }, (it) => ({
        ...it,
        clock: { ...openLedger(clock, at, rulesOf(moved, clock), it.clock), holder: it.clock.holder },
        rungs,
      }));
    }
    case 'SlaBreached': {
      const { data } = event;
      return change(review, data, (it) => ({ ...it, closed: true, clock: { ...it.clock, breachedAt: data.at } }));
    }
    default:
      return unreachable(event);
  }
}

function started(data: EventData<'ReviewStarted'>): InReview | SubmittedReview {
  const file: CaseFile = {
    reviewId: data.reviewId,
    workflow: data.workflow,
    steps: data.steps,
    fourEyes: data.fourEyes,
    auto: data.auto ?? null,
    reopen: data.reopen ?? null,
    calendar: data.calendar ?? null,
    calendars: data.calendars ?? [],
    rulesetVersion: data.rulesetVersion,
    rules: null,
    subject: data.subject,
    subjectRef: data.subjectRef,
    revisions: [data.revision],
    note: data.note ?? null,
    submittedBy: data.submittedBy,
    onBehalfOf: data.onBehalfOf ?? null,
    branchId: data.branchId,
    submittedAt: data.submittedAt,
    round: 1,
    executions: [],
    decisions: [],
    changeRequests: [],
    infoRequests: [],
    claimants: [],
    overrides: [],
    reopenings: { count: 0, since: 0, restartedSince: 0 },
  };
  return data.rulesetVersion === null ? { ...file, status: 'in_review' } : { ...file, status: 'submitted' };
}

function rulesEvaluated(review: StartedReview, rules: EventData<'AutoRulesEvaluated'>): StartedReview {
  const asked = { ...review, rules };
  return asked.status === 'submitted' ? inReview(asked) : asked;
}

function stepStarted(review: StartedReview, data: EventData<'StepStarted'>): InReview {
  const earlier = review.executions.find(({ executionId }) => executionId === data.continues);
  const execution: Execution = {
    executionId: data.executionId,
    step: data.step,
    index: data.index,
    round: data.round,
    continues: data.continues ?? null,
    status: 'open',
    blocked: null,
    assignments: data.assignments.map(seat),
    recused: [],
    electorate: data.electorate,
    clock: openLedger(data.clock, data.startedAt, rulesOf(review, data.clock), earlier?.clock),
    rungs: data.rungs,
    closed: false,
    ladder: earlier?.ladder ?? [],
    startedAt: data.startedAt,
    endedAt: null,
    proof: null,
    skipped: null,
  };
  const executions = [...review.executions, execution];
  return { ...file(review), status: 'in_review', executions, decisions: seated(review, data.carried) };
}

/** Where decisions that count (again) stand now: another one may be back on the assignment they were given on. */
function seated(
  { decisions }: CaseFile,
  carried: EventData<'DecisionRescinded'>['revived'] = [],
): CaseFile['decisions'] {
  if (carried.length === 0) return decisions;
  const seats = new Map(carried.map(({ decisionId, assignmentId }) => [decisionId, assignmentId]));
  return decisions.map((it) => ({ ...it, assignmentId: seats.get(it.decisionId) ?? it.assignmentId }));
}

/** Whoever had claimed what is filled now has no claim any more. */
function refilled(review: StartedReview, filled: EventData<'DecisionRescinded'>['revived']): StartedReview {
  const seats = new Set(filled.map(({ assignmentId }) => assignmentId));
  return {
    ...review,
    decisions: seated(review, filled),
    executions: review.executions.map((it) => {
      if (!it.assignments.some(({ claim, assignmentId }) => claim && seats.has(assignmentId))) return it;
      const assignments = it.assignments.map((each) =>
        seats.has(each.assignmentId) ? { ...each, claim: null } : each,
      );
      return { ...it, assignments };
    }),
  };
}

function stepSkipped(review: StartedReview, data: EventData<'StepSkipped'>): StartedReview {
  const execution: Execution = {
    executionId: data.executionId,
    step: data.step,
    index: data.index,
    round: data.round,
    continues: null,
    status: 'skipped',
    blocked: null,
    assignments: [],
    electorate: {},
    clock: noClock(data.at),
    closed: false,
    rungs: [],
    ladder: [],
    startedAt: data.at,
    endedAt: data.at,
    proof: null,
    skipped: data.trace,
    recused: [],
  };
  return { ...review, executions: [...review.executions, execution] };
}

function decisionRecorded(review: StartedReview, data: EventData<'DecisionRecorded'>): StartedReview {
  const { evidence: _, ...given } = data;
  const made = {
    ...given,
    onBehalfOf: data.onBehalfOf ?? null,
    comment: data.comment ?? null,
    rescinded: false,
    annulled: false,
  };
  // What was leased is used up.
  const filled = assigned(review, data, (it) => ({ ...it, claim: null }));
  return { ...filled, decisions: [...review.decisions, made] };
}

function decisionChanged(review: StartedReview, data: EventData<'DecisionChanged'>): StartedReview {
  const { verdict, revision, scopeHash, delegationPath, comment = null, at } = data;
  return decision(review, data.decisionId, (it) => ({
    ...it,
    verdict,
    revision,
    scopeHash,
    delegationPath,
    comment,
    at,
  }));
}

function changesRequested(review: StartedReview, data: EventData<'ChangesRequested'>): StartedReview {
  const request = {
    ...data,
    onBehalfOf: data.onBehalfOf ?? null,
    comment: data.comment ?? null,
    items: data.items.map((item): ChangeItem => ({ ...item, state: 'open', answer: null })),
  };
  return {
    ...file(review),
    status: 'changes_requested',
    changeRequests: [...review.changeRequests, request],
  };
}

function infoRequested(review: StartedReview, data: EventData<'InfoRequested'>): StartedReview {
  const { infoRequestId, step, requestedBy, question, at } = data;
  const request = { infoRequestId, step, requestedBy, onBehalfOf: data.onBehalfOf ?? null, question, at, answer: null };
  return { ...file(review), status: 'info_requested', infoRequests: [...review.infoRequests, request] };
}

function infoProvided(review: StartedReview, data: EventData<'InfoProvided'>): StartedReview {
  const { providedBy, at } = data;
  const answer = { text: data.answer, providedBy, onBehalfOf: data.onBehalfOf ?? null, at };
  return inReview({
    ...review,
    infoRequests: review.infoRequests.map((it) => (it.infoRequestId === data.infoRequestId ? { ...it, answer } : it)),
  });
}

/** The next round; what starts over is started by the event that follows. */
function reopened(review: StartedReview, data: EventData<'ReviewReopened'>): StartedReview {
  const { mode, round, reopening, steps, annulled } = data;
  const since = review.executions.length;
  return inReview({
    ...review,
    round,
    reopenings: {
      count: reopening,
      since,
      restartedSince: mode === 'restart' ? since : review.reopenings.restartedSince,
    },
    overrides: review.overrides.map((it) => (steps.includes(it.step) ? { ...it, annulled: true } : it)),
    // Whoever takes an outcome back wants people to look at it.
    rules: null,
    decisions: review.decisions.map((it) => (annulled.includes(it.decisionId) ? { ...it, annulled: true } : it)),
  });
}

/** The next round: what was running is superseded, its clock stands, and a step is started by the event that follows. */
function subjectRevised(review: StartedReview, { revision, round, answers, at }: EventData<'SubjectRevised'>): Review {
  const answered = items(review, (item) => {
    const answer = answers.find(({ itemId }) => itemId === item.itemId);
    return answer ? { ...item, answer: answer.text } : item;
  });
  return inReview({
    ...answered,
    round,
    revisions: [...review.revisions, revision],
    executions: review.executions.map((it) => (isRunning(it) ? ended(it, 'superseded', at, null) : it)),
  });
}

/** The rules of the calendar that a clock counts on, as the review has pinned it. */
const rulesOf = ({ calendars }: CaseFile, clock: Pick<Clock, 'calendar'>) =>
  calendars.find((calendar) => refOf(calendar) === clock.calendar)?.rules ?? null;

/** Whose time it is while a clock stands. */
const waitsFor = (cause: EventData<'SlaPaused'>['cause']): Holder => (cause === 'on_hold' ? 'system' : 'submitter');

const seat = (facts: AssignmentFacts): Assignment => ({ ...facts, live: true, gone: null, claim: null });

const gone = (assignment: Assignment, why: Assignment['gone']): Assignment => ({
  ...assignment,
  live: false,
  gone: why,
  claim: null,
});

const ended = (
  execution: Execution,
  status: Execution['status'],
  at: string,
  proof: Execution['proof'],
  consumedMs?: number,
): Execution => ({
  ...execution,
  status,
  blocked: null,
  // When it was due stays known.
  clock: {
    ...stopped(heldBy(execution.clock, execution.clock.holder, at), at, consumedMs),
    dueAt: execution.clock.dueAt,
  },
  endedAt: at,
  proof,
});

const closed = (review: StartedReview, at: string): StartedReview => ({
  ...review,
  executions: review.executions.map((it) => (isRunning(it) ? ended(it, 'closed', at, null) : it)),
});

const onLadder = (
  review: StartedReview,
  which: { executionId: string },
  entry: Execution['ladder'][number],
): StartedReview =>
  change(review, which, (it) => ({
    ...it,
    ladder: [...it.ladder, entry],
    rungs: it.rungs.filter(({ rungId }) => rungId !== entry.rungId),
  }));

function change(
  review: StartedReview,
  { executionId }: { executionId: string },
  how: (execution: Execution) => Execution,
): StartedReview {
  return { ...review, executions: review.executions.map((it) => (it.executionId === executionId ? how(it) : it)) };
}

const assigned = (
  review: StartedReview,
  which: { executionId: string; assignmentId: string },
  how: (assignment: Assignment) => Assignment,
): StartedReview =>
  change(review, which, (it) => ({
    ...it,
    assignments: it.assignments.map((seated) => (seated.assignmentId === which.assignmentId ? how(seated) : seated)),
  }));

const decision = (review: StartedReview, decisionId: string, how: (decision: Decision) => Decision): StartedReview => ({
  ...review,
  decisions: review.decisions.map((it) => (it.decisionId === decisionId ? how(it) : it)),
});

const items = (review: StartedReview, how: (item: ChangeItem) => ChangeItem): StartedReview => ({
  ...review,
  changeRequests: review.changeRequests.map((request) => ({ ...request, items: request.items.map(how) })),
});

const inReview = (review: StartedReview): InReview => ({ ...file(review), status: 'in_review' });

/** What a review keeps when it changes its status. */
const file = (review: StartedReview): CaseFile => ({
  reviewId: review.reviewId,
  workflow: review.workflow,
  steps: review.steps,
  fourEyes: review.fourEyes,
  auto: review.auto,
  reopen: review.reopen,
  calendar: review.calendar,
  calendars: review.calendars,
  rulesetVersion: review.rulesetVersion,
  rules: review.rules,
  subject: review.subject,
  subjectRef: review.subjectRef,
  revisions: review.revisions,
  note: review.note,
  submittedBy: review.submittedBy,
  onBehalfOf: review.onBehalfOf,
  branchId: review.branchId,
  submittedAt: review.submittedAt,
  round: review.round,
  executions: review.executions,
  decisions: review.decisions,
  changeRequests: review.changeRequests,
  infoRequests: review.infoRequests,
  claimants: review.claimants,
  overrides: review.overrides,
  reopenings: review.reopenings,
});
