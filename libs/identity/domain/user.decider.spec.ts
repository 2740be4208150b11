import { foldAll, specFor } from '#libs/testing/given';
import {
  ConcurrentRegistration,
  InvalidPlace,
  InvalidUser,
  LastAdministrator,
  NoSuchAbsence,
  UserNotActive,
  UsernameTaken,
} from './identity.errors.js';
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

  describe('as a whole person', () => {
    const moved = (place: object): UserEvent => ({
      type: 'UserMoved',
      data: {
        userId,
        branchId: 'HQ',
        departmentId: null,
        positionId: null,
        managerId: null,
        ...place,
        movedBy: 'usr_admin',
        at: at('10:00'),
      },
    });
    const change = (data: object, known = {}) => order('ChangeUser', { userId, ...data }, '10:00', known);

    it('is told apart from the place: two events, and only for what is new', () => {
      given(ann)
        .when(change({ lastName: 'Archer', email: 'ann@bank.example', branchId: 'HQ', departmentId: 'CREDIT' }))
        .then(
          {
            type: 'PersonalDetailsChanged',
            data: { userId, lastName: 'Archer', email: 'ann@bank.example', changedBy: 'usr_admin', at: at('10:00') },
          },
          moved({ departmentId: 'CREDIT' }),
        );
      given(ann)
        .when(change({ branchId: 'HQ', email: null }))
        .thenNothing();
    });

    it('keeps what was not named, and loses what was taken away', () => {
      const details = (data: object): UserEvent =>
        ({ type: 'PersonalDetailsChanged', data: { userId, ...data, changedBy: 'x', at: at('09:30') } }) as UserEvent;
      const told = [ann, details({ firstName: 'Ann', email: 'a@b.c' }), details({ email: null })];
      expect(foldAll(userDecider, told)).toMatchObject({ firstName: 'Ann', email: undefined });
      given(ann, moved({ departmentId: 'CREDIT', managerId: 'usr_mia' }))
        .when(change({ departmentId: null }))
        .then(moved({ managerId: 'usr_mia' }));
    });

    it('belongs only where there is something, and all that is wrong is told at once', () => {
      const nothing = { isBranch: () => false, isDepartment: () => false, isPosition: () => false };
      const run = () =>
        userDecider.decide(
          change(
            { branchId: 'X', departmentId: 'Y', positionId: 'Z', managerId: 'M' },
            { ...nothing, standingOf: () => 'unknown' },
          ),
          foldAll(userDecider, [ann]),
        );
      expect(run).toThrow(InvalidPlace);
      expect(run).toThrow(
        expect.objectContaining({
          details: {
            errors: ['/branchId', '/departmentId', '/positionId', '/managerId'].map((pointer) =>
              expect.objectContaining({ pointer }),
            ),
          },
        }),
      );
      // A branch that was closed since does not keep a person in it from being given a department.
      given(ann)
        .when(change({ departmentId: 'CREDIT' }, { isBranch: () => false }))
        .then(moved({ departmentId: 'CREDIT' }));
    });

    it('has nobody above who is below', () => {
      const above: Record<string, string> = { usr_mia: 'usr_bob', usr_bob: userId };
      given(ann)
        .when(change({ managerId: 'usr_mia' }, { managerOf: (it: string) => above[it] }))
        .thenRefuses(InvalidPlace);
      given(ann)
        .when(change({ managerId: userId }))
        .thenRefuses(InvalidPlace);
      given(ann)
        .when(
          change(
            { managerId: 'usr_mia' },
            { managerOf: (it: string) => ({ usr_mia: 'usr_bob', usr_bob: 'usr_mia' })[it] },
          ),
        )
        .then(moved({ managerId: 'usr_mia' }));
    });

    it.each(['ann', 'a@', '@b', 'a b@c', 'a@b@c', 'a@b\u0000'])('has no address like %j', (email) =>
      given(ann).when(change({ email })).thenRefuses(InvalidUser),
    );
  });

  describe('in roles over time', () => {
    const grantOf = (role: 'officer' | 'manager' | 'admin', more: object = {}, time = '10:00', known = {}) =>
      order('GrantRole', { userId, role, ...more }, time, known);
    const rolesAfter = (...commands: ReturnType<typeof grantOf>[]) =>
      commands.reduce<readonly UserEvent[]>(
        (history, command) => [...history, ...userDecider.decide(command, foldAll(userDecider, history))],
        [ann],
      );
    const heldAt = (history: readonly UserEvent[], time: string) => {
      const state = foldAll(userDecider, history);
      return 'userId' in state ? rolesAt(state.roles, at(time)) : [];
    };

    it('holds one twice, with a pause between', () => {
      const history = rolesAfter(
        grantOf('manager', { to: at('12:00') }),
        grantOf('manager', { from: at('14:00'), to: at('16:00') }),
      );
      expect(
        ['11:59', '12:00', '13:59', '14:00', '16:00'].map((time) => heldAt(history, time).includes('manager')),
      ).toEqual([true, false, false, true, false]);
    });

    it('holds it by the newest word about the time from its beginning on', () => {
      const history = rolesAfter(grantOf('officer', { from: at('12:00'), to: at('13:00') }));
      expect(['11:59', '12:30', '13:00'].map((time) => heldAt(history, time))).toEqual([['officer'], ['officer'], []]);
    });

    it('is not granted one in the past, or for no time', () => {
      for (const more of [{ from: at('09:59') }, { to: at('10:00') }, { from: at('12:00'), to: at('12:00') }])
        given(ann).when(grantOf('manager', more)).thenRefuses(InvalidUser);
    });
  });

  describe('who is the last administrator', () => {
    const alone = { anotherAdministrator: undefined };
    const admin: UserEvent = {
      ...ann,
      data: { ...ann.data, roles: [{ role: 'admin', from: at('09:00'), to: null }] },
    } as UserEvent;
    const orders = (known: object) => [
      order('RevokeRole', { userId, role: 'admin' }, '10:00', known),
      order('GrantRole', { userId, role: 'admin', to: at('11:00') }, '10:00', known),
      order('DeactivateUser', { userId }, '10:00', known),
      order('SuspendUser', { userId }, '10:00', known),
    ];

    it('stays one', () => {
      for (const command of orders(alone)) given(admin).when(command).thenRefuses(LastAdministrator);
      for (const command of orders({}))
        expect(userDecider.decide(command, foldAll(userDecider, [admin]))).toHaveLength(1);
    });

    it('may lose anything else, and who is none may leave', () => {
      expect(
        userDecider.decide(
          order('GrantRole', { userId, role: 'viewer' }, '10:00', alone),
          foldAll(userDecider, [admin]),
        ),
      ).toHaveLength(1);
      given(ann)
        .when(order('DeactivateUser', { userId }, '17:00', alone))
        .then(left);
    });

    it('may be given the role anew from later on', () =>
      expect(
        userDecider.decide(
          order('GrantRole', { userId, role: 'admin', from: at('12:00') }, '10:00', alone),
          foldAll(userDecider, [admin]),
        ),
      ).toEqual([]));
  });

  describe('who may not act', () => {
    const suspended: UserEvent = { type: 'UserSuspended', data: { userId, suspendedBy: 'usr_admin', at: at('10:00') } };
    const activated: UserEvent = { type: 'UserActivated', data: { userId, activatedBy: 'usr_admin', at: at('12:00') } };

    it('is suspended once, and comes back with the roles of before', () => {
      given(ann)
        .when(order('SuspendUser', { userId }, '10:00'))
        .then(suspended);
      given(ann, suspended)
        .when(order('SuspendUser', { userId }, '11:00'))
        .thenNothing();
      given(ann, suspended)
        .when(order('GrantRole', { userId, role: 'manager' }, '11:00'))
        .thenRefuses(UserNotActive);
      given(ann, suspended)
        .when(order('ActivateUser', { userId }, '12:00'))
        .then(activated);
      given(ann)
        .when(order('ActivateUser', { userId }, '12:00'))
        .thenNothing();
      expect(foldAll(userDecider, [ann, suspended, activated])).toMatchObject({
        status: 'active',
        roles: [{ role: 'officer' }],
      });
    });

    it('and has left, is not suspended or changed, but may come back', () => {
      given(ann, left)
        .when(order('SuspendUser', { userId }, '18:00'))
        .thenRefuses(UserNotActive);
      given(ann, left)
        .when(order('ChangeUser', { userId, firstName: 'Ann' }, '18:00'))
        .thenRefuses(UserNotActive);
      expect(
        userDecider.decide(order('ActivateUser', { userId }, '18:00'), foldAll(userDecider, [ann, left])),
      ).toMatchObject([{ type: 'UserActivated' }]);
    });
  });

  describe('who is away', () => {
    const absence = { userId, absenceId: 'a1', from: at('12:00'), until: at('16:00'), substituteId: 'usr_bob' };
    const entered: UserEvent = {
      type: 'AbsenceEntered',
      data: { ...absence, enteredBy: 'usr_admin', at: at('10:00') },
    };
    const enter = (more = {}) => order('EnterAbsence', { ...absence, ...more }, '10:00');
    const end = (time: string, absenceId = 'a1') => order('EndAbsence', { userId, absenceId }, time);
    const ended = (time: string): UserEvent => ({
      type: 'AbsenceEnded',
      data: { userId, absenceId: 'a1', endedBy: 'usr_admin', at: at(time) },
    });

    it('is so for a time that comes', () => {
      given(ann).when(enter()).then(entered);
      given(ann)
        .when(enter({ until: at('12:00') }))
        .thenRefuses(InvalidUser);
      given(ann)
        .when(enter({ from: at('07:00'), until: at('10:00') }))
        .thenRefuses(InvalidUser);
      given(ann, left).when(enter()).thenRefuses(UserNotActive);
    });

    it('is not substituted by whoever says so', () =>
      given(ann)
        .when(enter({ substituteId: 'usr_admin' }))
        .thenRefuses(InvalidUser));

    it('comes back early, once', () => {
      given(ann, entered).when(end('14:00')).then(ended('14:00'));
      given(ann, entered, ended('14:00')).when(end('15:00')).thenNothing();
      given(ann, entered).when(end('16:00')).thenNothing();
      given(ann, entered).when(end('14:00', 'another')).thenRefuses(NoSuchAbsence);
      expect(foldAll(userDecider, [ann, entered, ended('14:00')])).toMatchObject({
        absences: [{ until: at('14:00') }],
      });
      expect(foldAll(userDecider, [ann, entered, ended('11:00')])).toMatchObject({ absences: [] });
    });
  });
});
