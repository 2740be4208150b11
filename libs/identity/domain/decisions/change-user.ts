import { checkEmail } from '../email.js';
import { InvalidPlace, unknownPlace, UserNotActive } from '../identity.errors.js';
import type { ChangeUser, PlaceFacts } from '../user.commands.js';
import type { UserEvent } from '../user.events.js';
import { isRegistered, type Place, type Registered, type User } from '../user.state.js';

/** What is personal and what is not are two events: one is sealed and can be erased, the other says who may do what. */
export function changeUser({ data, facts, metadata }: ChangeUser, user: User): readonly UserEvent[] {
  if (!isRegistered(user) || user.status === 'deactivated') throw new UserNotActive();
  const { userId } = data;
  const { now: at, actor } = metadata;
  if (typeof data.email === 'string') checkEmail(data.email);
  const details = changedDetails(data, user);
  const place = movedTo(data, user);
  if (place) checkPlace(userId, place, facts, user);
  return [
    ...(details
      ? [{ type: 'PersonalDetailsChanged' as const, data: { userId, ...details, changedBy: actor.id, at } }]
      : []),
    ...(place ? [{ type: 'UserMoved' as const, data: { userId, ...nullable(place), movedBy: actor.id, at } }] : []),
  ];
}

const detailNames = ['displayName', 'firstName', 'lastName', 'email'] as const;
const placeNames = ['branchId', 'departmentId', 'positionId', 'managerId'] as const;

function changedDetails(data: ChangeUser['data'], user: Registered): object | undefined {
  const changed = detailNames.filter((name) => data[name] !== undefined && (data[name] ?? undefined) !== user[name]);
  return changed.length === 0 ? undefined : Object.fromEntries(changed.map((name) => [name, data[name]]));
}

/** Undefined when it is where the person is already. */
function movedTo(data: ChangeUser['data'], user: Registered): Place | undefined {
  const told = <T>(value: T | null | undefined, before: T | undefined) =>
    value === undefined ? before : (value ?? undefined);
  const place: Place = {
    branchId: data.branchId ?? user.branchId,
    departmentId: told(data.departmentId, user.departmentId),
    positionId: told(data.positionId, user.positionId),
    managerId: told(data.managerId, user.managerId),
  };
  return placeNames.some((name) => place[name] !== user[name]) ? place : undefined;
}

const nullable = ({ branchId, departmentId, positionId, managerId }: Place) => ({
  branchId,
  departmentId: departmentId ?? null,
  positionId: positionId ?? null,
  managerId: managerId ?? null,
});

/**
 * What is new about a place has to be there: what somebody had before may have gone since.
 * @throws InvalidPlace
 */
export function checkPlace(
  userId: string,
  place: Partial<Place> & Pick<Place, 'branchId'>,
  facts: PlaceFacts,
  before?: Place,
): void {
  const isNew = (name: keyof Place) => place[name] !== undefined && place[name] !== before?.[name];
  const { branchId, departmentId = '', positionId = '', managerId = '' } = place;
  const faults = [
    ...(isNew('branchId') && !facts.isBranch(branchId) ? [unknownPlace('branchId', 'branch')] : []),
    ...(isNew('departmentId') && !facts.isDepartment(departmentId) ? [unknownPlace('departmentId', 'department')] : []),
    ...(isNew('positionId') && !facts.isPosition(positionId) ? [unknownPlace('positionId', 'position')] : []),
    ...(isNew('managerId') ? managerFaults(userId, managerId, facts, unknownPlace('managerId', 'person')) : []),
  ];
  if (faults.length > 0) throw new InvalidPlace(faults);
}

type Fault = Readonly<{ pointer: string; code: string; detail: string }>;

function managerFaults(userId: string, managerId: string, facts: PlaceFacts, unknown: Fault): readonly Fault[] {
  if (managerId !== userId && facts.standingOf(managerId) !== 'active') return [unknown];
  const above = new Set<string>();
  for (let next: string | undefined = managerId; next !== undefined && !above.has(next); next = facts.managerOf(next))
    above.add(next);
  if (!above.has(userId)) return [];
  return [{ pointer: '/managerId', code: 'cycle', detail: 'Nobody is above themselves.' }];
}
