import { specFor } from '#libs/testing/given';
import { AlreadyExists, NotYours, OrganizationInvalid, UnknownHere } from '../organization.errors.js';
import { at, metadata } from '../organization.examples.js';
import { customerDecider, type CustomerCommand, type CustomerFacts, type WriteAccess } from './customer.decider.js';
import type { CustomerEvent } from './customer.events.js';

const given = specFor(customerDecider);
const there: CustomerFacts & WriteAccess = {
  branchIsActive: true,
  ownerIsThere: true,
  strangers: [],
  write: { userId: 'olly', reach: 'all' },
};
const order = (type: CustomerCommand['type'], data: object = {}, facts: Partial<typeof there> = {}): CustomerCommand =>
  ({
    type,
    data: { customerId: 'c1', ...data },
    facts: { ...there, ...facts },
    metadata: metadata('olly'),
  }) as CustomerCommand;

const registered: CustomerEvent = {
  type: 'CustomerRegistered',
  data: {
    customerId: 'c1',
    number: 'C-1',
    type: 'individual',
    branchId: 'HQ',
    ownerOfficerId: null,
    details: { name: 'Carla', phone: '1' },
    relatedParties: [],
    registeredBy: 'olly',
    at: at(),
  },
};
const asked = { number: 'C-1', type: 'individual', branchId: 'HQ', name: 'Carla', phone: '1' };

describe('A customer', () => {
  it('is registered once', () => {
    given().when(order('RegisterCustomer', asked)).then(registered);
    given(registered).when(order('RegisterCustomer', asked)).thenRefuses(AlreadyExists);
  });

  it.each([
    [{ name: null }, {}],
    [{ branchId: 'CLOSED' }, { branchIsActive: false }],
    [{ ownerOfficerId: 'gone' }, { ownerIsThere: false }],
    [{ relatedParties: [{ customerId: 'c1', relation: 'spouse' }] }, {}],
    [{ relatedParties: [{ customerId: 'c2', relation: 'spouse' }] }, { strangers: ['c2'] }],
  ])('is refused as %j', (data, facts) =>
    given(registered)
      .when(order('ChangeCustomer', data, facts))
      .thenRefuses(OrganizationInvalid),
  );

  it('is told what has changed, and what null takes away', () =>
    given(registered)
      .when(order('ChangeCustomer', { phone: null, email: 'c@example.com', ownerOfficerId: 'ann' }))
      .then(
        {
          type: 'CustomerDetailsChanged',
          data: { customerId: 'c1', details: { name: 'Carla', email: 'c@example.com' }, at: at() },
        },
        { type: 'CustomerAssigned', data: { customerId: 'c1', branchId: 'HQ', ownerOfficerId: 'ann', at: at() } },
      ));

  it('that is so already changes nothing', () => {
    given(registered)
      .when(order('ChangeCustomer', { name: 'Carla', relatedParties: [] }))
      .thenNothing();
    given(registered).when(order('ActivateCustomer')).thenNothing();
  });

  describe('in the reach of whoever writes when it is recorded', () => {
    const moved: CustomerEvent = {
      type: 'CustomerAssigned',
      data: { customerId: 'c1', branchId: 'NORTH', ownerOfficerId: 'ann', at: at() },
    };
    const own = { write: { userId: 'olly', reach: 'own' as const } };
    const branch = { write: { userId: 'mona', reach: { branches: ['HQ'] } } };

    it.each(['ChangeCustomer', 'DeactivateCustomer', 'ActivateCustomer'] as const)('and not before: %s', (type) => {
      for (const access of [own, branch]) {
        given(registered, moved)
          .when(order(type, { phone: '2' }, access))
          .thenRefuses(NotYours);
      }
    });

    it('as its own or of its branch', () => {
      for (const access of [own, branch])
        given(registered)
          .when(order('DeactivateCustomer', {}, access))
          .then({ type: 'CustomerDeactivated', data: { customerId: 'c1', at: at() } });
    });

    it('also with what it is to become', () => {
      const refused = (data: object, access: WriteAccess) =>
        given(registered)
          .when(order('ChangeCustomer', data, access))
          .thenRefuses(NotYours);
      refused({ ownerOfficerId: 'ann' }, own);
      refused({ branchId: 'NORTH' }, branch);
    });
  });

  it('nobody knows is not changed', () => given().when(order('DeactivateCustomer')).thenRefuses(UnknownHere));
});
