import type { CalendarRules, PinnedCalendar } from '#libs/kernel/domain/calendar';
import type { Auto, FourEyes, Reopen, Rung, Step } from '#libs/kernel/domain/workflow-definition';
import type { ConditionTrace } from '#libs/kernel/domain/condition';
import type { Personal } from '#libs/kernel/domain/personal';
import type { EventData } from './event-data.js';
import type { AssignmentFacts, Clock, Proof, SubjectRevision } from './review.events.js';
import type { Verdict } from './review.commands.js';

/** One review as its events tell it: a shape per status, so that a wrong question does not compile. */
export type Review = NotStarted | OpenReview | EndedReview;

/** No review (yet): also when a start lost its claim on the subject before it began. */
export type NotStarted = Readonly<{ status: 'not_started' }>;

/** What is known of a review in every status. */
export interface CaseFile {
  readonly reviewId: string;
  readonly workflow: EventData<'ReviewStarted'>['workflow'];
  /** Frozen at the start. */
  readonly steps: readonly Step[];
  readonly fourEyes: FourEyes;
  /** Automatic rules, reopening and calendar of the workflow, frozen like its steps. */
  readonly auto: Auto | null;
  readonly reopen: Reopen | null;
  readonly calendar: string | null;
  /** The calendars its steps count on, each as it was at the start or as it has been moved to since. */
  readonly calendars: readonly PinnedCalendar[];
  /** `loan-auto@3`; null when people alone decide. */
  readonly rulesetVersion: string | null;
  /** What the rules said last; it holds for the revision they were asked about. */
  readonly rules: EventData<'AutoRulesEvaluated'> | null;
  readonly subject: EventData<'ReviewStarted'>['subject'];
  /** Whose key seals what is personal here. */
  readonly subjectRef: string;
  /** Every revision of the subject, oldest first; the last one is under review. */
  readonly revisions: readonly [SubjectRevision, ...SubjectRevision[]];
  readonly note: Personal<string> | null;
  readonly submittedBy: string;
  readonly onBehalfOf: string | null;
  readonly branchId: string;
  readonly submittedAt: string;
  readonly round: number;
  /** Every execution of every step, in the order they started. */
  readonly executions: readonly Execution[];
  readonly decisions: readonly Decision[];
  readonly changeRequests: readonly ChangeRequest[];
  readonly infoRequests: readonly InfoRequest[];
  /** Everybody by whom or in whose name an assignment was ever claimed: a claim that has ended leaves no other trace. */
  readonly claimants: readonly string[];
  readonly overrides: readonly Override[];
  readonly reopenings: Reopenings;
}

/** Somebody must act: the approvers, or the submitter; nobody while it is held. */
export type OpenReview = SubmittedReview | InReview | ChangesAwaited | InfoAwaited | HeldReview;
/** Automatic rules are still to be asked: only between two events of one append. */
export interface SubmittedReview extends CaseFile {
  readonly status: 'submitted';
}
export interface InReview extends CaseFile {
  readonly status: 'in_review';
}
export interface ChangesAwaited extends CaseFile {
  readonly status: 'changes_requested';
}
export interface InfoAwaited extends CaseFile {
  readonly status: 'info_requested';
}
export interface HeldReview extends CaseFile {
  readonly status: 'on_hold';
  /** What it goes on with. */
  readonly before: Exclude<OpenReview['status'], 'on_hold' | 'submitted'>;
  readonly hold: EventData<'ReviewHeld'>;
}

/** Over. An approved one may be revised while nothing was done on its strength. */
export type EndedReview = ApprovedReview | RejectedReview | WithdrawnReview | ExpiredReview | CancelledReview;
export interface ApprovedReview extends CaseFile {
  readonly status: 'approved';
  readonly endedAt: string;
}
export interface RejectedReview extends CaseFile {
  readonly status: 'rejected';
  readonly endedAt: string;
}
export interface WithdrawnReview extends CaseFile {
  readonly status: 'withdrawn';
  readonly endedAt: string;
  readonly withdrawnBy: string;
}
export interface ExpiredReview extends CaseFile {
  readonly status: 'expired';
  readonly endedAt: string;
}

export interface CancelledReview extends CaseFile {
  readonly status: 'cancelled';
  readonly endedAt: string;
}

/** A review that was started. */
export type StartedReview = OpenReview | EndedReview;

/** One step of one review in one round. */
export interface Execution {
  readonly executionId: string;
  readonly step: string;
  /** Of the step in the definition. */
  readonly index: number;
  readonly round: number;
  /** The execution whose clock and ladder this one carries on: the step was open when the subject was revised. */
  readonly continues: string | null;
  readonly status: ExecutionStatus;
  /** Why it is blocked now. */
  readonly blocked: EventData<'StepBlocked'> | null;
  readonly assignments: readonly Assignment[];
  /** Who stepped back from it while it ran. */
  readonly recused: readonly string[];
  /** Who could fill the ROLE assignments when the step started. */
  readonly electorate: Readonly<Record<string, readonly string[]>>;
  readonly clock: ClockState;
  /** The deadline of a vote has passed: a share of the votes cast is counted without those still out. */
  readonly closed: boolean;
  /** When each unfired rung is due, while the clock runs; as it was when it stopped, while it does not. */
  readonly rungs: EventData<'StepStarted'>['rungs'];
  /** What happened on the ladder, earlier executions that this one continues included. */
  readonly ladder: readonly LadderEntry[];
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly proof: Proof | null;
  /** Why its condition said no, part by part, where it was skipped. */
  readonly skipped: Personal<ConditionTrace> | null;
}

/**
 * `skipped`: its condition said no, and nobody was asked. `superseded`: a new revision came before it was resolved.
 * `closed`: the review ended over its head.
 */
export type ExecutionStatus = 'open' | 'blocked' | 'satisfied' | 'rejected' | 'skipped' | 'superseded' | 'closed';

export interface Assignment extends AssignmentFacts {
  /** Whether a live one is open or filled depends on which decisions count, so it is computed, not kept. */
  readonly live: boolean;
  /** Why it is not live any more. */
  readonly gone: 'transferred' | 'void' | null;
  readonly claim: Claim | null;
}

/** A lease: until it ends, nobody but its holder fills the assignment. */
export interface Claim {
  readonly claimId: string;
  readonly claimedBy: string;
  readonly onBehalfOf: string | null;
  readonly until: string;
}

export type Holder = 'submitter' | 'assignee' | 'system' | 'blocked';

/** The SLA ledger of one execution: what was used up, by whom, and whether the clock runs. */
export interface ClockState {
  readonly budget: Clock['budget'];
  /** Version of the calendar it counts on (`loans@3`); null: by the clock on the wall. */
  readonly calendar: string | null;
  readonly rules: CalendarRules | null;
  /** Used up until `runningSince`; all of it while the clock stands. Milliseconds of the budget's unit. */
  readonly consumedMs: number;
  /** How long it has run by the clock on the wall, until `runningSince`. */
  readonly wallMs: number;
  readonly runningSince: string | null;
  readonly dueAt: string | null;
  readonly generation: number;
  readonly breachedAt: string | null;
  /** Whom the time since `holderSince` is attributed to. */
  readonly holder: Holder;
  readonly holderSince: string;
  readonly attributedMs: Readonly<Record<Holder, number>>;
}

export interface LadderEntry {
  readonly rungId: string;
  readonly action: Rung['action'] | 'skipped';
  readonly generation: number;
  readonly at: string;
}

export interface Decision {
  readonly decisionId: string;
  readonly executionId: string;
  readonly step: string;
  readonly round: number;
  readonly assignmentId: string;
  readonly verdict: Verdict;
  readonly actorId: string;
  readonly onBehalfOf: string | null;
  readonly delegationPath: readonly string[];
  readonly revision: number;
  readonly scopeHash: string;
  readonly comment: Personal<string> | null;
  readonly at: string;
  /** Taken back by whoever gave it. */
  readonly rescinded: boolean;
  /** The review was reopened because of it: it does not count any more. */
  readonly annulled: boolean;
}

export interface ChangeRequest {
  readonly changeRequestId: string;
  readonly executionId: string;
  readonly step: string;
  readonly round: number;
  readonly requestedBy: string;
  readonly onBehalfOf: string | null;
  readonly revision: number;
  readonly items: readonly ChangeItem[];
  readonly comment: Personal<string> | null;
  readonly at: string;
}

export interface ChangeItem {
  readonly itemId: string;
  readonly text: Personal<string>;
  readonly path: Personal<string> | null;
  readonly documentId: string | null;
  readonly blocking: boolean;
  readonly state: 'open' | 'cleared' | 'dismissed';
  readonly answer: Personal<string> | null;
}

/** A question to the submitter; the answer is null while there is none, or when a new revision was the answer. */
export interface InfoRequest {
  readonly infoRequestId: string;
  readonly step: string;
  readonly requestedBy: string;
  readonly onBehalfOf: string | null;
  readonly question: Personal<string>;
  readonly at: string;
  readonly answer: Readonly<{
    text: Personal<string>;
    providedBy: string;
    onBehalfOf: string | null;
    at: string;
  }> | null;
}

/** A step that was settled in the place of whom it asks, and the content that was said of. */
export interface Override {
  readonly executionId: string;
  readonly step: string;
  readonly outcome: 'approve' | 'reject';
  readonly overriddenBy: string;
  readonly reason: Personal<string>;
  readonly contentHash: string;
  readonly at: string;
  /** The review was reopened because of it. */
  readonly annulled: boolean;
}

/** Where in the list of executions the newest reopening and the newest start all over came; 0 without one. */
export interface Reopenings {
  readonly count: number;
  readonly since: number;
  readonly restartedSince: number;
}

export const notStarted: NotStarted = { status: 'not_started' };

export const isOpen = (review: Review): review is OpenReview =>
  review.status === 'submitted' ||
  review.status === 'in_review' ||
  review.status === 'changes_requested' ||
  review.status === 'info_requested' ||
  review.status === 'on_hold';

export const isEnded = (review: Review): review is EndedReview => !isOpen(review) && review.status !== 'not_started';

export const isStarted = (review: Review): review is StartedReview => review.status !== 'not_started';

/** The revision of the subject that is under review. */
export const currentRevision = ({ revisions }: CaseFile): SubjectRevision =>
  revisions[revisions.length - 1] ?? revisions[0];

/** Somebody is asked, or somebody must be found. */
export const isRunning = ({ status }: Execution): boolean => status === 'open' || status === 'blocked';

/** Blocked for another reason than people: that somebody is there lifts it not, only somebody asked in addition does. */
export const needsHand = ({ blocked }: Pick<Execution, 'blocked'>): boolean =>
  blocked !== null && ['ROUNDS_EXHAUSTED', 'ALL_SKIPPED', 'DEADLINE'].includes(blocked.code);

/** The step executions that run, in the order they started: of one stage, none between two stages. */
export const runningExecutions = (review: Review): readonly Execution[] =>
  isOpen(review) ? review.executions.filter(isRunning) : [];

/** Whether a rung `priority` of its ladder has marked it so. */
export const isUrgent = ({ ladder }: Execution): boolean => ladder.some(({ action }) => action === 'priority');

/** The first of the step executions that run; undefined between two stages, which only a past revision shows. */
export const runningExecution = (review: Review): Execution | undefined => runningExecutions(review)[0];

/** One step execution by its id. */
export const executionById = (review: CaseFile, id: string): Execution | undefined =>
  review.executions.find(({ executionId }) => executionId === id);

/** The newest execution of a step, undefined while the step has not been reached (since it all started over). */
export const latestExecution = ({ executions, reopenings }: CaseFile, index: number): Execution | undefined =>
  executions.findLast((execution, at) => execution.index === index && at >= reopenings.restartedSince);

/** The newest execution of a step in which people were asked: its assignments hold the decisions on the step. */
export const latestRun = ({ executions, reopenings }: CaseFile, index: number): Execution | undefined =>
  executions.findLast(
    ({ index: at, status }, place) => at === index && status !== 'skipped' && place >= reopenings.restartedSince,
  );

/** The newest execution of a step that has assignments: where a rule decided there are none. */
export const latestSeated = ({ executions, reopenings }: CaseFile, index: number): Execution | undefined =>
  executions
    .slice(reopenings.restartedSince)
    .findLast(({ index: at, assignments }) => at === index && assignments.length > 0);

/** The definition of the step that an execution runs. */
export function stepOf(review: CaseFile, { index }: Pick<Execution, 'index'>): Step {
  const step = review.steps[index];
  if (!step) throw new Error(`The review has no step ${index}.`);
  return step;
}
