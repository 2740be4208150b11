import type { Decider } from '#libs/kernel/domain/decider';
import type { Command } from '#libs/kernel/domain/message';
import { unreachable } from '#libs/kernel/domain/unreachable';
import {
  ConcurrentRegistration,
  InvalidPlace,
  InvalidUser,
  ServiceNameTaken,
  unknownPlace,
  UserNotActive,
} from './identity.errors.js';
import { grantable, type Grant } from './permissions.js';
import type { ServiceAccountEvent } from './service-account.events.js';

type NoFacts = Readonly<Record<never, never>>;

type Create = Command<
  'CreateServiceAccount',
  { serviceId: string; name: string; role: 'service' | 'assistant'; branchId: string; grants: readonly Grant[] },
  { isBranch: boolean }
>;
type GrantPermission = Command<'GrantPermission', { serviceId: string } & Grant, NoFacts>;
type WithdrawPermission = Command<'WithdrawPermission', { serviceId: string; permission: string }, NoFacts>;
/** `previousUntil`: how long the secret before is still good. */
type Rotate = Command<'RotateClientSecret', { serviceId: string; previousUntil: string }, NoFacts>;
type Deactivate = Command<'DeactivateServiceAccount', { serviceId: string }, NoFacts>;

export type ServiceAccountCommand = Create | GrantPermission | WithdrawPermission | Rotate | Deactivate;

export type ServiceAccountState = { readonly status: 'unknown' | 'abandoned' } | ServiceAccount;

export interface ServiceAccount {
  readonly status: 'active' | 'deactivated';
  readonly serviceId: string;
  readonly workspaceId: string;
  readonly name: string;
  readonly role: string;
  readonly branchId: string;
  readonly grants: readonly Grant[];
  readonly createdAt: string;
  /** The last rotation: secrets from before it are good until an instant. */
  readonly rotated?: { readonly at: string; readonly previousUntil: string };
}

export const isCreated = (account: ServiceAccountState): account is ServiceAccount =>
  account.status === 'active' || account.status === 'deactivated';

export const noServiceAccount: ServiceAccountState = { status: 'unknown' };

/** Facts only: nothing is checked here, because everything here has already happened. */
export function evolveServiceAccount(account: ServiceAccountState, event: ServiceAccountEvent): ServiceAccountState {
  const { type, data } = event;
  if (type === 'ServiceAccountCreated') {
    const { createdBy: _by, at: createdAt, grants, ...it } = data;
    return { ...it, status: 'active', createdAt, grants: grants as Grant[] };
  }
  if (type === 'ServiceAccountAbandoned') return { status: 'abandoned' };
  if (!isCreated(account)) return account;
  switch (type) {
    case 'PermissionGranted': {
      const { permission, scope } = data as Grant;
      const others = account.grants.filter((grant) => grant.permission !== permission);
      return { ...account, grants: [...others, { permission, scope }] };
    }
    case 'PermissionWithdrawn':
      return { ...account, grants: account.grants.filter(({ permission }) => permission !== data.permission) };
    case 'ClientSecretRotated': {
      const { at, previousUntil } = data;
      return { ...account, rotated: { at, previousUntil } };
    }
    case 'ServiceAccountDeactivated':
      return { ...account, status: 'deactivated' };
    default:
      return unreachable(type);
  }
}

export const serviceAccountDecider: Decider<ServiceAccountState, ServiceAccountCommand, ServiceAccountEvent> = {
  initialState: noServiceAccount,
  evolve: evolveServiceAccount,
  decide(command, account) {
    if (command.type === 'CreateServiceAccount') return create(command, account);
    if (account.status !== 'active') {
      if (command.type === 'DeactivateServiceAccount') return [];
      throw new UserNotActive();
    }
    const { now, actor } = command.metadata;
    switch (command.type) {
      case 'GrantPermission': {
        const { serviceId, permission, scope } = command.data;
        checkGrants(account.role, [{ permission, scope }]);
        const held = account.grants.find((grant) => grant.permission === permission);
        if (held?.scope === scope) return [];
        return [{ type: 'PermissionGranted', data: { serviceId, permission, scope, grantedBy: actor.id, at: now } }];
      }
      case 'WithdrawPermission':
        if (!account.grants.some(({ permission }) => permission === command.data.permission)) return [];
        return [{ type: 'PermissionWithdrawn', data: { ...command.data, withdrawnBy: actor.id, at: now } }];
      case 'RotateClientSecret':
        return [{ type: 'ClientSecretRotated', data: { ...command.data, rotatedBy: actor.id, at: now } }];
      case 'DeactivateServiceAccount':
        return [{ type: 'ServiceAccountDeactivated', data: { ...command.data, deactivatedBy: actor.id, at: now } }];
      default:
        return unreachable(command);
    }
  },
};

function create({ data, facts, metadata }: Create, account: ServiceAccountState): ServiceAccountEvent[] {
  if (account.status === 'abandoned') throw new ConcurrentRegistration();
  if (account.status !== 'unknown') throw new ServiceNameTaken();
  checkGrants(data.role, data.grants, '/grants');
  if (!facts.isBranch) throw new InvalidPlace([unknownPlace('branchId', 'branch')]);
  const { workspaceId, now: at, actor } = metadata;
  return [
    {
      type: 'ServiceAccountCreated',
      data: { ...data, grants: [...data.grants], workspaceId, createdBy: actor.id, at },
    },
  ];
}

/** @throws InvalidUser for what the permission table does not leave to be granted */
function checkGrants(role: string, grants: readonly Grant[], pointer = '/permission'): void {
  if (role === 'assistant' && grants.length > 0)
    throw new InvalidUser(pointer, 'An assistant may do what its role may, and is granted nothing more.');
  if (new Set(grants.map(({ permission }) => permission)).size < grants.length)
    throw new InvalidUser(pointer, 'Each permission is granted once.');
  const wrong = grants.find(({ permission }) => !grantable.includes(permission));
  if (wrong) throw new InvalidUser(pointer, `${wrong.permission} is not granted to service accounts.`);
}
