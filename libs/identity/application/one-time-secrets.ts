import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/kernel/application/clock';
import { Settings } from '#libs/organization/application/settings/settings';
import { Credentials } from './credentials.js';
import { Passwords } from './passwords.js';
import { RefreshTokens } from './refresh-tokens.js';
import { HashingSlots } from './slots.js';

/** A password that nobody chose, shown once. */
export interface OneTimeSecret {
  readonly text: string;
  readonly until: Date;
}

const HOUR_MS = 60 * 60 * 1000;

/** Passwords to hand over: good for one sign-in in its time, after which their owners choose others. */
@Injectable()
export class OneTimeSecrets {
  constructor(
    private readonly secrets: RefreshTokens,
    private readonly slots: HashingSlots,
    private readonly passwords: Passwords,
    private readonly credentials: Credentials,
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {}

  /** Until when one that is made now is good, by the setting of the workspace. */
  untilIn(workspaceId: string): Date {
    const now = this.clock.now();
    const hours = this.settings.value(workspaceId, 'one-time-password-hours', now.toISOString());
    return new Date(now.getTime() + hours * HOUR_MS);
  }

  /** In the place of whatever password there was. */
  async put(userId: string, until: Date): Promise<OneTimeSecret> {
    const now = this.clock.now();
    const { token: text } = this.secrets.make(until);
    const hash = await this.slots.run(() => this.passwords.hash(text));
    await this.credentials.put(userId, hash, now, until);
    return { text, until };
  }
}
