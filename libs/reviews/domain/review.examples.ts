import { defaultCalendar, type PinnedCalendar } from '#libs/kernel/domain/calendar';
import { derivedId } from '#libs/kernel/domain/ids';
import type { JsonObject } from '#libs/kernel/domain/json';
import type { AutoRule, PinnedRuleset } from '#libs/kernel/domain/ruleset';
import type { Assignee, Definition, Step } from '#libs/kernel/domain/workflow-definition';
import { calendarKeys } from './calendars.js';
import type { Delegations } from './delegations.js';
import type { Directory, Person } from './directory.js';
import type { EventData } from './event-data.js';
import type {
  AddApprover,
  ChangeDecision,
  ClaimAssignment,
  Decide,
  Escalate,
  ExpireClaim,
  HoldReview,
  IrreversibleEffect,
  OverrideStep,
  ProvideInfo,
  ReopenReview,
  RequestInfo,
  ResumeReview,
  FireTimer,
  May,
  Reassign,
  Recuse,
  ReleaseAssignment,
  Reproject,
  RequestChanges,
  RescindDecision,
  Resubmit,
  ReviewCommand,
  StartReview,
  TakeOver,
  VacateSeats,
  Withdraw,
  CancelReview,
  ClearChanges,
  DismissChanges,
  ItemToChange,
  Verdict,
} from './review.commands.js';
import { reviewDecider } from './review.decider.js';
import type { ReviewEvent } from './review.events.js';
import { notStarted, type Review, type StartedReview } from './review.state.js';

/** Small, named, realistic data for specs. One day: 22 November 2026. */
export const at = (time: string): string => (time.length > 5 ? time : `2026-11-22T${time}:00.000Z`);

export const REVIEW_ID = 'rev_1';

const people: readonly Person[] = [
  { userId: 'olly', roles: ['officer'], active: true, branchId: 'HQ', managerId: 'mia' },
  { userId: 'ann', roles: ['officer'], active: true, branchId: 'HQ', managerId: 'mia' },
  { userId: 'bob', roles: ['officer'], active: true, branchId: 'HQ', managerId: 'max' },
  { userId: 'mia', roles: ['manager'], active: true, branchId: 'HQ' },
  { userId: 'max', roles: ['manager'], active: true, branchId: 'HQ' },
  { userId: 'mel', roles: ['manager'], active: true, branchId: 'HQ' },
  { userId: 'ada', roles: ['admin'], active: true, branchId: 'HQ' },
  { userId: 'vic', roles: ['viewer'], active: true, branchId: 'HQ' },
];

/** Everybody: olly submits, ann and bob are officers, mia, max and mel managers; `changed` people replace or join them. */
export function directory(...changed: readonly Person[]): Directory {
  const known = new Map([...people, ...changed].map((person) => [person.userId, person]));
  return {
    revision: `r${changed.length}`,
    person: (userId) => known.get(userId),
    holders: (role) =>
      [...known.values()]
        .filter(({ active, roles }) => active && roles.includes(role))
        .map(({ userId }) => userId)
        .toSorted(),
  };
}

export const officer = (more: Partial<Assignee> = {}): Assignee => ({ type: 'ROLE', id: 'officer', ...more });
export const manager = (more: Partial<Assignee> = {}): Assignee => ({ type: 'ROLE', id: 'manager', ...more });
export const user = (id: string, more: Partial<Assignee> = {}): Assignee => ({ type: 'USER', id, ...more });

/** One officer approves, unless the test says otherwise. */
export const step = (key: string, over: Partial<Step> = {}): Step => ({
  key,
  name: key,
  assignees: [officer()],
  rule: { count: 1 },
  floor: 1,
  distinct: 'step',
  onReject: 'immediate',
  staleness: 'scoped',
  sla: null,
  ladder: [],
  ...over,
});

export const definition = (...steps: readonly Step[]): Definition => ({
  key: 'loan-approval',
  name: 'Loan approval',
  steps,
  fourEyes: { submitter: true, editors: true },
});

/** Version 3 of the rules of loans, the first that matches decides. */
export const rulesOf = (...rules: readonly (Omit<AutoRule, 'mode'> & Partial<AutoRule>)[]): PinnedRuleset => ({
  rulesetId: 'rs_1',
  version: 3,
  contentHash: 'h5',
  ruleset: {
    key: 'loan-auto',
    name: 'Loans without people',
    match: 'first',
    rules: rules.map((rule) => ({ mode: 'enforce', ...rule })),
  },
});

/** Stands in for the HMACs of the handler: equal content, equal hash. */
export const hashesOf = (content: JsonObject) => ({
  contentHash: JSON.stringify(content),
  fieldHashes: Object.fromEntries(Object.entries(content).map(([name, value]) => [`/${name}`, JSON.stringify(value)])),
});

/** How a command differs from the ordinary: when, among whom, with which permissions, in whose name. */
export interface Circumstances {
  readonly time?: string;
  readonly directory?: Directory;
  readonly may?: Partial<May>;
  readonly onBehalfOf?: string;
  readonly path?: readonly string[];
  readonly commandId?: string;
}

/** A person lets another one act for him, in every matter; through the people of the path, where there are any. */
const lets = (delegateId: string, principal: string, path: readonly string[] = [principal]): Delegations => ({
  principalsOf: (actorId, _, passes) =>
    actorId === delegateId && path.every(passes) ? [{ principal, path, revision: 'd1' }] : [],
  delegatesOf: (userId, _, passes) => (userId === principal && passes(delegateId) ? [delegateId] : []),
});

let commands = 0;
const about = (actorId: string, { time = '10:00', onBehalfOf, path, may, ...rest }: Circumstances = {}) => ({
  facts: {
    directory: rest.directory ?? directory(),
    may: { reassign: false, dismiss: false, override: false, ...may },
    ...(onBehalfOf !== undefined && { delegations: lets(actorId, onBehalfOf, path) }),
  },
  metadata: {
    commandId: rest.commandId ?? derivedId('example', ++commands),
    commandHash: 'hash',
    actor: { id: actorId, kind: 'user' as const, roles: [] },
    workspaceId: 'demo',
    now: at(time),
    correlationId: 'req-1',
    causationId: 'req-1',
  },
});

export const loan: JsonObject = { amountMinor: '4500000', currency: 'USD', purpose: 'A van' };

export function start(
  workflow: Definition,
  how: Circumstances & { by?: string; content?: JsonObject; rules?: PinnedRuleset } = {},
): StartReview {
  const { by = 'olly', content = loan, rules, ...circumstances } = how;
  const { facts, metadata } = about(by, { time: '09:00', ...circumstances });
  const { key, name } = workflow;
  return {
    type: 'StartReview',
    data: { reviewId: REVIEW_ID, subject: { type: 'loan', id: 'loan-1', title: 'A van for Olly', content } },
    facts: {
      ...facts,
      published: { workflowId: 'wf_1', key, name, version: 3, contentHash: 'h0', definition: workflow },
      hashes: hashesOf(content),
      subjectRef: 'subject-1',
      calendars: calendarKeys(workflow.steps, workflow.calendar).map((key) => ({ ...defaultCalendar, key })),
      branchId: 'HQ',
      ...(rules && { rules }),
    },
    metadata,
  };
}

export const decide = (
  by: string,
  verdict: Verdict,
  how: Circumstances & { revision?: number; assignmentId?: string; comment?: string } = {},
): Decide => ({
  type: 'Decide',
  data: {
    reviewId: REVIEW_ID,
    verdict,
    reviewedRevision: how.revision ?? 1,
    ...(how.assignmentId !== undefined && { assignmentId: how.assignmentId }),
    ...(how.comment !== undefined && { comment: how.comment }),
  },
  ...about(by, how),
});

export const approve = (by: string, how?: Parameters<typeof decide>[2]) => decide(by, 'approve', how);
export const reject = (by: string, how?: Parameters<typeof decide>[2]) => decide(by, 'reject', how);
export const abstain = (by: string, how?: Parameters<typeof decide>[2]) => decide(by, 'abstain', how);

export const requestChanges = (
  by: string,
  how: Circumstances & { revision?: number; items?: readonly ItemToChange[] } = {},
): RequestChanges => ({
  type: 'RequestChanges',
  data: {
    reviewId: REVIEW_ID,
    reviewedRevision: how.revision ?? 1,
    items: how.items ?? [{ text: 'Proof of income is missing' }],
  },
  ...about(by, how),
});

export function resubmit(
  content: JsonObject,
  how: Circumstances & {
    by?: string;
    note?: string;
    answers?: Resubmit['data']['answers'];
    effect?: IrreversibleEffect;
    rules?: PinnedRuleset;
  } = {},
): Resubmit {
  const { by = 'olly', note, answers, effect, rules, ...circumstances } = how;
  const { facts, metadata } = about(by, circumstances);
  return {
    type: 'Resubmit',
    data: { reviewId: REVIEW_ID, content, ...(note !== undefined && { note }), ...(answers && { answers }) },
    facts: { ...facts, hashes: hashesOf(content), ...(effect && { effect }), ...(rules && { rules }) },
    metadata,
  };
}

export const escalate = (
  by: string,
  how: Circumstances & { to?: Escalate['data']['to']; reason?: string } = {},
): Escalate => ({
  type: 'Escalate',
  data: { reviewId: REVIEW_ID, reason: how.reason ?? 'The client waits', ...(how.to && { to: how.to }) },
  ...about(by, how),
});

export const withdraw = (by = 'olly', how?: Circumstances): Withdraw => ({
  type: 'Withdraw',
  data: { reviewId: REVIEW_ID, reason: 'Bought elsewhere' },
  ...about(by, how),
});

export const clearChanges = (by: string, items: readonly string[], how?: Circumstances): ClearChanges => ({
  type: 'ClearChanges',
  data: { reviewId: REVIEW_ID, items },
  ...about(by, how),
});

export const dismissChanges = (
  by: string,
  items: readonly string[],
  how: Circumstances & { reason?: string } = {},
): DismissChanges => ({
  type: 'DismissChanges',
  data: { reviewId: REVIEW_ID, items, reason: how.reason ?? 'Known to the branch' },
  ...about(by, { may: { dismiss: true }, ...how }),
});

export const hold = (by = 'mia', how: Circumstances = {}): HoldReview => ({
  type: 'HoldReview',
  data: { reviewId: REVIEW_ID, reason: 'The valuer is away' },
  ...about(by, { may: { reassign: true }, ...how }),
});

export const resume = (by = 'mia', how: Circumstances = {}): ResumeReview => ({
  type: 'ResumeReview',
  data: { reviewId: REVIEW_ID, reason: 'The valuer is back' },
  ...about(by, { may: { reassign: true }, ...how }),
});

export const requestInfo = (by: string, how: Circumstances = {}): RequestInfo => ({
  type: 'RequestInfo',
  data: { reviewId: REVIEW_ID, question: 'Who is the employer?' },
  ...about(by, how),
});

export const provideInfo = (by = 'olly', how: Circumstances = {}): ProvideInfo => ({
  type: 'ProvideInfo',
  data: { reviewId: REVIEW_ID, answer: 'The city' },
  ...about(by, how),
});

export const cancel = (by = 'ada', how: Circumstances & { reason?: string } = {}): CancelReview => ({
  type: 'CancelReview',
  data: { reviewId: REVIEW_ID, reason: how.reason ?? 'Entered twice' },
  ...about(by, { may: { override: true }, ...how }),
});

export const override = (
  outcome: 'approve' | 'reject',
  how: Circumstances & { by?: string; step?: string; reason?: string; revision?: number } = {},
): OverrideStep => ({
  type: 'OverrideStep',
  data: {
    reviewId: REVIEW_ID,
    outcome,
    reason: how.reason ?? 'Both officers are ill',
    ...(how.step !== undefined && { step: how.step }),
    ...(how.revision !== undefined && { reviewedRevision: how.revision }),
  },
  ...about(how.by ?? 'ada', { may: { override: true }, ...how }),
});

export const reopen = (
  mode?: 'smart' | 'restart',
  how: Circumstances & { by?: string; reason?: string; effect?: IrreversibleEffect } = {},
): ReopenReview => {
  const { by = 'ada', reason = 'The register was wrong', effect, ...circumstances } = how;
  const { facts, metadata } = about(by, { may: { override: true }, ...circumstances });
  return {
    type: 'ReopenReview',
    data: { reviewId: REVIEW_ID, reason, ...(mode && { mode }) },
    facts: { ...facts, ...(effect && { effect }) },
    metadata,
  };
};

export const fireTimer = (
  data: Pick<FireTimer['data'], 'executionId' | 'kind' | 'generation'> & { rungId?: string },
  how?: Circumstances,
): FireTimer => {
  const { facts, metadata } = about('system:timer', how);
  const actor = { ...metadata.actor, kind: 'system' as const };
  return { type: 'FireTimer', data: { reviewId: REVIEW_ID, ...data }, facts, metadata: { ...metadata, actor } };
};

export const claim = (by: string, assignmentId: string, how?: Circumstances): ClaimAssignment => ({
  type: 'ClaimAssignment',
  data: { reviewId: REVIEW_ID, assignmentId },
  ...about(by, how),
});

export const release = (by: string, assignmentId: string, how?: Circumstances): ReleaseAssignment => ({
  type: 'ReleaseAssignment',
  data: { reviewId: REVIEW_ID, assignmentId },
  ...about(by, how),
});

type WithReason = Circumstances & { reason?: string };
const why = ({ reason = 'Ann is abroad' }: WithReason) => reason;

export const takeOver = (by: string, assignmentId: string, how: WithReason = {}): TakeOver => ({
  type: 'TakeOver',
  data: { reviewId: REVIEW_ID, assignmentId, reason: why(how) },
  ...about(by, { may: { reassign: true }, ...how }),
});

export const reassign = (by: string, assignmentId: string, to: string, how: WithReason = {}): Reassign => ({
  type: 'Reassign',
  data: { reviewId: REVIEW_ID, assignmentId, to, reason: why(how) },
  ...about(by, { may: { reassign: true }, ...how }),
});

export const addApprover = (
  by: string,
  to: AddApprover['data']['to'],
  how: WithReason & { step?: string } = {},
): AddApprover => ({
  type: 'AddApprover',
  data: { reviewId: REVIEW_ID, step: how.step ?? 'check', to, reason: why(how) },
  ...about(by, { may: { reassign: true }, ...how }),
});

export const recuse = (by: string, assignmentId: string, how: WithReason = {}): Recuse => ({
  type: 'Recuse',
  data: { reviewId: REVIEW_ID, assignmentId, reason: why(how) },
  ...about(by, how),
});

export const changeDecision = (
  by: string,
  decisionId: string,
  verdict: Verdict,
  how: Circumstances & { revision?: number; comment?: string } = {},
): ChangeDecision => ({
  type: 'ChangeDecision',
  data: {
    reviewId: REVIEW_ID,
    decisionId,
    verdict,
    reviewedRevision: how.revision ?? 1,
    ...(how.comment !== undefined && { comment: how.comment }),
  },
  ...about(by, how),
});

export const rescind = (by: string, decisionId: string, how: WithReason = {}): RescindDecision => ({
  type: 'RescindDecision',
  data: { reviewId: REVIEW_ID, decisionId, reason: why(how) },
  ...about(by, how),
});

const system = <C extends ReviewCommand>(command: C): C => ({
  ...command,
  metadata: { ...command.metadata, actor: { ...command.metadata.actor, kind: 'system' as const } },
});

export const expireClaim = (assignmentId: string, claimId: string, how?: Circumstances): ExpireClaim =>
  system({ type: 'ExpireClaim', data: { reviewId: REVIEW_ID, assignmentId, claimId }, ...about('system:timer', how) });

export const vacateSeats = (userId: string, how?: Circumstances): VacateSeats =>
  system({ type: 'VacateSeats', data: { reviewId: REVIEW_ID, userId }, ...about('system:directory', how) });

export const reproject = (calendar: PinnedCalendar, how?: Circumstances): Reproject => {
  const { facts, metadata } = about('system:calendars', how);
  const actor = { ...metadata.actor, kind: 'system' as const };
  return { type: 'Reproject', data: { reviewId: REVIEW_ID, calendar }, facts, metadata: { ...metadata, actor } };
};

/** A review told as a story: each command is decided on what the ones before have recorded. */
export class Story {
  readonly events: readonly ReviewEvent[];
  /** What the last command recorded. */
  readonly last: readonly ReviewEvent[];
  readonly review: Review;

  private constructor(events: readonly ReviewEvent[], last: readonly ReviewEvent[]) {
    this.events = events;
    this.last = last;
    this.review = fold(events);
  }

  static of(...told: readonly ReviewCommand[]): Story {
    return told.reduce((story, command) => story.and(command), new Story([], []));
  }

  /** What happens next. */
  and(...told: readonly ReviewCommand[]): Story {
    return told.reduce<Story>((story, command) => {
      const last = reviewDecider.decide(command, story.review);
      return new Story([...story.events, ...last], last);
    }, this);
  }

  /** The refusal a command gets; throws when it gets none. */
  refusal(command: ReviewCommand): { code: string; details: JsonObject } {
    try {
      reviewDecider.decide(command, this.review);
    } catch (refusal) {
      return refusal as { code: string; details: JsonObject };
    }
    throw new Error(`${command.type} was not refused.`);
  }

  /** Types of what the last command recorded. */
  get types(): readonly string[] {
    return this.last.map(({ type }) => type);
  }

  get started(): StartedReview {
    if (this.review.status === 'not_started') throw new Error('Nothing was started.');
    return this.review;
  }

  /** The data of the newest event of a type. */
  find<Type extends ReviewEvent['type']>(type: Type): EventData<Type> {
    const found = this.events.findLast((event) => event.type === type);
    if (!found) throw new Error(`No ${type} was recorded.`);
    return found.data as EventData<Type>;
  }
}

export const fold = (events: readonly ReviewEvent[]): Review =>
  events.reduce<Review>(
    (review, event, revision) =>
      reviewDecider.evolve(review, event, { revision: BigInt(revision), recordedAt: at('09:00'), actorId: 'somebody' }),
    notStarted,
  );
