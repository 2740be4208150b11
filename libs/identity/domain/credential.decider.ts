import type { Decider } from '#libs/kernel/domain/decider';
import type { Command } from '#libs/kernel/domain/message';
import { unreachable } from '#libs/kernel/domain/unreachable';
import type { CredentialEvent } from './credential.events.js';

type NoFacts = Readonly<Record<never, never>>;

export type ChangePassword = Command<'ChangePassword', { userId: string; keeps: string }, NoFacts>;
/** `until`: how long the one-time secret is good. */
export type ResetPassword = Command<'ResetPassword', { userId: string; until: string }, NoFacts>;
export type CredentialCommand = ChangePassword | ResetPassword;

/** Whether the password was made by an administrator and waits to be replaced. */
export type CredentialState = 'own' | 'reset';

export const credentialDecider: Decider<CredentialState, CredentialCommand, CredentialEvent> = {
  initialState: 'own',
  evolve: (_, { type }) => (type === 'PasswordReset' ? 'reset' : 'own'),
  decide({ type, data, metadata: { now, actor } }) {
    switch (type) {
      case 'ChangePassword':
        return [{ type: 'PasswordChanged', data: { ...data, at: now } }];
      case 'ResetPassword':
        return [{ type: 'PasswordReset', data: { ...data, resetBy: actor.id, at: now } }];
      default:
        return unreachable(type);
    }
  },
};
