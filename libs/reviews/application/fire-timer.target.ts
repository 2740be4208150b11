import { Injectable } from '@nestjs/common';
import { Hashing } from '#libs/kernel/application/hashing';
import { canonicalJson } from '#libs/kernel/domain/canonical-json';
import { NotFound } from '#libs/event-store/application/errors';
import type { CommandTarget } from '#libs/processing/application/process-manager';
import type { FireTimer } from '../domain/review.commands.js';
import { TIMER } from '../domain/review.events.js';
import { FIRE_TIMER } from './review-deadlines.js';
import { FireTimerCommand, FireTimerHandler } from './commands/fire-timer.handler.js';

/** Turns a due timer into a command whose id is the timer's: firing twice is firing once. */
@Injectable()
export class FireTimerTarget implements CommandTarget {
  readonly name = FIRE_TIMER;

  constructor(
    private readonly handler: FireTimerHandler,
    private readonly hashing: Hashing,
  ) {}

  async execute({ id, workspaceId, now, payload }: Parameters<CommandTarget['execute']>[0]): Promise<boolean> {
    const metadata = {
      commandId: id,
      commandHash: this.hashing.sha256(canonicalJson(payload)),
      actor: { id: TIMER, kind: 'system', roles: [] } as const,
      workspaceId,
      now,
      correlationId: id,
      causationId: id,
    };
    try {
      const { receipt } = await this.handler.execute(
        new FireTimerCommand(payload as unknown as FireTimer['data'], metadata),
      );
      return receipt.events.length > 0;
    } catch (refusal) {
      if (refusal instanceof NotFound) return false; // of a review whose start never came through
      throw refusal;
    }
  }
}
