import { specFor } from '#libs/testing/given';
import { InvalidPlace, InvalidUser, UserNotActive } from './identity.errors.js';
import type { Grant } from './permissions.js';
import { serviceAccountDecider, type ServiceAccountCommand } from './service-account.js';
import type { ServiceAccountEvent } from './service-account.events.js';
import { at, metadata } from './user.examples.js';

const given = specFor(serviceAccountDecider);
const serviceId = 'svc';
const order = <Type extends ServiceAccountCommand['type']>(type: Type, data: object = {}, time = '10:00') =>
  ({
    type,
    data: { serviceId, ...data },
    facts: { isBranch: !('branchId' in data) || data.branchId === 'HQ' },
    metadata: metadata(time),
  }) as unknown as ServiceAccountCommand;
const starts: Grant = { permission: 'review:start', scope: 'own' };

const created: ServiceAccountEvent = {
  type: 'ServiceAccountCreated',
  data: {
    serviceId,
    workspaceId: 'demo',
    name: 'portal',
    role: 'service',
    branchId: 'HQ',
    grants: [starts],
    createdBy: 'usr_admin',
    at: at('09:00'),
  },
};
const deactivated: ServiceAccountEvent = {
  type: 'ServiceAccountDeactivated',
  data: { serviceId, deactivatedBy: 'usr_admin', at: at('09:30') },
};

describe('a service account', () => {
  it('is made with what it is granted', () => {
    const asked = { name: 'portal', role: 'service', branchId: 'HQ', grants: [starts] };
    given()
      .when(order('CreateServiceAccount', asked, '09:00'))
      .then(created);
  });

  it('belongs to a branch that is there', () => {
    const asked = { name: 'portal', role: 'service', branchId: 'NOWHERE', grants: [starts] };
    given().when(order('CreateServiceAccount', asked)).thenRefuses(InvalidPlace);
  });

  it.each([
    ['a permission that decides', 'service', [{ permission: 'review:decide', scope: 'own' }]],
    ['the same permission twice', 'service', [starts, { ...starts, scope: 'workspace' }]],
    ['anything to an assistant', 'assistant', [starts]],
  ])('is refused %s', (_, role, grants) => {
    const asked = { name: 'portal', role, branchId: 'HQ', grants };
    given().when(order('CreateServiceAccount', asked)).thenRefuses(InvalidUser);
  });

  it('is granted a permission, or another scope of it; the same again is nothing new', () => {
    const reads = { permission: 'review:read', scope: 'own' };
    const granted = { serviceId, grantedBy: 'usr_admin', at: at('10:00') };
    given(created)
      .when(order('GrantPermission', reads))
      .then({ type: 'PermissionGranted', data: { ...reads, ...granted } });
    given(created)
      .when(order('GrantPermission', { ...starts, scope: 'workspace' }))
      .then({ type: 'PermissionGranted', data: { ...starts, ...granted, scope: 'workspace' } });
    given(created).when(order('GrantPermission', starts)).thenNothing();
    given(created)
      .when(order('GrantPermission', { ...starts, permission: 'user:manage' }))
      .thenRefuses(InvalidUser);
  });

  it('loses a permission it has', () => {
    const { permission } = starts;
    given(created)
      .when(order('WithdrawPermission', { permission }))
      .then({
        type: 'PermissionWithdrawn',
        data: { serviceId, permission, withdrawnBy: 'usr_admin', at: at('10:00') },
      });
    given(created)
      .when(order('WithdrawPermission', { permission: 'review:read' }))
      .thenNothing();
  });

  it('is deactivated once, and for good', () => {
    given(created, deactivated).when(order('DeactivateServiceAccount')).thenNothing();
    for (const command of [
      order('GrantPermission', starts),
      order('WithdrawPermission', starts),
      order('RotateClientSecret', { previousUntil: at('11:00') }),
    ])
      given(created, deactivated).when(command).thenRefuses(UserNotActive);
  });
});
