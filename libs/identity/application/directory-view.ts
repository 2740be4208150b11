import type { Clock } from '#libs/kernel/application/clock';
import { scopeOf } from '../domain/permissions.js';
import type { ServiceAccount } from '../domain/service-account.js';
import { rolesAt, type Registered } from '../domain/user.state.js';
import type { DirectoryView, Person } from './directory.js';

/** A person, or a program with an account of its own. */
export type Member = Registered | ServiceAccount;

export const isProgram = (member: Member): member is ServiceAccount => 'serviceId' in member;
export const isPerson = (member: Member): member is Registered => !isProgram(member);
/** The stream of a person or a program. */
export const streamOf = (id: string, program: boolean): string => `${program ? 'service' : 'user'}-${id}`;
export const idOf = (member: Member): string => (isProgram(member) ? member.serviceId : member.userId);

/** The people of a workspace, frozen at one revision and one instant. */
export class MemoryView implements DirectoryView {
  private readonly people = new Map<string, Person>();
  private readonly holdersByRole = new Map<string, readonly string[]>();
  private readonly streams = new Map<string, readonly [streamId: string, revision: bigint]>();
  /** When the next role begins or ends by itself; Infinity = never. */
  private readonly trueUntil: number;

  constructor(
    members: ReadonlyMap<string, Member>,
    readonly revision: string,
    now: string,
    revisionOf: (streamId: string) => bigint,
  ) {
    let next = Infinity;
    for (const member of members.values()) {
      const streamId = streamOf(idOf(member), isProgram(member));
      this.streams.set(idOf(member), [streamId, revisionOf(streamId)]);
      this.people.set(idOf(member), isProgram(member) ? programOf(member) : personOf(member, now));
      if (isProgram(member)) continue;
      for (const { from, to } of member.roles)
        for (const instant of [from, to])
          if (instant !== null && instant > now) next = Math.min(next, Date.parse(instant));
    }
    this.trueUntil = next;
  }

  isTrueAt(clock: Clock): boolean {
    return this.trueUntil === Infinity || clock.now().getTime() < this.trueUntil;
  }

  person(userId: string): Person | undefined {
    return this.people.get(userId);
  }

  everyone(): readonly Person[] {
    return [...this.people.values()];
  }

  reliesOn(userIds: Iterable<string>): ReadonlyMap<string, bigint> {
    return new Map([...userIds].flatMap((userId) => [this.streams.get(userId)].filter((found) => found !== undefined)));
  }

  holders(role: string): readonly string[] {
    const known = this.holdersByRole.get(role);
    if (known) return known;
    const holders = [...this.people.values()]
      .filter(({ active, roles }) => active && roles.includes(role))
      .map(({ userId }) => userId)
      .sort();
    this.holdersByRole.set(role, holders);
    return holders;
  }
}

function personOf(user: Registered, now: string): Person {
  const { userId, username, roles, status, branchId, departmentId, positionId, managerId } = user;
  const held = rolesAt(roles, now);
  return Object.freeze({
    userId,
    username: username ?? userId,
    roles: Object.freeze(held),
    active: status === 'active',
    mayDecide: scopeOf('review:decide', held) !== undefined,
    branchId,
    ...(departmentId === undefined ? {} : { departmentId }),
    ...(positionId === undefined ? {} : { positionId }),
    ...(managerId === undefined ? {} : { managerId }),
  });
}

/** A program among the people: it may be named wherever a person is. */
const programOf = ({ serviceId, name, role, status, branchId, grants }: ServiceAccount): Person =>
  Object.freeze({
    userId: serviceId,
    username: name,
    roles: Object.freeze([role]),
    active: status === 'active',
    mayDecide: scopeOf('review:decide', [role]) !== undefined,
    branchId,
    grants,
  });

export const emptyView: DirectoryView = Object.freeze({
  revision: '',
  person: () => undefined,
  holders: () => [],
  everyone: () => [],
  reliesOn: () => new Map(),
});
