import type { Decider } from '#libs/kernel/domain/decider';
import { unreachable } from '#libs/kernel/domain/unreachable';
import { createDelegation } from './decisions/create-delegation.js';
import { revokeDelegation } from './decisions/revoke-delegation.js';
import type { DelegationCommand } from './delegation.commands.js';
import type { DelegationEvent } from './delegation.events.js';
import { evolve, nothingDelegated, type Delegator } from './delegation.state.js';

/** What one person lets others do in his name. */
export const delegationDecider: Decider<Delegator, DelegationCommand, DelegationEvent> = {
  initialState: nothingDelegated,
  evolve,
  decide(command, delegator) {
    switch (command.type) {
      case 'CreateDelegation':
        return createDelegation(command);
      case 'RevokeDelegation':
        return revokeDelegation(command, delegator);
      default:
        return unreachable(command);
    }
  },
};
