import { Type } from 'typebox';
import { defineEvent } from '#libs/kernel/domain/define-event';
import { personal } from '#libs/kernel/domain/personal';
import { Id, Instant, OneOf, Strict, AssignmentSchema, day, step, assignment, asStored, execution } from './shapes.js';

/* Who is asked: assignments, and the claims on them. */

const AssignmentAdded = defineEvent('AssignmentAdded', {
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

const AssignmentTransferred = defineEvent('AssignmentTransferred', {
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
const AssignmentVoided = defineEvent('AssignmentVoided', {
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
const AssignmentClaimed = defineEvent('AssignmentClaimed', {
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

const AssignmentReleased = defineEvent('AssignmentReleased', {
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

export const seatEvents = [
  AssignmentAdded,
  AssignmentTransferred,
  AssignmentVoided,
  AssignmentClaimed,
  AssignmentReleased,
] as const;
