import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/kernel/application/clock';
import { LockedOut } from '../domain/identity.errors.js';
import { Credentials, type KeptPassword } from './credentials.js';
import { LoginFailures } from './login-failures.js';
import { Passwords } from './passwords.js';
import { HashingSlots } from './slots.js';

/** Whose password is tried, and from where. */
export interface Attempt {
  /** The name as it was meant, whether anybody has it or not: it is what gets locked. */
  readonly account: string;
  /** Undefined when nobody has this name. */
  readonly userId: string | undefined;
  readonly password: string;
  /** The network it came from; undefined = from this machine itself. */
  readonly network: string | undefined;
  /** What was kept before this is their password no more; undefined = whatever is kept is. */
  readonly since?: Date | undefined;
}

/**
 * Tries a password: in a bounded number at once, at the same cost for names that nobody has, and not at all for an
 * account or a network with too many wrong ones.
 */
@Injectable()
export class PasswordCheck {
  constructor(
    private readonly slots: HashingSlots,
    private readonly credentials: Credentials,
    private readonly passwords: Passwords,
    private readonly failures: LoginFailures,
    private readonly clock: Clock,
  ) {}

  /**
   * @param use of a one-time password: a sign-in uses it up; whoever has signed in with it may still replace it
   * @throws LockedOut, SignInOverloaded
   */
  async isRight(attempt: Attempt, use: 'sign-in' | 'replace'): Promise<boolean> {
    const { account, userId, password, network, since } = attempt;
    const right = await this.slots.run(async () => {
      // Asked in the slot, not before the queue: of many guesses at once none is tried after the fifth wrong one.
      await this.refuseLocked(account, network);
      // Nobody has the empty id: an unknown name costs the same look-up.
      const kept = await this.credentials.find(userId ?? '');
      const verdict = await this.passwords.verify(password, kept?.hash);
      const fits = verdict !== 'wrong' && kept && userId ? await this.isStillGood(userId, kept, use, since) : false;
      if (!fits) await this.failures.count(account, network, this.clock.now());
      if (fits && verdict === 'outdated' && userId && kept && kept.oneTimeUntil === undefined)
        await this.credentials.rehash(userId, kept.hash, await this.passwords.hash(password));
      return fits;
    });
    if (right) await this.failures.forget(account);
    return right;
  }

  private async isStillGood(
    userId: string,
    { hash, changedAt, oneTimeUntil: until }: KeptPassword,
    use: 'sign-in' | 'replace',
    since = changedAt,
  ): Promise<boolean> {
    if (changedAt < since) return false;
    if (until === undefined) return true;
    const now = this.clock.now();
    return use === 'sign-in' ? this.credentials.spend(userId, hash, now) : now < until;
  }

  private async refuseLocked(account: string, network: string | undefined): Promise<void> {
    const until = await this.failures.lockedUntil(account, network);
    const left = until === undefined ? 0 : until.getTime() - this.clock.now().getTime();
    if (left > 0) throw new LockedOut(Math.ceil(left / 1000));
  }
}
