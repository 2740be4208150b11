import { Type } from 'typebox';
import { defineEvent, type EventsOf } from '#libs/kernel/domain/define-event';

/* A program that calls us (`service-{serviceId}`), and what it may do. Its secrets are not in the log. */

const Id = Type.String();
const Instant = Type.String();
const Strict = <P extends Parameters<typeof Type.Object>[0]>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });

const GrantSchema = Strict({ permission: Type.String(), scope: Type.String() });

export const ServiceAccountCreated = defineEvent('ServiceAccountCreated', {
  schema: Strict({
    serviceId: Id,
    workspaceId: Id,
    name: Type.String(),
    /** `service` is granted its permissions one by one, `assistant` hands in drafts. */
    role: Type.String(),
    branchId: Id,
    grants: Type.Array(GrantSchema),
    createdBy: Id,
    at: Instant,
  }),
  sample: {
    serviceId: '0192c7a0-0000-7000-8000-000000000002',
    workspaceId: 'demo',
    name: 'loan-portal',
    role: 'service',
    branchId: 'HQ',
    grants: [{ permission: 'review:start', scope: 'workspace' }],
    createdBy: 'usr_admin',
    at: '2026-11-22T09:00:00.000Z',
  },
});

/** A permission it did not have, or with another scope than before. */
export const PermissionGranted = defineEvent('PermissionGranted', {
  schema: Strict({ serviceId: Id, permission: Type.String(), scope: Type.String(), grantedBy: Id, at: Instant }),
  sample: {
    serviceId: '0192c7a0-0000-7000-8000-000000000002',
    permission: 'review:read',
    scope: 'own',
    grantedBy: 'usr_admin',
    at: '2026-11-22T10:00:00.000Z',
  },
});

export const PermissionWithdrawn = defineEvent('PermissionWithdrawn', {
  schema: Strict({ serviceId: Id, permission: Type.String(), withdrawnBy: Id, at: Instant }),
  sample: {
    serviceId: '0192c7a0-0000-7000-8000-000000000002',
    permission: 'review:read',
    withdrawnBy: 'usr_admin',
    at: '2026-11-22T11:00:00.000Z',
  },
});

/** It has a new secret; the one before is good until an instant. Tokens it already has live on. */
export const ClientSecretRotated = defineEvent('ClientSecretRotated', {
  schema: Strict({ serviceId: Id, previousUntil: Instant, rotatedBy: Id, at: Instant }),
  sample: {
    serviceId: '0192c7a0-0000-7000-8000-000000000002',
    previousUntil: '2026-11-22T13:00:00.000Z',
    rotatedBy: 'usr_admin',
    at: '2026-11-22T12:00:00.000Z',
  },
});

/** For good: its secrets and its tokens are refused from now on, and its name is free. */
export const ServiceAccountDeactivated = defineEvent('ServiceAccountDeactivated', {
  schema: Strict({ serviceId: Id, deactivatedBy: Id, at: Instant }),
  sample: {
    serviceId: '0192c7a0-0000-7000-8000-000000000002',
    deactivatedBy: 'usr_admin',
    at: '2026-11-22T17:00:00.000Z',
  },
});

/** A creation that lost its claim on the name and never became an account (stores without multi-stream appends). */
export const ServiceAccountAbandoned = defineEvent('ServiceAccountAbandoned', {
  schema: Strict({ serviceId: Id, at: Instant }),
  sample: { serviceId: '0192c7a0-0000-7000-8000-000000000002', at: '2026-11-22T09:00:00.000Z' },
});

export const serviceAccountEvents = [
  ServiceAccountCreated,
  PermissionGranted,
  PermissionWithdrawn,
  ClientSecretRotated,
  ServiceAccountDeactivated,
  ServiceAccountAbandoned,
] as const;
export type ServiceAccountEvent = EventsOf<typeof serviceAccountEvents>;
