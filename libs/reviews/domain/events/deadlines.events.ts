import { Type } from 'typebox';
import { PinnedCalendarSchema } from '#libs/kernel/domain/calendar';
import { defineEvent } from '#libs/kernel/domain/define-event';
import { personal } from '#libs/kernel/domain/personal';
import { RungSchema, TargetSchema, type Rung } from '#libs/kernel/domain/workflow-definition';
import {
  Id,
  Instant,
  Milliseconds,
  Nullable,
  asStored,
  OneOf,
  Strict,
  ClockSchema,
  RungDueSchema,
  day,
  step,
  clock,
  headOffice,
  TIMER,
  execution,
} from './shapes.js';

/* Clocks, and the ladders that stand on them. */

/** One rung of the escalation ladder; unique per step execution, rung and generation. */
const RungFired = defineEvent('RungFired', {
  version: 3,
  upcast: { 1: (data) => ({ ...data, firedBy: data['by'] === 'timer' ? TIMER : null }), 2: asStored },
  schema: Strict({
    ...execution,
    rung: Type.Unsafe<Rung>(RungSchema),
    generation: Type.Integer({ minimum: 1 }),
    /** By a timer, or by a person with a reason. */
    by: OneOf('timer', 'hand'),
    /** Who; null where version 1 did not say. */
    firedBy: Nullable(Id),
    onBehalfOf: Type.Optional(Id),
    delegationPath: Type.Optional(Type.Array(Id)),
    reason: Type.Optional(personal(Type.String())),
    at: Instant,
  }),
  sample: {
    ...step,
    rung: { id: 'r2', at: '0', action: 'add', to: { role: 'manager' } },
    generation: 1,
    by: 'hand',
    firedBy: 'usr_bob',
    onBehalfOf: 'usr_olly',
    delegationPath: ['usr_olly'],
    reason: 'The client waits',
    at: day('17:00'),
  },
});

const RungSkipped = defineEvent('RungSkipped', {
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

const SlaPaused = defineEvent('SlaPaused', {
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

const SlaResumed = defineEvent('SlaResumed', {
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
const SlaReprojected = defineEvent('SlaReprojected', {
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

const SlaBreached = defineEvent('SlaBreached', {
  schema: Strict({ ...execution, dueAt: Instant, generation: Type.Integer({ minimum: 1 }), at: Instant }),
  sample: { ...step, dueAt: day('17:00'), generation: 1, at: day('17:00') },
});

export const deadlineEvents = [RungFired, RungSkipped, SlaPaused, SlaResumed, SlaReprojected, SlaBreached] as const;
