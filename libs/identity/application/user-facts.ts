import { Injectable } from '@nestjs/common';
import type { Premises } from '#libs/event-store/application/stream-handler';
import { ADMINISTRATOR } from '../domain/decisions/roles.js';
import type { AdministratorFacts, ChangeUser, Found, PlaceFacts, UserCommand } from '../domain/user.commands.js';
import type { UserEvent } from '../domain/user.events.js';
import { holdsForGood, type Registered } from '../domain/user.state.js';
import { AccessState } from './access-state.js';
import { isPerson } from './directory-view.js';
import { Places } from './places.js';

/** A command whose facts are not known yet. */
export type Asked = UserCommand extends infer C ? (C extends UserCommand ? Omit<C, 'facts'> : never) : never;

/**
 * What the decision on one person has to know of the others, and the check that it still holds when it is recorded:
 * two administrators who send each other away at the same moment write different streams.
 */
@Injectable()
export class UserFacts {
  constructor(
    private readonly access: AccessState,
    private readonly known: Places,
  ) {}

  /** The command with what is known now. */
  complete(asked: Asked): UserCommand {
    return { ...asked, facts: this.of(asked as UserCommand) } as UserCommand;
  }

  /** The people and the places that the decision relies on. */
  premises(): Premises<UserEvent, UserCommand> {
    return {
      seen: (_, command) => this.reliesOn(command),
      renewed: async (command) => {
        await Promise.all([this.access.current(), this.known.current()]);
        return this.complete(command) as never;
      },
    };
  }

  private of(command: UserCommand): UserCommand['facts'] {
    switch (command.type) {
      case 'RegisterUser':
      case 'ChangeUser':
        return this.places(command.metadata.workspaceId);
      case 'GrantRole':
      case 'RevokeRole':
      case 'SuspendUser':
      case 'DeactivateUser':
        return { anotherAdministrator: this.otherAdministrator(command) } satisfies AdministratorFacts;
      default:
        return {};
    }
  }

  private places(workspaceId: string): PlaceFacts {
    return {
      standingOf: (userId) => {
        const user = this.colleague(workspaceId, userId);
        if (!user) return 'unknown';
        return user.status === 'active' ? 'active' : 'inactive';
      },
      managerOf: (userId) => this.colleague(workspaceId, userId)?.managerId,
      isBranch: (branchId) => this.known.isBranch(workspaceId, branchId),
      isDepartment: (departmentId) => this.known.isDepartment(workspaceId, departmentId),
      isPosition: (positionId) => this.known.isPosition(workspaceId, positionId),
    };
  }

  private colleague(workspaceId: string, userId: string): Registered | undefined {
    const user = this.access.user(userId);
    return user?.workspaceId === workspaceId ? user : undefined;
  }

  private otherAdministrator({ data: { userId }, metadata: { workspaceId, now } }: UserCommand): Found | undefined {
    for (const member of this.access.members(workspaceId))
      if (isPerson(member) && member.userId !== userId && holdsForGood(member, ADMINISTRATOR, now))
        return { userId: member.userId, revision: this.access.revisionOf(userStream(member.userId)) };
    return undefined;
  }

  /** Facts that are asked for while it is decided are as new now; what was found before it stands where it was found. */
  private reliesOn({ data, facts, metadata: { workspaceId } }: UserCommand): ReadonlyMap<string, bigint> {
    if ('anotherAdministrator' in facts) {
      const { anotherAdministrator: other } = facts;
      return new Map(other && [[userStream(other.userId), other.revision]]);
    }
    if (!('isBranch' in facts)) return new Map();
    const place = data as ChangeUser['data'];
    const above = this.above(workspaceId, place.managerId ?? undefined).map(userStream);
    return new Map([
      ...this.known.reliesOn(workspaceId, place),
      ...above.map((streamId) => [streamId, this.access.revisionOf(streamId)] as const),
    ]);
  }

  /** A manager and everybody above: two people made each other's manager at once would be a circle. */
  private above(workspaceId: string, managerId: string | undefined): readonly string[] {
    const chain = new Set<string>();
    let next = managerId;
    while (next !== undefined && !chain.has(next)) {
      chain.add(next);
      next = this.colleague(workspaceId, next)?.managerId;
    }
    return [...chain];
  }
}

const userStream = (userId: string): string => `user-${userId}`;
