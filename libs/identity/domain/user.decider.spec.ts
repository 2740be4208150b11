import { foldAll, specFor } from '#libs/testing/given';
import { ConcurrentRegistration, InvalidUser, UserNotActive, UsernameTaken } from './identity.errors.js';
import { userDecider } from './user.decider.js';
import type { UserEvent } from './user.events.js';
import { ann, at, order } from './user.examples.js';
import { rolesAt } from './user.state.js';

const given = specFor(userDecider);
const userId = 'usr_ann';
const register = order(
  'RegisterUser',
  { userId, username: 'ann', roles: ['officer', 'officer'], branchId: 'HQ' },
  '09:00',
);
const left: UserEvent = { type: 'UserDeactivated', data: { userId, deactivatedBy: 'usr_admin', at: at('17:00') } };

describe('a user', () => {
  it('is registered with each role once, from now on', () => given().when(register).then(ann));

  it('is registered once', () => given(ann).when(register).thenRefuses(UsernameTaken));

  it('that was given up by a slow registration is not begun again', () =>
    given({ type: 'RegistrationAbandoned', data: { userId, at: at('08:00') } })
      .when(register)
      .thenRefuses(ConcurrentRegistration));

  it.each(['a', '.ann', 'ann.', 'an n', 'an\u0000n', 'a'.repeat(65), ''])('cannot be called %j', (username) =>
    given()
      .when(order('RegisterUser', { userId, username, roles: [], branchId: 'HQ' }, '09:00'))
      .thenRefuses(InvalidUser),
  );

  it('is a person or an assistant, never both', () => {
    given()
      .when(
        order('RegisterUser', { userId, username: 'ann', roles: ['assistant', 'manager'], branchId: 'HQ' }, '09:00'),
      )
      .thenRefuses(InvalidUser);
    given(ann)
      .when(order('GrantRole', { userId, role: 'assistant' }, '10:00'))
      .thenRefuses(InvalidUser);
  });

  it.each(['ann', 'ann.archer@bank.example', 'Žofie', '李明', 'a1'])('may be called %j', (username) => {
    expect(() =>
      userDecider.decide(order('RegisterUser', { userId, username, roles: [], branchId: 'HQ' }, '09:00'), {
        status: 'unknown',
      }),
    ).not.toThrow();
  });

  it('is granted a role until a time', () =>
    given(ann)
      .when(order('GrantRole', { userId, role: 'manager', to: at('18:00'), reason: 'Holiday cover' }, '10:00'))
      .then({
        type: 'RoleGranted',
        data: {
          userId,
          role: 'manager',
          from: at('10:00'),
          to: at('18:00'),
          grantedBy: 'usr_admin',
          reason: 'Holiday cover',
          at: at('10:00'),
        },
      }));

  it('who holds the role is granted nothing', () =>
    given(ann)
      .when(order('GrantRole', { userId, role: 'officer' }, '10:00'))
      .thenNothing());

  it('loses a role held, and nothing else', () => {
    given(ann)
      .when(order('RevokeRole', { userId, role: 'officer' }, '11:00'))
      .then({ type: 'RoleRevoked', data: { userId, role: 'officer', revokedBy: 'usr_admin', at: at('11:00') } });
    given(ann)
      .when(order('RevokeRole', { userId, role: 'manager' }, '11:00'))
      .thenNothing();
  });

  it('leaves once, and is granted nothing afterwards', () => {
    given(ann)
      .when(order('DeactivateUser', { userId }, '17:00'))
      .then(left);
    given(ann, left)
      .when(order('DeactivateUser', { userId }, '18:00'))
      .thenNothing();
    given(ann, left)
      .when(order('GrantRole', { userId, role: 'manager' }, '18:00'))
      .thenRefuses(UserNotActive);
  });

  it('nobody knows is not changed', () => {
    for (const type of ['GrantRole', 'RevokeRole'] as const)
      given()
        .when(order(type, { userId, role: 'officer' }, '10:00'))
        .thenRefuses(UserNotActive);
    given()
      .when(order('DeactivateUser', { userId }, '10:00'))
      .thenRefuses(UserNotActive);
  });

  it('holds a role from its first instant until before its last', () => {
    const held = [
      { role: 'officer', from: at('09:00'), to: null },
      { role: 'manager', from: at('10:00'), to: at('12:00') },
    ];
    expect(['08:59', '09:00', '10:00', '11:59', '12:00'].map((time) => rolesAt(held, at(time)).join())).toEqual([
      '',
      'officer',
      'manager,officer',
      'manager,officer',
      'officer',
    ]);
  });

  it('has no name any more once the key was destroyed', () => {
    const erased = { ...ann, data: { ...ann.data, username: { $erased: true } } } as UserEvent;
    expect(foldAll(userDecider, [erased])).toMatchObject({ status: 'active', userId, username: undefined });
  });
});
