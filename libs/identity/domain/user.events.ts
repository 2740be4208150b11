import { Type, type Static, type TSchema } from 'typebox';
import { defineEvent, type EventsOf } from '#libs/kernel/domain/define-event';
import { personal } from '#libs/kernel/domain/personal';

/* What a user's stream (`user-{userId}`) may hold: what people could do at an instant must be answerable later. */

const Id = Type.String();
const Instant = Type.String();
const Nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()]);
const Strict = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });

/** A role held from an instant until another (half-open), or for good. */
const RoleHeldSchema = Strict({ role: Type.String(), from: Instant, to: Nullable(Instant) });
export type RoleHeld = Static<typeof RoleHeldSchema>;

const day = (time: string) => `2026-11-22T${time}:00.000Z`;

export const UserRegistered = defineEvent('UserRegistered', {
  schema: Strict({
    userId: Id,
    workspaceId: Id,
    username: personal(Type.String()),
    displayName: Type.Optional(personal(Type.String())),
    firstName: Type.Optional(personal(Type.String())),
    lastName: Type.Optional(personal(Type.String())),
    email: Type.Optional(personal(Type.String())),
    roles: Type.Array(RoleHeldSchema),
    branchId: Type.String(),
    departmentId: Type.Optional(Id),
    positionId: Type.Optional(Id),
    managerId: Type.Optional(Id),
    registeredBy: Id,
    registeredAt: Instant,
  }),
  sample: {
    userId: 'usr_ann',
    workspaceId: 'demo',
    username: 'ann',
    displayName: 'Ann Archer',
    roles: [{ role: 'officer', from: day('09:00'), to: null }],
    branchId: 'HQ',
    registeredBy: 'usr_admin',
    registeredAt: day('09:00'),
  },
});

export const RoleGranted = defineEvent('RoleGranted', {
  schema: Strict({
    userId: Id,
    role: Type.String(),
    from: Instant,
    to: Nullable(Instant),
    grantedBy: Id,
    reason: Type.Optional(personal(Type.String())),
    at: Instant,
  }),
  sample: {
    userId: 'usr_ann',
    role: 'manager',
    from: day('10:00'),
    to: null,
    grantedBy: 'usr_admin',
    at: day('10:00'),
  },
});

export const RoleRevoked = defineEvent('RoleRevoked', {
  schema: Strict({
    userId: Id,
    role: Type.String(),
    revokedBy: Id,
    reason: Type.Optional(personal(Type.String())),
    at: Instant,
  }),
  sample: { userId: 'usr_ann', role: 'manager', revokedBy: 'usr_admin', at: day('11:00') },
});

export const UserDeactivated = defineEvent('UserDeactivated', {
  schema: Strict({ userId: Id, deactivatedBy: Id, reason: Type.Optional(personal(Type.String())), at: Instant }),
  sample: { userId: 'usr_ann', deactivatedBy: 'usr_admin', reason: 'Left the company', at: day('17:00') },
});

/** What is personal about somebody: only what has changed, null where it was taken away. */
export const PersonalDetailsChanged = defineEvent('PersonalDetailsChanged', {
  schema: Strict({
    userId: Id,
    displayName: Type.Optional(personal(Nullable(Type.String()))),
    firstName: Type.Optional(personal(Nullable(Type.String()))),
    lastName: Type.Optional(personal(Nullable(Type.String()))),
    email: Type.Optional(personal(Nullable(Type.String()))),
    changedBy: Id,
    at: Instant,
  }),
  sample: {
    userId: 'usr_ann',
    lastName: 'Baker',
    email: null,
    changedBy: 'usr_admin',
    at: day('12:00'),
  },
});

/** Where somebody works from now on, and for whom: the whole of it. */
export const UserMoved = defineEvent('UserMoved', {
  schema: Strict({
    userId: Id,
    branchId: Id,
    departmentId: Nullable(Id),
    positionId: Nullable(Id),
    managerId: Nullable(Id),
    movedBy: Id,
    at: Instant,
  }),
  sample: {
    userId: 'usr_ann',
    branchId: 'NORTH',
    departmentId: 'CREDIT',
    positionId: null,
    managerId: 'usr_mia',
    movedBy: 'usr_admin',
    at: day('13:00'),
  },
});

/** For the time being: nothing may be done in this name until it is activated again. */
export const UserSuspended = defineEvent('UserSuspended', {
  schema: Strict({ userId: Id, suspendedBy: Id, reason: Type.Optional(personal(Type.String())), at: Instant }),
  sample: { userId: 'usr_ann', suspendedBy: 'usr_admin', reason: 'Lost the phone', at: day('14:00') },
});

/** After a suspension or a deactivation, with the roles held then. */
export const UserActivated = defineEvent('UserActivated', {
  schema: Strict({ userId: Id, activatedBy: Id, reason: Type.Optional(personal(Type.String())), at: Instant }),
  sample: { userId: 'usr_ann', activatedBy: 'usr_admin', at: day('15:00') },
});

/** Away from an instant until another (half-open); the substitute acts in this name meanwhile. */
export const AbsenceEntered = defineEvent('AbsenceEntered', {
  schema: Strict({
    userId: Id,
    absenceId: Id,
    from: Instant,
    until: Instant,
    substituteId: Type.Optional(Id),
    reason: Type.Optional(personal(Type.String())),
    enteredBy: Id,
    at: Instant,
  }),
  sample: {
    userId: 'usr_ann',
    absenceId: '0192c7a0-0000-5000-8000-000000000003',
    from: '2026-12-01T00:00:00.000Z',
    until: '2026-12-15T00:00:00.000Z',
    substituteId: 'usr_bob',
    reason: 'Skiing',
    enteredBy: 'usr_ann',
    at: day('16:00'),
  },
});

/** Back before its time, or never gone. */
export const AbsenceEnded = defineEvent('AbsenceEnded', {
  schema: Strict({ userId: Id, absenceId: Id, endedBy: Id, at: Instant }),
  sample: {
    userId: 'usr_ann',
    absenceId: '0192c7a0-0000-5000-8000-000000000003',
    endedBy: 'usr_ann',
    at: '2026-12-10T08:00:00.000Z',
  },
});

/** A registration that lost its claim on the username and never became a user (stores without multi-stream appends). */
export const RegistrationAbandoned = defineEvent('RegistrationAbandoned', {
  schema: Strict({ userId: Id, at: Instant }),
  sample: { userId: 'usr_ann', at: day('09:00') },
});

export const userEvents = [
  UserRegistered,
  PersonalDetailsChanged,
  UserMoved,
  RoleGranted,
  RoleRevoked,
  UserSuspended,
  UserDeactivated,
  UserActivated,
  AbsenceEntered,
  AbsenceEnded,
  RegistrationAbandoned,
] as const;
export type UserEvent = EventsOf<typeof userEvents>;
