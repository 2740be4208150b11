import { Type, type Static, type TSchema } from 'typebox';
import { defaultRules, PinnedCalendarSchema, type PinnedCalendar } from '#libs/kernel/domain/calendar';
import { ConditionTraceSchema, type ConditionTrace } from '#libs/kernel/domain/condition';
import { defineEvent, type EventsOf } from '#libs/kernel/domain/define-event';
import type { JsonObject } from '#libs/kernel/domain/json';
import { personal } from '#libs/kernel/domain/personal';
import {
  ConclusionSchema,
  RuleAnswerSchema,
  RuleTraceSchema,
  type RuleAnswer,
  type RuleTrace,
} from '#libs/kernel/domain/ruleset';
import {
  AutoSchema,
  FourEyesSchema,
  ReopenSchema,
  RungSchema,
  StepSchema,
  TargetSchema,
  type Rung,
  type Step,
} from '#libs/kernel/domain/workflow-definition';

/* What a review's stream may hold. Shapes are the storage format: add optional fields, or a version and an upcaster. */

const Id = Type.String();
const Instant = Type.String();
const Milliseconds = Type.Integer({ minimum: 0 });
const Nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()]);
const OneOf = <const V extends readonly string[]>(...values: V) =>
  Type.Unsafe<V[number]>(Type.Union(values.map((value) => Type.Literal(value))));
const Strict = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });

/** A numbered snapshot of the subject; hashes are HMACs under the subject's key, so that erasure takes them too. */
export const SubjectRevisionSchema = Strict({
  revision: Type.Integer({ minimum: 1 }),
  content: personal(Type.Record(Type.String(), Type.Unknown())),
  contentHash: Type.String(),
  /** By JSON pointer: the top-level members and every scope that an assignment names. */
  fieldHashes: Type.Record(Type.String(), Type.String()),
  documents: Type.Array(Strict({ documentId: Id, version: Type.Integer(), sha256: Type.String() })),
  editorId: Id,
});
export type SubjectRevision = Static<typeof SubjectRevisionSchema>;

/** A slot on a step that one person fills; an assignment is not a person. */
export const AssignmentSchema = Strict({
  assignmentId: Id,
  group: Nullable(Type.String()),
  kind: OneOf('USER', 'ROLE'),
  /** A user id or a role name. */
  ref: Type.String(),
  /** Which assignee of the definition made it (index), null for one added later. */
  assignee: Nullable(Type.Integer()),
  weight: Type.Integer({ minimum: 1 }),
  veto: Type.Boolean(),
  scope: Nullable(Type.Array(Type.String())),
  origin: OneOf('definition', 'adhoc', 'escalation', 'fallback'),
  /** Of a USER: the role that the person named must hold, because the seat was one of that role. */
  role: Type.Optional(Type.String()),
});
export type AssignmentFacts = Static<typeof AssignmentSchema>;

/** The time budget of a step execution when it (re)starts running; `dueAt` is derived and absolute. */
const ClockSchema = Strict({
  budget: Nullable(Strict({ value: Type.Integer(), unit: OneOf('WALL_HOUR', 'BUSINESS_HOUR', 'BUSINESS_DAY') })),
  consumedMs: Milliseconds,
  runningSince: Instant,
  calendar: Nullable(Type.String()),
  timezone: Type.String(),
  dueAt: Nullable(Instant),
  /** Raised by every pause, resume and re-projection: a timer of an older generation is a no-op. */
  generation: Type.Integer({ minimum: 1 }),
});
export type Clock = Static<typeof ClockSchema>;

/** When each unfired rung of the ladder is due on the running clock. */
const RungDueSchema = Strict({ rungId: Type.String(), dueAt: Instant });

/** The evaluated rule at a moment: what was needed, what was there, which decisions made it. */
const ProofSchema = Strict({
  rule: Type.Unknown(),
  state: OneOf('satisfied', 'pending', 'skipped', 'failed', 'error', 'overridden'),
  have: Type.Integer(),
  need: Type.Integer(),
  decisions: Type.Array(Id),
  nodes: Type.Optional(Type.Array(Type.Unknown())),
});
export type Proof = Static<typeof ProofSchema>;

const EvidenceSchema = Strict({
  rolesAtDecision: Type.Array(Type.String()),
  directoryRevision: Type.String(),
  delegationRevision: Nullable(Type.String()),
});

const ChangeItemSchema = Strict({
  itemId: Id,
  text: personal(Type.String()),
  /** A place in the content; people write it, so it may hold anything they know. */
  path: Nullable(personal(Type.String())),
  documentId: Nullable(Type.String()),
  blocking: Type.Boolean(),
});

/** The statuses of an open review in which somebody has the ball. */
const Waiting = OneOf('in_review', 'changes_requested', 'info_requested');

const day = (time: string) => `2026-11-22T${time}:00.000Z`;
const step = { executionId: 'exe_1', step: 'initial-review', round: 1 };
const proof: Proof = { rule: { count: 1 }, state: 'satisfied', have: 1, need: 1, decisions: ['dec_1'] };
const clock: Clock = {
  budget: { value: 8, unit: 'WALL_HOUR' },
  consumedMs: 0,
  runningSince: day('09:00'),
  calendar: null,
  timezone: 'UTC',
  dueAt: day('17:00'),
  generation: 1,
};
const headOffice: PinnedCalendar = {
  calendarId: 'cal_1',
  key: 'head-office',
  version: 3,
  contentHash: 'h3',
  rules: defaultRules,
};
const assignment: AssignmentFacts = {
  assignmentId: 'asg_1',
  group: null,
  kind: 'ROLE',
  ref: 'officer',
  assignee: 0,
  weight: 1,
  veto: false,
  scope: null,
  origin: 'definition',
};
const revision: SubjectRevision = {
  revision: 1,
  content: { amountMinor: '4500000', currency: 'USD' },
  contentHash: 'h1',
  fieldHashes: { '/amountMinor': 'h2' },
  documents: [],
  editorId: 'usr_olly',
};

/** What an earlier version stored fits the newer one as it is. */
const asStored = (data: JsonObject): JsonObject => data;

/** Who acts when a deadline does. */
export const TIMER = 'system:timer';

const execution = { executionId: Id, step: Type.String(), round: Type.Integer({ minimum: 1 }) };

export const ReviewStarted = defineEvent('ReviewStarted', {
  version: 2,
  upcast: { 1: (data) => data }, // what came is optional
  schema: Strict({
    reviewId: Id,
    workflow: Strict({
      id: Id,
      key: Type.String(),
      name: Type.String(),
      version: Type.Integer({ minimum: 1 }),
      contentHash: Type.String(),
    }),
    rulesetVersion: Nullable(Type.String()),
    calendarVersion: Nullable(Type.String()),
    /** Frozen here, so that no later edit of the workflow can touch this review. */
    steps: Type.Array(Type.Unsafe<Step>(StepSchema)),
    fourEyes: FourEyesSchema,
    auto: Type.Optional(AutoSchema),
    reopen: Type.Optional(ReopenSchema),
    calendar: Type.Optional(Type.String()),
    /** The calendars its steps count on, frozen like them. */
    calendars: Type.Optional(Type.Array(PinnedCalendarSchema)),
    subject: Strict({
      type: Type.String(),
      id: Type.String(),
      title: Type.Optional(personal(Type.String())),
    }),
    /** Whose key seals what is personal in this stream. */
    subjectRef: Id,
    revision: SubjectRevisionSchema,
    note: Type.Optional(personal(Type.String())),
    submittedBy: Id,
    onBehalfOf: Type.Optional(Id),
    branchId: Type.String(),
    submittedAt: Instant,
  }),
  sample: {
    reviewId: '0192c7a0-0000-7000-8000-000000000001',
    workflow: { id: 'wf_1', key: 'loan-approval', name: 'Loan approval', version: 3, contentHash: 'h0' },
    rulesetVersion: null,
    calendarVersion: 'head-office@3',
    steps: [
      {
        key: 'initial-review',
        name: 'Initial review',
        assignees: [{ type: 'ROLE', id: 'officer', minApprovals: 1 }],
        rule: { count: 1 },
        floor: 1,
        distinct: 'step',
        onReject: 'immediate',
        staleness: 'scoped',
        sla: { value: 8, unit: 'WALL_HOUR' },
        ladder: [{ id: 'r1', at: '75%', action: 'remind' } satisfies Rung],
        when: { gt: ['amountMinor', '2000000'] },
      },
    ],
    fourEyes: { submitter: true, editors: true },
    auto: { ruleset: 'loan-auto' },
    reopen: { mode: 'smart', max: 2 },
    calendar: 'head-office',
    calendars: [headOffice],
    subject: { type: 'loan', id: 'loan-1', title: 'Loan of Ann' },
    subjectRef: '6e0c1f0a-3b5e-5d51-8a43-0b8f6a2f3f10',
    revision,
    submittedBy: 'usr_olly',
    branchId: 'HQ',
    submittedAt: day('09:00'),
  },
});

/** What the pinned automatic rules said of a revision, and how they came to it. */
export const AutoRulesEvaluated = defineEvent('AutoRulesEvaluated', {
  schema: Strict({
    ruleset: Strict({ id: Id, key: Type.String(), version: Type.Integer({ minimum: 1 }), contentHash: Type.String() }),
    /** `system:rules@3` */
    decidedBy: Id,
    /** Of the subject. */
    revision: Type.Integer({ minimum: 1 }),
    /** Of the rules that are enforced, by the one named `decisive`. */
    ...ConclusionSchema.properties,
    /** As if the rules in shadow were enforced; null when none is. */
    shadow: Nullable(ConclusionSchema),
    rules: Type.Array(Type.Unsafe<RuleAnswer>(RuleAnswerSchema)),
    /** The operands each rule saw are content. */
    traces: personal(Type.Array(Type.Unsafe<RuleTrace>(RuleTraceSchema))),
    at: Instant,
  }),
  sample: {
    ruleset: { id: 'rs_1', key: 'loan-auto', version: 3, contentHash: 'h5' },
    decidedBy: 'system:rules@3',
    revision: 1,
    outcome: 'review',
    decisive: 'small',
    reason: null,
    shadow: null,
    rules: [{ name: 'small', mode: 'enforce', outcome: 'approve', result: 'unknown' }],
    traces: [
      {
        rule: 'small',
        trace: {
          op: 'and',
          value: 'unknown',
          of: [
            { op: 'lte', value: true, path: 'amountMinor', operand: '45000', against: '50000' },
            { op: 'eq', value: 'unknown', path: 'country', against: 'CH', doubt: 'missing' },
          ],
        },
      },
    ],
    at: day('09:00'),
  },
});

export const StepStarted = defineEvent('StepStarted', {
  version: 2,
  upcast: { 1: asStored },
  schema: Strict({
    ...execution,
    index: Type.Integer({ minimum: 0 }),
    assignments: Type.Array(AssignmentSchema),
    /** Who could fill the ROLE assignments when the step started, by role. */
    electorate: Type.Record(Type.String(), Type.Array(Id)),
    /** Decisions of earlier rounds that still count, by the assignment they fill. */
    carried: Type.Optional(Type.Array(Strict({ assignmentId: Id, decisionId: Id }))),
    /** The execution whose clock and ladder go on here: the step was open when the subject was revised. */
    continues: Type.Optional(Id),
    clock: ClockSchema,
    rungs: Type.Array(RungDueSchema),
    startedAt: Instant,
  }),
  sample: {
    ...step,
    index: 0,
    assignments: [assignment],
    electorate: { officer: ['usr_ann', 'usr_bob'] },
    clock,
    rungs: [{ rungId: 'r1', dueAt: day('15:00') }],
    startedAt: day('09:00'),
  },
});

/** The condition of a step says no to the content: nobody is asked. */
export const StepSkipped = defineEvent('StepSkipped', {
  schema: Strict({
    ...execution,
    index: Type.Integer({ minimum: 0 }),
    reason: OneOf('condition'),
    /** Part by part, with the operands it saw. */
    trace: personal(Type.Unsafe<ConditionTrace>(ConditionTraceSchema)),
    at: Instant,
  }),
  sample: {
    ...step,
    index: 0,
    reason: 'condition',
    trace: { op: 'gt', value: false, path: 'amountMinor', operand: '4500000', against: '20000000' },
    at: day('09:00'),
  },
});

export const StepBlocked = defineEvent('StepBlocked', {
  version: 2,
  upcast: { 1: (data) => data }, // codes came
  schema: Strict({
    ...execution,
    code: OneOf('UNSATISFIABLE', 'SELF_ONLY', 'ROUNDS_EXHAUSTED', 'ALL_SKIPPED', 'DEADLINE'),
    need: Type.Integer(),
    have: Type.Integer(),
    who: Type.Array(Type.String()),
    /** Who is asked to route it: `role:admin`. */
    fallback: Type.Array(Type.String()),
    at: Instant,
  }),
  sample: {
    ...step,
    code: 'UNSATISFIABLE',
    need: 2,
    have: 1,
    who: ['role:officer'],
    fallback: ['role:admin'],
    at: day('09:00'),
  },
});

export const StepUnblocked = defineEvent('StepUnblocked', {
  schema: Strict({ ...execution, at: Instant }),
  sample: { ...step, at: day('10:00') },
});

export const DecisionRecorded = defineEvent('DecisionRecorded', {
  schema: Strict({
    ...execution,
    decisionId: Id,
    assignmentId: Id,
    verdict: OneOf('approve', 'reject', 'abstain'),
    actorId: Id,
    onBehalfOf: Type.Optional(Id),
    delegationPath: Type.Array(Id),
    /** The subject revision the person saw. */
    revision: Type.Integer({ minimum: 1 }),
    scopeHash: Type.String(),
    comment: Type.Optional(personal(Type.String())),
    evidence: EvidenceSchema,
    at: Instant,
  }),
  sample: {
    ...step,
    decisionId: 'dec_1',
    assignmentId: 'asg_1',
    verdict: 'approve',
    actorId: 'usr_ann',
    delegationPath: [],
    revision: 1,
    scopeHash: 'h1',
    comment: 'Looks right',
    evidence: { rolesAtDecision: ['officer'], directoryRevision: '7', delegationRevision: null },
    at: day('10:00'),
  },
});

/** The same person thinks again while the step is open: what counts from now on, on the revision seen now. */
export const DecisionChanged = defineEvent('DecisionChanged', {
  schema: Strict({
    ...execution,
    decisionId: Id,
    assignmentId: Id,
    verdict: OneOf('approve', 'reject', 'abstain'),
    /** What it was before. */
    previous: OneOf('approve', 'reject', 'abstain'),
    actorId: Id,
    onBehalfOf: Type.Optional(Id),
    delegationPath: Type.Array(Id),
    revision: Type.Integer({ minimum: 1 }),
    scopeHash: Type.String(),
    comment: Type.Optional(personal(Type.String())),
    evidence: EvidenceSchema,
    at: Instant,
  }),
  sample: {
    ...step,
    decisionId: 'dec_1',
    assignmentId: 'asg_1',
    verdict: 'reject',
    previous: 'approve',
    actorId: 'usr_ann',
    delegationPath: [],
    revision: 1,
    scopeHash: 'h1',
    comment: 'The payslip is of another year',
    evidence: { rolesAtDecision: ['officer'], directoryRevision: '7', delegationRevision: null },
    at: day('10:20'),
  },
});

/** Taken back by whoever gave it, while its step is open: the assignment is open again. */
export const DecisionRescinded = defineEvent('DecisionRescinded', {
  schema: Strict({
    ...execution,
    decisionId: Id,
    /** What it filled. */
    assignmentId: Id,
    /** Whom that assignment waits for again; null when it did not count, or another decision fills it now. */
    reopens: Nullable(Strict({ kind: OneOf('USER', 'ROLE'), ref: Type.String() })),
    /** Decisions that count now because this one does not. */
    revived: Type.Array(Strict({ assignmentId: Id, decisionId: Id })),
    actorId: Id,
    reason: personal(Type.String()),
    at: Instant,
  }),
  sample: {
    ...step,
    decisionId: 'dec_1',
    assignmentId: 'asg_1',
    reopens: { kind: 'ROLE', ref: 'officer' },
    revived: [],
    actorId: 'usr_ann',
    reason: 'I looked at the wrong file',
    at: day('10:30'),
  },
});

/** Decisions that no longer count after a new revision; for notification and audit (validity itself is computed). */
export const DecisionsInvalidated = defineEvent('DecisionsInvalidated', {
  schema: Strict({ decisionIds: Type.Array(Id), paths: Type.Array(Type.String()), at: Instant }),
  sample: { decisionIds: ['dec_1'], paths: ['/amountMinor'], at: day('12:00') },
});

export const StepCompleted = defineEvent('StepCompleted', {
  schema: Strict({ ...execution, proof: ProofSchema, consumedMs: Milliseconds, completedAt: Instant }),
  sample: { ...step, proof, consumedMs: 3_600_000, completedAt: day('10:00') },
});

export const StepRejected = defineEvent('StepRejected', {
  version: 2,
  upcast: { 1: asStored },
  schema: Strict({
    ...execution,
    /** `override` since version 2. */
    reason: OneOf('rejection', 'unreachable', 'rounds', 'rung', 'override'),
    proof: ProofSchema,
    consumedMs: Milliseconds,
    at: Instant,
  }),
  sample: {
    ...step,
    reason: 'rejection',
    proof: { ...proof, state: 'failed' },
    consumedMs: 3_600_000,
    at: day('10:00'),
  },
});

export const ReviewApproved = defineEvent('ReviewApproved', {
  schema: Strict({ revision: Type.Integer({ minimum: 1 }), contentHash: Type.String(), approvedAt: Instant }),
  sample: { revision: 1, contentHash: 'h1', approvedAt: day('10:00') },
});

export const ReviewRejected = defineEvent('ReviewRejected', {
  version: 2,
  /** Since version 2 rules may reject it, before there is a step. */
  upcast: { 1: asStored },
  schema: Strict({
    step: Nullable(Type.String()),
    decisionId: Nullable(Id),
    /** `system:rules@3` where a rule decided. */
    rejectedBy: Type.Optional(Id),
    rejectedAt: Instant,
  }),
  sample: { step: 'initial-review', decisionId: 'dec_1', rejectedAt: day('10:00') },
});

export const ChangesRequested = defineEvent('ChangesRequested', {
  version: 2,
  /** Since version 2 the path of an item is sealed, like its text. */
  upcast: { 1: asStored },
  schema: Strict({
    ...execution,
    changeRequestId: Id,
    requestedBy: Id,
    onBehalfOf: Type.Optional(Id),
    revision: Type.Integer({ minimum: 1 }),
    items: Type.Array(ChangeItemSchema),
    comment: Type.Optional(personal(Type.String())),
    at: Instant,
  }),
  sample: {
    ...step,
    changeRequestId: 'chg_1',
    requestedBy: 'usr_ann',
    revision: 1,
    items: [{ itemId: 'itm_1', text: 'Proof of income is missing', path: '/income', documentId: null, blocking: true }],
    at: day('11:00'),
  },
});

export const ChangeItemsCleared = defineEvent('ChangeItemsCleared', {
  schema: Strict({
    itemIds: Type.Array(Id),
    clearedBy: Id,
    how: OneOf('decision', 'cleared', 'dismissed'),
    reason: Type.Optional(personal(Type.String())),
    at: Instant,
  }),
  sample: { itemIds: ['itm_1'], clearedBy: 'usr_ann', how: 'decision', at: day('13:00') },
});

export const SubjectRevised = defineEvent('SubjectRevised', {
  schema: Strict({
    revision: SubjectRevisionSchema,
    round: Type.Integer({ minimum: 1 }),
    revisedBy: Id,
    onBehalfOf: Type.Optional(Id),
    note: Type.Optional(personal(Type.String())),
    answers: Type.Array(Strict({ itemId: Id, text: personal(Type.String()) })),
    /** JSON pointers that changed against the revision before. */
    changedPaths: Type.Array(Type.String()),
    at: Instant,
  }),
  sample: {
    revision: { ...revision, revision: 2, contentHash: 'h9' },
    round: 2,
    revisedBy: 'usr_olly',
    answers: [{ itemId: 'itm_1', text: 'Attached' }],
    changedPaths: ['/amountMinor'],
    at: day('12:00'),
  },
});

export const AssignmentAdded = defineEvent('AssignmentAdded', {
  version: 2,
  upcast: { 1: asStored },
  schema: Strict({
    ...execution,
    assignment: AssignmentSchema,
    addedBy: Id,
    /** Why somebody was added by hand. */
    reason: Type.Optional(personal(Type.String())),
    /** The assignment that nobody can hold any more, for which this one stands in. */
    instead: Type.Optional(Id),
    at: Instant,
  }),
  sample: {
    ...step,
    assignment: { ...assignment, assignmentId: 'asg_2', assignee: null, origin: 'escalation' },
    addedBy: 'system:timer',
    at: day('17:00'),
  },
});

export const AssignmentTransferred = defineEvent('AssignmentTransferred', {
  version: 2,
  upcast: { 1: asStored },
  schema: Strict({
    ...execution,
    assignmentId: Id,
    successor: AssignmentSchema,
    transferredBy: Id,
    /** Why somebody moved it by hand. */
    reason: Type.Optional(personal(Type.String())),
    at: Instant,
  }),
  sample: {
    ...step,
    assignmentId: 'asg_1',
    successor: { ...assignment, assignmentId: 'asg_3', kind: 'USER', ref: 'usr_bob', role: 'officer', origin: 'adhoc' },
    transferredBy: 'usr_mia',
    reason: 'Ann is abroad',
    at: day('17:00'),
  },
});

/** An assignment that nobody can fill any more, or only that one person cannot: whoever is asked instead is added. */
export const AssignmentVoided = defineEvent('AssignmentVoided', {
  schema: Strict({
    ...execution,
    assignmentId: Id,
    /** Whom it is void for. */
    person: Id,
    /** `assignment`: it was that person's own, and is gone. `person`: other holders of the role may still fill it. */
    scope: OneOf('assignment', 'person'),
    cause: OneOf('recused', 'deactivated', 'role-lost'),
    reason: Type.Optional(personal(Type.String())),
    voidedBy: Id,
    at: Instant,
  }),
  sample: {
    ...step,
    assignmentId: 'asg_1',
    person: 'usr_ann',
    scope: 'assignment',
    cause: 'recused',
    reason: 'The client is my cousin',
    voidedBy: 'usr_ann',
    at: day('10:00'),
  },
});

/** A lease on an assignment for a role: until it ends, nobody else fills it. */
export const AssignmentClaimed = defineEvent('AssignmentClaimed', {
  schema: Strict({
    ...execution,
    assignmentId: Id,
    claimId: Id,
    claimedBy: Id,
    onBehalfOf: Type.Optional(Id),
    /** Absolute: a timer releases it then. */
    until: Instant,
    at: Instant,
  }),
  sample: {
    ...step,
    assignmentId: 'asg_1',
    claimId: 'clm_1',
    claimedBy: 'usr_ann',
    until: day('18:00'),
    at: day('10:00'),
  },
});

export const AssignmentReleased = defineEvent('AssignmentReleased', {
  schema: Strict({
    ...execution,
    assignmentId: Id,
    claimId: Id,
    /** Who held the claim. */
    heldBy: Id,
    /** `unneeded`: its holder decided elsewhere on the step; `not-eligible`: its holder is no longer asked. */
    how: OneOf('released', 'expired', 'taken-over', 'reassigned', 'not-eligible', 'unneeded'),
    releasedBy: Id,
    reason: Type.Optional(personal(Type.String())),
    at: Instant,
  }),
  sample: {
    ...step,
    assignmentId: 'asg_1',
    claimId: 'clm_1',
    heldBy: 'usr_ann',
    how: 'taken-over',
    releasedBy: 'usr_mia',
    reason: 'Ann is ill',
    at: day('11:00'),
  },
});

/** One rung of the escalation ladder; unique per step execution, rung and generation. */
export const RungFired = defineEvent('RungFired', {
  version: 2,
  upcast: { 1: (data) => ({ ...data, firedBy: data['by'] === 'timer' ? TIMER : null }) },
  schema: Strict({
    ...execution,
    rung: Type.Unsafe<Rung>(RungSchema),
    generation: Type.Integer({ minimum: 1 }),
    /** By a timer, or by a person with a reason. */
    by: OneOf('timer', 'hand'),
    /** Who; null where version 1 did not say. */
    firedBy: Nullable(Id),
    reason: Type.Optional(personal(Type.String())),
    at: Instant,
  }),
  sample: {
    ...step,
    rung: { id: 'r2', at: '0', action: 'add', to: { role: 'manager' } },
    generation: 1,
    by: 'timer',
    firedBy: TIMER,
    at: day('17:00'),
  },
});

export const RungSkipped = defineEvent('RungSkipped', {
  schema: Strict({
    ...execution,
    rungId: Type.String(),
    generation: Type.Integer({ minimum: 1 }),
    to: Type.Optional(TargetSchema),
    reason: OneOf('four-eyes', 'already-assigned', 'already-decided', 'no-target', 'not-eligible'),
    at: Instant,
  }),
  sample: { ...step, rungId: 'r2', generation: 1, to: { user: 'usr_olly' }, reason: 'four-eyes', at: day('17:00') },
});

export const SlaPaused = defineEvent('SlaPaused', {
  schema: Strict({
    ...execution,
    cause: OneOf('changes_requested', 'info_requested', 'on_hold'),
    consumedMs: Milliseconds,
    /** To whom the running time up to here is attributed. */
    holder: OneOf('submitter', 'assignee', 'system', 'blocked'),
    at: Instant,
  }),
  sample: { ...step, cause: 'changes_requested', consumedMs: 7_200_000, holder: 'assignee', at: day('11:00') },
});

export const SlaResumed = defineEvent('SlaResumed', {
  schema: Strict({ ...execution, clock: ClockSchema, rungs: Type.Array(RungDueSchema), at: Instant }),
  sample: {
    ...step,
    clock: { ...clock, consumedMs: 7_200_000, generation: 2 },
    rungs: [{ rungId: 'r1', dueAt: day('16:00') }],
    at: day('12:00'),
  },
});

/**
 * A version of the calendar was published: the clock counts on by it, its deadlines move. What was used up stays so,
 * counted as it was then. `clock` is null for one that stands; it counts by the new version when it runs again.
 */
export const SlaReprojected = defineEvent('SlaReprojected', {
  schema: Strict({
    ...execution,
    old: Strict({ calendar: Nullable(Type.String()), dueAt: Nullable(Instant) }),
    new: Strict({ calendar: Type.String(), dueAt: Nullable(Instant) }),
    /** The version, frozen. */
    rule: PinnedCalendarSchema,
    clock: Nullable(ClockSchema),
    rungs: Type.Array(RungDueSchema),
    at: Instant,
  }),
  sample: {
    ...step,
    old: { calendar: 'head-office@2', dueAt: day('17:00') },
    new: { calendar: 'head-office@3', dueAt: day('18:00') },
    rule: headOffice,
    clock: { ...clock, calendar: 'head-office@3', consumedMs: 3_600_000, dueAt: day('18:00'), generation: 2 },
    rungs: [{ rungId: 'r1', dueAt: day('16:00') }],
    at: day('10:00'),
  },
});

export const SlaBreached = defineEvent('SlaBreached', {
  schema: Strict({ ...execution, dueAt: Instant, generation: Type.Integer({ minimum: 1 }), at: Instant }),
  sample: { ...step, dueAt: day('17:00'), generation: 1, at: day('17:00') },
});

export const ReviewWithdrawn = defineEvent('ReviewWithdrawn', {
  schema: Strict({
    withdrawnBy: Id,
    onBehalfOf: Type.Optional(Id),
    reason: Type.Optional(personal(Type.String())),
    at: Instant,
  }),
  sample: { withdrawnBy: 'usr_olly', reason: 'Bought elsewhere', at: day('14:00') },
});

export const ReviewExpired = defineEvent('ReviewExpired', {
  schema: Strict({ step: Type.String(), rungId: Type.String(), at: Instant }),
  sample: { step: 'initial-review', rungId: 'r3', at: day('18:00') },
});

/** Nothing moves until it is resumed: nobody decides, no clock runs. */
export const ReviewHeld = defineEvent('ReviewHeld', {
  schema: Strict({
    heldBy: Id,
    onBehalfOf: Type.Optional(Id),
    reason: personal(Type.String()),
    /** What it waited for, and will wait for again. */
    status: Waiting,
    at: Instant,
  }),
  sample: { heldBy: 'usr_mia', reason: 'The valuer is away', status: 'in_review', at: day('11:00') },
});

export const ReviewResumed = defineEvent('ReviewResumed', {
  schema: Strict({
    resumedBy: Id,
    onBehalfOf: Type.Optional(Id),
    reason: Type.Optional(personal(Type.String())),
    status: Waiting,
    at: Instant,
  }),
  sample: { resumedBy: 'usr_mia', reason: 'The valuation is here', status: 'in_review', at: day('12:00') },
});

export const InfoRequested = defineEvent('InfoRequested', {
  schema: Strict({
    ...execution,
    infoRequestId: Id,
    requestedBy: Id,
    onBehalfOf: Type.Optional(Id),
    question: personal(Type.String()),
    at: Instant,
  }),
  sample: {
    ...step,
    infoRequestId: 'inf_1',
    requestedBy: 'usr_ann',
    question: 'Who is the employer?',
    at: day('11:00'),
  },
});

export const InfoProvided = defineEvent('InfoProvided', {
  schema: Strict({
    infoRequestId: Id,
    providedBy: Id,
    onBehalfOf: Type.Optional(Id),
    answer: personal(Type.String()),
    at: Instant,
  }),
  sample: { infoRequestId: 'inf_1', providedBy: 'usr_olly', answer: 'The city', at: day('12:00') },
});

export const ReviewCancelled = defineEvent('ReviewCancelled', {
  schema: Strict({ cancelledBy: Id, reason: personal(Type.String()), at: Instant }),
  sample: { cancelledBy: 'usr_ada', reason: 'Entered twice', at: day('14:00') },
});

/** Somebody entitled settles a step in the place of whom it asks; holds for the content it was said of. */
export const ReviewOverridden = defineEvent('ReviewOverridden', {
  schema: Strict({
    ...execution,
    outcome: OneOf('approve', 'reject'),
    overriddenBy: Id,
    reason: personal(Type.String()),
    revision: Type.Integer({ minimum: 1 }),
    contentHash: Type.String(),
    at: Instant,
  }),
  sample: {
    ...step,
    outcome: 'approve',
    overriddenBy: 'usr_ada',
    reason: 'Both officers are ill, the client signs today',
    revision: 1,
    contentHash: 'h1',
    at: day('14:00'),
  },
});

/** The outcome is taken back. `smart` asks only the steps again that gave it, `restart` all of them. */
export const ReviewReopened = defineEvent('ReviewReopened', {
  schema: Strict({
    mode: OneOf('smart', 'restart'),
    from: OneOf('approved', 'rejected'),
    reopenedBy: Id,
    reason: personal(Type.String()),
    round: Type.Integer({ minimum: 1 }),
    /** How often this review has been reopened, this time included. */
    reopening: Type.Integer({ minimum: 1 }),
    /** Steps that are asked again, whatever was decided on them. */
    steps: Type.Array(Type.String()),
    /** Decisions that no longer count, for good. */
    annulled: Type.Array(Id),
    at: Instant,
  }),
  sample: {
    mode: 'smart',
    from: 'rejected',
    reopenedBy: 'usr_ada',
    reason: 'The register had the wrong Olly',
    round: 2,
    reopening: 1,
    steps: ['initial-review'],
    annulled: ['dec_1'],
    at: day('15:00'),
  },
});

/** A start that lost its claim on the subject and never became a review (stores without multi-stream appends). */
export const StartAbandoned = defineEvent('StartAbandoned', {
  schema: Strict({ reviewId: Id, at: Instant }),
  sample: { reviewId: '0192c7a0-0000-7000-8000-000000000001', at: day('09:00') },
});

export const reviewEvents = [
  ReviewStarted,
  AutoRulesEvaluated,
  StepStarted,
  StepSkipped,
  StepBlocked,
  StepUnblocked,
  DecisionRecorded,
  DecisionChanged,
  DecisionRescinded,
  DecisionsInvalidated,
  StepCompleted,
  StepRejected,
  ReviewApproved,
  ReviewRejected,
  ChangesRequested,
  ChangeItemsCleared,
  SubjectRevised,
  AssignmentAdded,
  AssignmentTransferred,
  AssignmentVoided,
  AssignmentClaimed,
  AssignmentReleased,
  RungFired,
  RungSkipped,
  SlaPaused,
  SlaResumed,
  SlaReprojected,
  SlaBreached,
  ReviewWithdrawn,
  ReviewExpired,
  ReviewHeld,
  ReviewResumed,
  InfoRequested,
  InfoProvided,
  ReviewCancelled,
  ReviewOverridden,
  ReviewReopened,
  StartAbandoned,
] as const;
export type ReviewEvent = EventsOf<typeof reviewEvents>;

/** Talk about a review, in `comments-{reviewId}`, so that it never slows a decision. */
export const CommentAdded = defineEvent('CommentAdded', {
  schema: Strict({
    commentId: Id,
    reviewId: Id,
    /** Whose key seals the text: that of the subject under review. */
    subjectRef: Id,
    authorId: Id,
    text: personal(Type.String()),
    at: Instant,
  }),
  sample: {
    commentId: 'com_1',
    reviewId: 'rev_1',
    subjectRef: '6e0c1f0a-3b5e-5d51-8a43-0b8f6a2f3f10',
    authorId: 'usr_ann',
    text: 'Called the client',
    at: day('10:30'),
  },
});

export const commentEvents = [CommentAdded] as const;
export type CommentEvent = EventsOf<typeof commentEvents>;
