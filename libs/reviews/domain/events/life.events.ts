import { Type } from 'typebox';
import { PinnedCalendarSchema } from '#libs/kernel/domain/calendar';
import { defineEvent } from '#libs/kernel/domain/define-event';
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
  StepSchema,
  type Rung,
  type Step,
} from '#libs/kernel/domain/workflow-definition';
import {
  Id,
  Instant,
  Nullable,
  OneOf,
  Strict,
  SubjectRevisionSchema,
  Waiting,
  day,
  headOffice,
  revision,
  asStored,
} from './shapes.js';

/* How a review begins, what becomes of its subject, and how it ends. */

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
const AutoRulesEvaluated = defineEvent('AutoRulesEvaluated', {
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

const SubjectRevised = defineEvent('SubjectRevised', {
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

const ReviewApproved = defineEvent('ReviewApproved', {
  schema: Strict({ revision: Type.Integer({ minimum: 1 }), contentHash: Type.String(), approvedAt: Instant }),
  sample: { revision: 1, contentHash: 'h1', approvedAt: day('10:00') },
});

const ReviewRejected = defineEvent('ReviewRejected', {
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

const ReviewWithdrawn = defineEvent('ReviewWithdrawn', {
  schema: Strict({
    withdrawnBy: Id,
    onBehalfOf: Type.Optional(Id),
    reason: Type.Optional(personal(Type.String())),
    at: Instant,
  }),
  sample: { withdrawnBy: 'usr_olly', reason: 'Bought elsewhere', at: day('14:00') },
});

const ReviewExpired = defineEvent('ReviewExpired', {
  schema: Strict({ step: Type.String(), rungId: Type.String(), at: Instant }),
  sample: { step: 'initial-review', rungId: 'r3', at: day('18:00') },
});

const ReviewCancelled = defineEvent('ReviewCancelled', {
  schema: Strict({ cancelledBy: Id, reason: personal(Type.String()), at: Instant }),
  sample: { cancelledBy: 'usr_ada', reason: 'Entered twice', at: day('14:00') },
});

/** Nothing moves until it is resumed: nobody decides, no clock runs. */
const ReviewHeld = defineEvent('ReviewHeld', {
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

const ReviewResumed = defineEvent('ReviewResumed', {
  schema: Strict({
    resumedBy: Id,
    onBehalfOf: Type.Optional(Id),
    reason: Type.Optional(personal(Type.String())),
    status: Waiting,
    at: Instant,
  }),
  sample: { resumedBy: 'usr_mia', reason: 'The valuation is here', status: 'in_review', at: day('12:00') },
});

/** The outcome is taken back. `smart` asks only the steps again that gave it, `restart` all of them. */
const ReviewReopened = defineEvent('ReviewReopened', {
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
const StartAbandoned = defineEvent('StartAbandoned', {
  schema: Strict({ reviewId: Id, at: Instant }),
  sample: { reviewId: '0192c7a0-0000-7000-8000-000000000001', at: day('09:00') },
});

export const lifeEvents = [
  ReviewStarted,
  AutoRulesEvaluated,
  SubjectRevised,
  ReviewApproved,
  ReviewRejected,
  ReviewWithdrawn,
  ReviewExpired,
  ReviewCancelled,
  ReviewHeld,
  ReviewResumed,
  ReviewReopened,
  StartAbandoned,
] as const;
