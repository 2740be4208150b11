import { Injectable } from '@nestjs/common';
import { NotFound } from '#libs/event-store/application/errors';
import { Hashing } from '#libs/kernel/application/hashing';
import type { CommandTarget } from '#libs/processing/application/process-manager';
import type { ExpireClaim } from '../domain/review.commands.js';
import { TIMER } from '../domain/review.events.js';
import { EXPIRE_CLAIM } from './claim-leases.js';
import { ExpireClaimCommand, ExpireClaimHandler } from './commands/expire-claim.handler.js';
import { systemMetadata } from './system-metadata.js';

/** Turns the end of a lease into a command whose id is the timer's. */
@Injectable()
export class ExpireClaimTarget implements CommandTarget {
  readonly name = EXPIRE_CLAIM;

  constructor(
    private readonly handler: ExpireClaimHandler,
    private readonly hashing: Hashing,
  ) {}

  async execute(call: Parameters<CommandTarget['execute']>[0]): Promise<boolean> {
    const data = call.payload as unknown as ExpireClaim['data'];
    try {
      const { receipt } = await this.handler.execute(
        new ExpireClaimCommand(data, systemMetadata(TIMER, call, this.hashing)),
      );
      return receipt.events.length > 0;
    } catch (refusal) {
      if (refusal instanceof NotFound) return false;
      throw refusal;
    }
  }
}
