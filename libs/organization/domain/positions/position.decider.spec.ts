import { specFor } from '#libs/testing/given';
import { at, metadata } from '../organization.examples.js';
import {
  AlreadyExists,
  ChangedSince,
  NotPossibleNow,
  OrganizationInvalid,
  UnknownHere,
} from '../organization.errors.js';
import type { PositionCommand, PositionFacts } from './position.commands.js';
import { positionDecider } from './position.decider.js';
import type { PositionEvent } from './position.events.js';

const given = specFor(positionDecider);
const order = (type: PositionCommand['type'], data: object, facts: Partial<PositionFacts> = {}): PositionCommand =>
  ({ type, data, facts: { departmentIsThere: true, people: 0, ...facts }, metadata: metadata() }) as PositionCommand;

const details = { title: 'Clerk', departmentId: null, grade: null, approvalLimit: null, defaultRoles: ['officer'] };
const opened: PositionEvent = { type: 'PositionOpened', data: { code: 'CLERK', ...details, at: at() } };
const described = (more: object): PositionEvent =>
  ({ type: 'PositionDescribed', data: { code: 'CLERK', ...details, ...more, at: at() } }) as PositionEvent;
const closed: PositionEvent = { type: 'PositionDeactivated', data: { code: 'CLERK', at: at() } };

describe('a position', () => {
  it('is opened under a code that nobody has, in any case', () => {
    given()
      .when(order('OpenPosition', { code: 'CLERK', title: ' Clerk ', defaultRoles: ['officer', 'officer'] }))
      .then(opened);
    given(opened)
      .when(order('OpenPosition', { code: 'clerk', title: 'Another' }))
      .thenRefuses(AlreadyExists);
    given()
      .when(order('OpenPosition', { code: '-', title: 'x' }))
      .thenRefuses(OrganizationInvalid);
  });

  it('belongs to a department that is there', () => {
    const nowhere = { departmentIsThere: false };
    given()
      .when(order('OpenPosition', { code: 'CLERK', title: 'x', departmentId: 'X' }, nowhere))
      .thenRefuses(OrganizationInvalid);
    given(opened)
      .when(order('ChangePosition', { code: 'CLERK', departmentId: 'X' }, nowhere))
      .thenRefuses(OrganizationInvalid);
    // What it belongs to may have gone since.
    given(opened, described({ departmentId: 'X' }))
      .when(order('ChangePosition', { code: 'CLERK', departmentId: 'X', grade: 'B' }, nowhere))
      .then(described({ departmentId: 'X', grade: 'B' }));
  });

  it('changes in what is new, by whoever has seen its newest revision', () => {
    const approvalLimit = { amountMinor: '100', currency: 'EUR' };
    given(opened)
      .when(order('ChangePosition', { code: 'CLERK', approvalLimit }))
      .then(described({ approvalLimit }));
    given(opened, described({ approvalLimit }))
      .when(order('ChangePosition', { code: 'CLERK', approvalLimit: null }))
      .then(described({}));
    given(opened)
      .when(order('ChangePosition', { code: 'CLERK', ...details }))
      .thenNothing();
    given(opened, described({ grade: 'B' }))
      .when(order('ChangePosition', { code: 'CLERK', grade: 'C' }, { expectedRevision: 0n }))
      .thenRefuses(ChangedSince);
    given(opened)
      .when(order('ChangePosition', { code: 'NONE', grade: 'C' }))
      .thenRefuses(UnknownHere);
  });

  it('is closed once nobody is in it, and opened again', () => {
    given(opened)
      .when(order('DeactivatePosition', { code: 'CLERK' }, { people: 2 }))
      .thenRefuses(NotPossibleNow);
    given(opened)
      .when(order('DeactivatePosition', { code: 'CLERK' }))
      .then(closed);
    given(opened, closed)
      .when(order('DeactivatePosition', { code: 'CLERK' }))
      .thenNothing();
    given(opened)
      .when(order('ActivatePosition', { code: 'CLERK' }))
      .thenNothing();
    given(opened, closed)
      .when(order('ActivatePosition', { code: 'CLERK' }))
      .then({ type: 'PositionActivated', data: { code: 'CLERK', at: at() } });
  });
});
