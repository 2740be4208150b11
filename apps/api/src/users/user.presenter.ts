import type { UserAt } from '#libs/identity/application/user-queries';
import type { NewUser } from '#libs/identity/application/new-users';
import { isRegistered, type Registered, type User } from '#libs/identity/domain/user.state';
import type { AtRevision } from '../http/door.js';
import type { UserAnswer, UserStateAnswer } from './user.dto.js';

/** @param at what is over then is not shown, canonical UTC */
export const userAnswer =
  (at: string) =>
  (user: Registered): UserAnswer => ({
    id: user.userId,
    username: user.username ?? null,
    displayName: user.displayName ?? null,
    firstName: user.firstName ?? null,
    lastName: user.lastName ?? null,
    email: user.email ?? null,
    status: user.status,
    branchId: user.branchId,
    departmentId: user.departmentId ?? null,
    positionId: user.positionId ?? null,
    managerId: user.managerId ?? null,
    roles: rolesAnswer(user, at),
    absences: user.absences
      .filter(({ until }) => until > at)
      .map(({ absenceId: id, from, until, substituteId, reason }) => ({
        id,
        from,
        until,
        substitute: substituteId ?? null,
        reason: reason ?? null,
      })),
    registeredAt: user.registeredAt,
  });

export const userAt =
  (at: string) =>
  ({ user, revision }: UserAt): AtRevision<UserAnswer> => ({ view: userAnswer(at)(user), revision });

/** The `state` of a receipt. */
export const userState =
  (at: string) =>
  (user: User): UserStateAnswer =>
    isRegistered(user) ? { status: user.status, roles: rolesAnswer(user, at) } : { status: user.status, roles: [] };

const rolesAnswer = ({ roles }: Registered, at: string) =>
  roles.filter(({ to }) => to === null || to > at).map(({ role, from, to }) => ({ role, from, to }));

/** What stands beside the receipt of a new person. */
export const madeUser =
  ({ secret }: NewUser) =>
  (user: User) => {
    const userId = isRegistered(user) ? user.userId : '';
    return {
      body: { userId, oneTimeSecret: secret?.text ?? null, expiresAt: secret?.until.toISOString() ?? null },
      location: `/api/v1/users/${userId}`,
    };
  };
