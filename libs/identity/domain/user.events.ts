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

/** A registration that lost its claim on the username and never became a user (stores without multi-stream appends). */
export const RegistrationAbandoned = defineEvent('RegistrationAbandoned', {
  schema: Strict({ userId: Id, at: Instant }),
  sample: { userId: 'usr_ann', at: day('09:00') },
});

export const userEvents = [UserRegistered, RoleGranted, RoleRevoked, UserDeactivated, RegistrationAbandoned] as const;
export type UserEvent = EventsOf<typeof userEvents>;
