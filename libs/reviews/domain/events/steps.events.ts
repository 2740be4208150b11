import { Type } from 'typebox';
import { ConditionTraceSchema, type ConditionTrace } from '#libs/kernel/domain/condition';
import { defineEvent } from '#libs/kernel/domain/define-event';
import { personal } from '#libs/kernel/domain/personal';
import {
  Id,
  Instant,
  Milliseconds,
  OneOf,
  Strict,
  AssignmentSchema,
  ClockSchema,
  RungDueSchema,
  ProofSchema,
  day,
  step,
  proof,
  clock,
  assignment,
  asStored,
  execution,
} from './shapes.js';

/* What becomes of the steps of a review. */

const StepStarted = defineEvent('StepStarted', {
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
const StepSkipped = defineEvent('StepSkipped', {
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

const StepBlocked = defineEvent('StepBlocked', {
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

const StepUnblocked = defineEvent('StepUnblocked', {
  schema: Strict({ ...execution, at: Instant }),
  sample: { ...step, at: day('10:00') },
});

const StepCompleted = defineEvent('StepCompleted', {
  schema: Strict({ ...execution, proof: ProofSchema, consumedMs: Milliseconds, completedAt: Instant }),
  sample: { ...step, proof, consumedMs: 3_600_000, completedAt: day('10:00') },
});

const StepRejected = defineEvent('StepRejected', {
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

/** Somebody entitled settles a step in the place of whom it asks; holds for the content it was said of. */
const ReviewOverridden = defineEvent('ReviewOverridden', {
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

export const stepEvents = [
  StepStarted,
  StepSkipped,
  StepBlocked,
  StepUnblocked,
  StepCompleted,
  StepRejected,
  ReviewOverridden,
] as const;
