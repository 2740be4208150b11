import { Injectable } from '@nestjs/common';
import type { Claim } from '#libs/event-store/application/claims';
import { SubjectKeys } from '#libs/event-store/application/subject-keys';
import { Clock } from '#libs/kernel/application/clock';
import { canonicalEmail } from '../domain/email.js';
import { EmailTaken } from '../domain/identity.errors.js';
import type { UserEvent } from '../domain/user.events.js';
import { isRegistered } from '../domain/user.state.js';
import { INSTALLATION } from './username-claims.js';
import { UserStreams } from './user-streams.js';

/** Whose address it is: one person's in a workspace, until that person has another one or was erased. */
@Injectable()
export class EmailClaims {
  constructor(
    private readonly keys: SubjectKeys,
    private readonly users: UserStreams,
    private readonly clock: Clock,
  ) {}

  async of(email: string): Promise<Claim<UserEvent>> {
    const installation = await this.keys.current(INSTALLATION);
    const address = canonicalEmail(email);
    return {
      kind: 'email',
      // An address is personal: the log holds only what nobody can turn back into it.
      key: installation.hmac(address),
      isOver: async (userId) => {
        const { state } = await this.users.load(userId);
        return !isRegistered(state) || state.email === undefined || canonicalEmail(state.email) !== address;
      },
      taken: () => new EmailTaken(),
      abandon: (userId) => ({ type: 'RegistrationAbandoned', data: { userId, at: this.clock.now().toISOString() } }),
    };
  }
}
