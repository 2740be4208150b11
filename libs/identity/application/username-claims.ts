import { Injectable } from '@nestjs/common';
import type { Claim } from '#libs/event-store/application/claims';
import { SubjectKeys } from '#libs/event-store/application/subject-keys';
import { Clock } from '#libs/kernel/application/clock';
import { derivedId } from '#libs/kernel/domain/ids';
import { UsernameTaken } from '../domain/identity.errors.js';
import type { UserEvent } from '../domain/user.events.js';
import { canonicalUsername } from '../domain/username.js';

/** The key of the installation itself: never destroyed, so that a name stays taken for as long as the log lives. */
export const INSTALLATION = derivedId('installation', 'claims');

/** Who may use a name: one person in the whole installation, for ever. */
@Injectable()
export class UsernameClaims {
  constructor(
    private readonly keys: SubjectKeys,
    private readonly clock: Clock,
  ) {}

  async of(username: string): Promise<Claim<UserEvent>> {
    const installation = await this.keys.current(INSTALLATION);
    return {
      kind: 'username',
      // A name is personal: the log holds only what nobody can turn back into it.
      key: installation.hmac(canonicalUsername(username)),
      installationWide: true,
      isOver: async () => false,
      taken: () => new UsernameTaken(),
      abandon: (userId) => ({ type: 'RegistrationAbandoned', data: { userId, at: this.clock.now().toISOString() } }),
    };
  }
}
