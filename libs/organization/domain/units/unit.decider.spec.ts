import fc from 'fast-check';
import { foldAll, specFor } from '#libs/testing/given';
import {
  AlreadyExists,
  ChangedSince,
  NotPossibleNow,
  OrganizationInvalid,
  UnknownHere,
} from '../organization.errors.js';
import { at, opened, root, unitOrder } from '../organization.examples.js';
import { unitDecider } from './unit.decider.js';
import type { UnitEvent } from './unit.events.js';
import { below, inForce, MOST_LEVELS, pathUp } from './unit.tree.js';

const branches = unitDecider('branch');
const departments = unitDecider('department');
const given = specFor(branches);
const moved = (code: string, from: string, parentId: string): UnitEvent => ({
  type: 'UnitMoved',
  data: { kind: 'branch', code, from, parentId, at: at() },
});
const closed = (code: string): UnitEvent => ({ type: 'UnitDeactivated', data: { kind: 'branch', code, at: at() } });

describe('A branch', () => {
  it('is opened below the root, which is recorded before it', () =>
    given()
      .when(unitOrder('OpenUnit', { code: 'NORTH', name: ' NORTH ' }))
      .then(root, opened('NORTH')));

  it('is opened below another one', () =>
    given(root, opened('NORTH'))
      .when(unitOrder('OpenUnit', { code: 'OSLO', name: 'OSLO', parentId: 'NORTH' }))
      .then(opened('OSLO', 'NORTH')));

  it.each(['NORTH', 'north', 'HQ', 'hq'])('cannot take the code %s of another one', (code) =>
    given(root, opened('NORTH'))
      .when(unitOrder('OpenUnit', { code, name: 'x' }))
      .thenRefuses(AlreadyExists),
  );

  it.each([
    { code: '-N', name: 'x' },
    { code: 'N'.repeat(33), name: 'x' },
    { code: 'N', name: ' ' },
    { code: 'N', name: 'x', parentId: 'NOWHERE' },
    { code: 'N', name: 'x', timezone: 'Mars/Olympus' },
  ])('is refused as %j', (data) => given().when(unitOrder('OpenUnit', data)).thenRefuses(OrganizationInvalid));

  it('has a manager who works here, and a calendar that exists', () => {
    const order = { code: 'N', name: 'x', managerId: 'gone', calendarId: 'none' };
    given()
      .when(unitOrder('OpenUnit', order, { managerIsThere: false }))
      .thenRefuses(OrganizationInvalid);
    given()
      .when(unitOrder('OpenUnit', order, { calendarIsThere: false }))
      .thenRefuses(OrganizationInvalid);
  });

  it('is not opened below one that is closed', () =>
    given(root, opened('NORTH'), closed('NORTH'))
      .when(unitOrder('OpenUnit', { code: 'OSLO', name: 'x', parentId: 'NORTH' }))
      .thenRefuses(OrganizationInvalid));

  it('is described and moved in one go, each on the record', () =>
    given(root, opened('NORTH'), opened('EUROPE'))
      .when(unitOrder('ChangeUnit', { code: 'NORTH', name: 'The North', timezone: 'Europe/Oslo', parentId: 'EUROPE' }))
      .then(
        {
          type: 'UnitDescribed',
          data: {
            kind: 'branch',
            code: 'NORTH',
            name: 'The North',
            managerId: null,
            timezone: 'Europe/Oslo',
            calendarId: null,
            at: at(),
          },
        },
        moved('NORTH', 'HQ', 'EUROPE'),
      ));

  it('that is told what it is already changes nothing', () => {
    given(root, opened('NORTH'))
      .when(unitOrder('ChangeUnit', { code: 'NORTH', name: 'NORTH', parentId: 'HQ', managerId: null }))
      .thenNothing();
    given(root, opened('NORTH'))
      .when(unitOrder('ActivateUnit', { code: 'NORTH' }))
      .thenNothing();
    given(root, opened('NORTH'), closed('NORTH'))
      .when(unitOrder('DeactivateUnit', { code: 'NORTH' }))
      .thenNothing();
  });

  it('cannot be put below itself, by no way', () => {
    const tree = [root, opened('A'), opened('B', 'A'), opened('C', 'B')];
    for (const parentId of ['A', 'B', 'C'])
      given(...tree)
        .when(unitOrder('ChangeUnit', { code: 'A', parentId }))
        .thenRefuses(OrganizationInvalid);
  });

  it('may have seven levels below the root, counting what moves with it', () => {
    const chain = ['B2', 'B3', 'B4', 'B5', 'B6', 'B7', 'B8'];
    const deep = [root, ...chain.map((code, i) => opened(code, chain[i - 1] ?? 'HQ')), opened('X'), opened('Y', 'X')];
    given(...deep)
      .when(unitOrder('OpenUnit', { code: 'B9', name: 'x', parentId: 'B8' }))
      .thenRefuses(OrganizationInvalid);
    given(...deep)
      .when(unitOrder('ChangeUnit', { code: 'X', parentId: 'B7' }))
      .thenRefuses(OrganizationInvalid);
    given(...deep)
      .when(unitOrder('ChangeUnit', { code: 'X', parentId: 'B6' }))
      .then(moved('X', 'HQ', 'B6'));
  });

  it('is changed at the revision that the client has seen, or not at all', () => {
    const order = { code: 'NORTH', name: 'x' };
    given(root, opened('NORTH'), opened('SOUTH'))
      .when(unitOrder('ChangeUnit', order, { expectedRevision: 2n }))
      .thenRefuses(ChangedSince);
    expect(
      branches.decide(
        unitOrder('ChangeUnit', order, { expectedRevision: 1n }),
        foldAll(branches, [root, opened('NORTH'), opened('SOUTH')]),
      ),
    ).toHaveLength(1);
  });

  it('is closed when nobody belongs to it and nothing is open below it', () => {
    const tree = [root, opened('NORTH'), opened('OSLO', 'NORTH')];
    const close = unitOrder('DeactivateUnit', { code: 'NORTH' });
    given(...tree)
      .when(close)
      .thenRefuses(NotPossibleNow);
    given(...tree, closed('OSLO'))
      .when(unitOrder('DeactivateUnit', { code: 'NORTH' }, { people: 1 }))
      .thenRefuses(NotPossibleNow);
    given(...tree, closed('OSLO'))
      .when(close)
      .then(closed('NORTH'));
  });

  it('tells what is in the way of closing it', () => {
    const why = (events: readonly UnitEvent[], people = 0) => {
      try {
        return branches.decide(unitOrder('DeactivateUnit', { code: 'A' }, { people }), foldAll(branches, events));
      } catch (refusal) {
        return (refusal as Error).message;
      }
    };
    expect(why([root, opened('A'), ...[1, 2, 3, 4, 5, 6].map((n) => opened(`A${n}`, 'A'))])).toBe(
      'A has active branches below it: move or deactivate A1, A2, A3, A4, A5 and 1 more first.',
    );
    expect(why([root, opened('A')], 2)).toBe(
      '2 active people belong to A: move them to another branch or deactivate them first.',
    );
  });

  it('is opened again after what is above it', () => {
    const tree = [root, opened('NORTH'), opened('OSLO', 'NORTH'), closed('OSLO'), closed('NORTH')];
    given(...tree)
      .when(unitOrder('ActivateUnit', { code: 'OSLO' }))
      .thenRefuses(NotPossibleNow);
    given(...tree)
      .when(unitOrder('ActivateUnit', { code: 'NORTH' }))
      .then({ type: 'UnitActivated', data: { kind: 'branch', code: 'NORTH', at: at() } });
  });

  it('takes what it has not said from above', () => {
    const described: UnitEvent = {
      type: 'UnitDescribed',
      data: {
        kind: 'branch',
        code: 'NORTH',
        name: 'x',
        managerId: null,
        timezone: null,
        calendarId: 'nordic',
        at: at(),
      },
    };
    const tree = foldAll(branches, [root, opened('NORTH'), opened('OSLO', 'NORTH'), described]);
    expect(inForce(tree, 'OSLO', 'calendarId')).toBe('nordic');
    expect(inForce(tree, 'OSLO', 'timezone')).toBe('UTC');
    expect(inForce(tree, 'OSLO', 'managerId')).toBeNull();
  });

  it('the root is described, and neither moved nor closed', () => {
    given()
      .when(unitOrder('DeactivateUnit', { code: 'HQ' }))
      .thenRefuses(NotPossibleNow);
    given(root, opened('A'))
      .when(unitOrder('ChangeUnit', { code: 'HQ', parentId: 'A' }))
      .thenRefuses(NotPossibleNow);
    given(root, opened('A'))
      .when(unitOrder('ChangeUnit', { code: 'A', parentId: null }))
      .thenRefuses(OrganizationInvalid);
    expect(branches.decide(unitOrder('ChangeUnit', { code: 'HQ', name: 'Oslo' }), branches.initialState)[0]).toEqual(
      root,
    );
  });

  it.each(['ChangeUnit', 'DeactivateUnit', 'ActivateUnit'] as const)('%s of one that nobody knows', (type) =>
    given(root)
      .when(unitOrder(type, { code: 'NOWHERE' }))
      .thenRefuses(UnknownHere),
  );
});

describe('A department', () => {
  it('may be at the top, and there is none at first', () => {
    specFor(departments)()
      .when(unitOrder('OpenUnit', { code: 'CREDIT', name: 'CREDIT' }))
      .then(opened('CREDIT', null, 'department'));
    specFor(departments)()
      .when(unitOrder('DeactivateUnit', { code: 'HQ' }))
      .thenRefuses(UnknownHere);
  });

  it('is put to the top again', () =>
    specFor(departments)(opened('CREDIT', null, 'department'), opened('SMALL', 'CREDIT', 'department'))
      .when(unitOrder('ChangeUnit', { code: 'SMALL', parentId: null }))
      .then({
        type: 'UnitMoved',
        data: { kind: 'department', code: 'SMALL', from: 'CREDIT', parentId: null, at: at() },
      }));
});

describe('The tree, whatever is asked of it', () => {
  const codes = ['HQ', 'A', 'B', 'C', 'D', 'E', 'F'];
  const code = fc.constantFrom(...codes);
  const order = fc.oneof(
    fc.tuple(code, code).map(([own, parentId]) => unitOrder('OpenUnit', { code: own, name: 'x', parentId })),
    fc.tuple(code, code).map(([own, parentId]) => unitOrder('ChangeUnit', { code: own, parentId })),
    code.map((own) => unitOrder('DeactivateUnit', { code: own })),
    code.map((own) => unitOrder('ActivateUnit', { code: own })),
  );

  it('has one root, no circle and no more than eight levels', () =>
    fc.assert(
      fc.property(fc.array(order, { maxLength: 60 }), (orders) => {
        let tree = branches.initialState;
        let revision = -1n;
        for (const each of orders) {
          let events: readonly UnitEvent[] = [];
          try {
            events = branches.decide(each, tree);
          } catch {
            continue;
          }
          for (const event of events)
            tree = branches.evolve(tree, event, { revision: ++revision, recordedAt: at(), actorId: 'ada' });
        }
        for (const unit of tree.units.values()) {
          const path = pathUp(tree, unit.code);
          expect(path.at(-1)?.code).toBe('HQ');
          expect(path.length).toBeLessThanOrEqual(MOST_LEVELS);
          if (unit.active) expect(path.every(({ active }) => active)).toBe(true);
        }
        expect(below(tree, 'HQ').toSorted()).toEqual([...tree.units.keys()].toSorted());
      }),
    ));
});
