import type { Decider } from '#libs/kernel/domain/decider';
import { isTimezone } from '#libs/kernel/domain/timezone';
import { unreachable } from '#libs/kernel/domain/unreachable';
import {
  AlreadyExists,
  ChangedSince,
  NotPossibleNow,
  OrganizationInvalid,
  UnknownHere,
} from '../organization.errors.js';
import type { ActivateUnit, ChangeUnit, DeactivateUnit, OpenUnit, UnitCommand, UnitDetails } from './unit.commands.js';
import type { UnitEvent, UnitKind } from './unit.events.js';
import {
  below,
  childrenOf,
  emptyTree,
  evolve,
  levels,
  MOST_LEVELS,
  pathUp,
  ROOT,
  type Tree,
  type Unit,
} from './unit.tree.js';

const CODE = /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/;
const LONGEST_NAME = 200;

function open({ data, facts, metadata }: OpenUnit, tree: Tree): UnitEvent[] {
  const { code, name } = data;
  const { kind } = tree;
  if (!CODE.test(code))
    throw new OrganizationInvalid('/code', 'bad-format', 'A code is 1 to 32 letters, digits, _ and -.');
  const holder = [...tree.units.keys()].find((known) => known.toLowerCase() === code.toLowerCase());
  if (holder !== undefined) throw new AlreadyExists(`There is a ${kind} with this code.`, { id: holder });
  const parentId = data.parentId ?? (kind === 'branch' ? ROOT.code : null);
  check({ ...data, name }, facts, tree);
  checkPlace(tree, parentId, 1);
  const { managerId = null, timezone = null, calendarId = null } = data;
  return [
    ...beginning(tree, metadata.now),
    {
      type: 'UnitOpened',
      data: { kind, code, parentId, name: name.trim(), managerId, timezone, calendarId, at: metadata.now },
    },
  ];
}

function change({ data, facts, metadata }: ChangeUnit, tree: Tree): UnitEvent[] {
  const unit = known(tree, data.code, facts.expectedRevision);
  const { kind } = tree;
  const { code } = unit;
  check(data, facts, tree);
  const { parentId = unit.parentId } = data;
  if (parentId !== unit.parentId) {
    if (isRoot(tree, code)) throw new NotPossibleNow('The root branch stays at the top.');
    if (kind === 'branch' && parentId === null)
      throw new OrganizationInvalid('/parentId', 'required', 'Every branch but the root belongs to another one.');
    if (parentId !== null && below(tree, code).includes(parentId))
      throw new OrganizationInvalid('/parentId', 'circle', `${parentId} is ${code} or lies below it.`);
    checkPlace(tree, parentId, levels(tree, code));
  }
  const { managerId = unit.managerId, timezone = unit.timezone, calendarId = unit.calendarId } = data;
  const name = data.name?.trim() ?? unit.name;
  const isSame =
    name === unit.name && managerId === unit.managerId && timezone === unit.timezone && calendarId === unit.calendarId;
  const at = metadata.now;
  const events: UnitEvent[] = [];
  if (!isSame) events.push({ type: 'UnitDescribed', data: { kind, code, name, managerId, timezone, calendarId, at } });
  if (parentId !== unit.parentId)
    events.push({ type: 'UnitMoved', data: { kind, code, from: unit.parentId, parentId, at } });
  return events.length > 0 ? [...beginning(tree, at), ...events] : [];
}

function deactivate({ data, facts, metadata }: DeactivateUnit, tree: Tree): UnitEvent[] {
  const { code, active } = known(tree, data.code, facts.expectedRevision);
  const { kind } = tree;
  if (!active) return [];
  if (isRoot(tree, code)) throw new NotPossibleNow('The root branch stays active.');
  const children = childrenOf(tree, code).flatMap((child) => (child.active ? [child.code] : []));
  if (children.length > 0)
    throw new NotPossibleNow(
      `${code} has active ${plural(kind)} below it: move or deactivate ${listed(children)} first.`,
      { children },
    );
  const { people } = facts;
  if (people > 0)
    throw new NotPossibleNow(
      `${people} active ${people === 1 ? 'person belongs' : 'people belong'} to ${code}: move them to another ${kind} or deactivate them first.`,
      { people },
    );
  return [{ type: 'UnitDeactivated', data: { kind, code, at: metadata.now } }];
}

function activate({ data, facts, metadata }: ActivateUnit, tree: Tree): UnitEvent[] {
  const { code, active, parentId } = known(tree, data.code, facts.expectedRevision);
  if (active) return [];
  if (parentId !== null && tree.units.get(parentId)?.active === false)
    throw new NotPossibleNow(`${parentId} above it is not active: activate that first, or move ${code}.`);
  return [{ type: 'UnitActivated', data: { kind: tree.kind, code, at: metadata.now } }];
}

/** The root branch is recorded before anything else is. */
const beginning = ({ kind, begun }: Tree, at: string): UnitEvent[] =>
  kind === 'branch' && !begun ? [{ type: 'UnitOpened', data: { kind, ...ROOT, at } }] : [];

const isRoot = ({ kind }: Tree, code: string): boolean => kind === 'branch' && code === ROOT.code;

function known({ kind, units }: Tree, code: string, expectedRevision: bigint | undefined): Unit {
  const unit = units.get(code);
  if (!unit) throw new UnknownHere(`There is no ${kind} of this code.`);
  if (expectedRevision !== undefined && expectedRevision !== unit.revision) throw new ChangedSince(unit.revision);
  return unit;
}

function check(
  { name, managerId, timezone, calendarId }: UnitDetails,
  { managerIsThere, calendarIsThere }: OpenUnit['facts'],
  { kind }: Tree,
): void {
  if (name !== undefined && (name.trim() === '' || name.length > LONGEST_NAME))
    throw new OrganizationInvalid('/name', 'bad-format', `A name has 1 to ${LONGEST_NAME} characters.`);
  if (typeof managerId === 'string' && !managerIsThere)
    throw new OrganizationInvalid('/managerId', 'unknown', `The manager of a ${kind} is an active person here.`);
  if (typeof timezone === 'string' && !isTimezone(timezone))
    throw new OrganizationInvalid('/timezone', 'unknown-value', 'Name a time zone such as Europe/Rome.');
  if (typeof calendarId === 'string' && !calendarIsThere)
    throw new OrganizationInvalid('/calendarId', 'unknown', 'There is no calendar of this key.');
}

/** @param taken levels that what is put there takes */
function checkPlace(tree: Tree, parentId: string | null, taken: number): void {
  const path = pathUp(tree, parentId);
  const [parent] = path;
  if (parentId !== null && !parent)
    throw new OrganizationInvalid('/parentId', 'unknown', `There is no ${tree.kind} ${parentId}.`);
  if (parent?.active === false)
    throw new OrganizationInvalid('/parentId', 'not-active', `${parent.code} is not active.`);
  if (path.length + taken > MOST_LEVELS)
    throw new OrganizationInvalid('/parentId', 'too-deep', `${plural(tree.kind)} have ${MOST_LEVELS} levels at most.`);
}

const plural = (kind: UnitKind): string => (kind === 'branch' ? 'branches' : 'departments');

const MOST_NAMED = 5;
const listed = (codes: readonly string[]): string =>
  codes.length > MOST_NAMED
    ? `${codes.slice(0, MOST_NAMED).join(', ')} and ${codes.length - MOST_NAMED} more`
    : codes.join(', ');

export const unitDecider = (kind: UnitKind): Decider<Tree, UnitCommand, UnitEvent> => ({
  initialState: emptyTree(kind),
  evolve,
  decide(command, tree) {
    switch (command.type) {
      case 'OpenUnit':
        return open(command, tree);
      case 'ChangeUnit':
        return change(command, tree);
      case 'DeactivateUnit':
        return deactivate(command, tree);
      case 'ActivateUnit':
        return activate(command, tree);
      default:
        return unreachable(command);
    }
  },
});
