import { Injectable } from '@nestjs/common';
import { NotFound } from '#libs/event-store/application/errors';
import { Hashing } from '#libs/kernel/application/hashing';
import { derivedId } from '#libs/kernel/domain/ids';
import type { CommandTarget } from '#libs/processing/application/process-manager';
import { VacateSeatsCommand, VacateSeatsHandler } from './commands/vacate-seats.handler.js';
import { systemMetadata } from './system-metadata.js';

/** Who acts when the directory does. */
export const DIRECTORY = 'system:directory';

/** Reviews told at a time. */
const AT_ONCE = 16;

export type Call = Parameters<CommandTarget['execute']>[0];

/** Tells reviews, one by one, that somebody can do more or less than before; each decides for itself what follows. */
@Injectable()
export class ReviewsTold {
  constructor(
    private readonly handler: VacateSeatsHandler,
    private readonly hashing: Hashing,
  ) {}

  /** Whether anything followed. */
  async tell(call: Call, userId: string, reviewIds: readonly string[]): Promise<boolean> {
    let changed = false;
    for (let next = 0; next < reviewIds.length; next += AT_ONCE) {
      const told = await Promise.all(
        reviewIds.slice(next, next + AT_ONCE).map((reviewId) => this.tellOne(call, userId, reviewId)),
      );
      changed ||= told.includes(true);
    }
    return changed;
  }

  private async tellOne(call: Call, userId: string, reviewId: string): Promise<boolean> {
    const metadata = systemMetadata(DIRECTORY, { ...call, id: derivedId(call.id, reviewId) }, this.hashing);
    try {
      const { receipt } = await this.handler.execute(new VacateSeatsCommand({ reviewId, userId }, metadata));
      return receipt.events.length > 0;
    } catch (refusal) {
      if (refusal instanceof NotFound) return false;
      throw refusal;
    }
  }
}
