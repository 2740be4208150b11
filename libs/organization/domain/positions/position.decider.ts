import type { Decider } from '#libs/kernel/domain/decider';
import { unreachable } from '#libs/kernel/domain/unreachable';
import { changesBetween } from '../changes.js';
import {
  AlreadyExists,
  ChangedSince,
  NotPossibleNow,
  OrganizationInvalid,
  UnknownHere,
} from '../organization.errors.js';
import type { ChangePosition, OpenPosition, PositionCommand, PositionFacts } from './position.commands.js';
import type { PositionEvent } from './position.events.js';
import { evolve, noPositions, type Position, type Positions } from './position.state.js';

const CODE = /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/;

function open({ data, facts, metadata }: OpenPosition, positions: Positions): PositionEvent[] {
  const { code } = data;
  if (!CODE.test(code))
    throw new OrganizationInvalid('/code', 'bad-format', 'A code is 1 to 32 letters, digits, _ and -.');
  const holder = [...positions.keys()].find((known) => known.toLowerCase() === code.toLowerCase());
  if (holder !== undefined) throw new AlreadyExists('There is a position with this code.', { id: holder });
  const { departmentId = null, grade = null, approvalLimit = null, defaultRoles = [] } = data;
  checkDepartment(departmentId, facts);
  const title = data.title.trim();
  const details = { title, departmentId, grade, approvalLimit, defaultRoles: [...new Set(defaultRoles)] };
  return [{ type: 'PositionOpened', data: { code, ...details, at: metadata.now } }];
}

function change({ data, facts, metadata }: ChangePosition, positions: Positions): PositionEvent[] {
  const { active: _, revision: __, code, ...before } = known(positions, data.code, facts);
  const { title = before.title, departmentId, grade, approvalLimit, defaultRoles = before.defaultRoles } = data;
  if (departmentId !== undefined && departmentId !== before.departmentId) checkDepartment(departmentId, facts);
  const after = {
    title: title.trim(),
    departmentId: departmentId === undefined ? before.departmentId : departmentId,
    grade: grade === undefined ? before.grade : grade,
    approvalLimit: approvalLimit === undefined ? before.approvalLimit : approvalLimit,
    defaultRoles: [...new Set(defaultRoles)],
  };
  if (changesBetween({ ...before, defaultRoles: [...before.defaultRoles] }, after).length === 0) return [];
  return [{ type: 'PositionDescribed', data: { code, ...after, at: metadata.now } }];
}

function checkDepartment(departmentId: string | null, { departmentIsThere }: PositionFacts): void {
  if (departmentId !== null && !departmentIsThere)
    throw new OrganizationInvalid('/departmentId', 'unknown', 'departmentId names no department that is active.');
}

function known(positions: Positions, code: string, { expectedRevision }: PositionFacts): Position {
  const position = positions.get(code);
  if (!position) throw new UnknownHere();
  if (expectedRevision !== undefined && expectedRevision !== position.revision)
    throw new ChangedSince(position.revision);
  return position;
}

export const positionDecider: Decider<Positions, PositionCommand, PositionEvent> = {
  initialState: noPositions,
  evolve,
  decide(command, positions) {
    const { type, data, facts, metadata } = command;
    const { now: at } = metadata;
    switch (type) {
      case 'OpenPosition':
        return open(command, positions);
      case 'ChangePosition':
        return change(command, positions);
      case 'DeactivatePosition': {
        const { code, active } = known(positions, data.code, facts);
        if (!active) return [];
        const { people } = facts;
        if (people > 0)
          throw new NotPossibleNow(`Active people are in ${code} (${people}): move or deactivate them first.`, {
            people,
          });
        return [{ type: 'PositionDeactivated', data: { code, at } }];
      }
      case 'ActivatePosition': {
        const { code, active } = known(positions, data.code, facts);
        return active ? [] : [{ type: 'PositionActivated', data: { code, at } }];
      }
      default:
        return unreachable(type);
    }
  },
};
