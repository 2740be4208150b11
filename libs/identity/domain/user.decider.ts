import type { Decider } from '#libs/kernel/domain/decider';
import { unreachable } from '#libs/kernel/domain/unreachable';
import { endAbsence, enterAbsence } from './decisions/absence.js';
import { changeUser } from './decisions/change-user.js';
import { registerUser } from './decisions/register-user.js';
import { grantRole, revokeRole } from './decisions/roles.js';
import { activateUser, deactivateUser, suspendUser } from './decisions/standing.js';
import type { UserCommand } from './user.commands.js';
import type { UserEvent } from './user.events.js';
import { evolve, nobody, type User } from './user.state.js';

export const userDecider: Decider<User, UserCommand, UserEvent> = {
  initialState: nobody,
  evolve,
  decide(command, user) {
    switch (command.type) {
      case 'RegisterUser':
        return registerUser(command, user);
      case 'ChangeUser':
        return changeUser(command, user);
      case 'GrantRole':
        return grantRole(command, user);
      case 'RevokeRole':
        return revokeRole(command, user);
      case 'SuspendUser':
        return suspendUser(command, user);
      case 'DeactivateUser':
        return deactivateUser(command, user);
      case 'ActivateUser':
        return activateUser(command, user);
      case 'EnterAbsence':
        return enterAbsence(command, user);
      case 'EndAbsence':
        return endAbsence(command, user);
      default:
        return unreachable(command);
    }
  },
};
