import type { Clock } from '#libs/kernel/application/clock';
import { scopeOf } from '../domain/permissions.js';
import { rolesAt, type Registered } from '../domain/user.state.js';
import type { DirectoryView, Person } from './directory.js';

/** The people of a workspace, frozen at one revision and one instant. */
export class MemoryView implements DirectoryView {
  private readonly people = new Map<string, Person>();
  private readonly holdersByRole = new Map<string, readonly string[]>();
  /** When the next role begins or ends by itself; Infinity = never. */
  private readonly trueUntil: number;

  constructor(
    members: ReadonlyMap<string, Registered>,
    readonly revision: string,
    now: string,
  ) {
    let next = Infinity;
    for (const user of members.values()) {
      this.people.set(user.userId, personOf(user, now));
      for (const { from, to } of user.roles)
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

function personOf({ userId, username, roles, status, branchId, managerId }: Registered, now: string): Person {
  const held = rolesAt(roles, now);
  return Object.freeze({
    userId,
    username: username ?? userId,
    roles: Object.freeze(held),
    active: status === 'active',
    mayDecide: scopeOf('review:decide', held) !== undefined,
    branchId,
    ...(managerId === undefined ? {} : { managerId }),
  });
}

export const emptyView: DirectoryView = Object.freeze({ revision: '', person: () => undefined, holders: () => [] });
