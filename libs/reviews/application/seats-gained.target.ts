import { Injectable } from '@nestjs/common';
import type { CommandTarget } from '#libs/processing/application/process-manager';
import { BlockedSteps } from './blocked-steps.js';
import { ReviewsTold, type Call } from './reviews-told.js';
import { SEATS_GAINED } from './seats-gained.js';
import { StandingChanges, type StandingChange } from './standing-changes.js';

/** Tells every open review that has waited for somebody like this: a step that enough people exist for is blocked no more. */
@Injectable()
export class SeatsGainedTarget implements CommandTarget {
  readonly name = SEATS_GAINED;

  constructor(
    private readonly changes: StandingChanges,
    private readonly blocked: BlockedSteps,
    private readonly reviews: ReviewsTold,
  ) {}

  async execute(call: Call): Promise<boolean> {
    const change = call.payload as unknown as StandingChange;
    const roles = await this.changes.rolesOf(change, call.now, 'work');
    const { workspaceId } = call;
    const { userId } = change;
    return this.reviews.tell(call, userId, await this.blocked.find({ workspaceId, userId, roles }));
  }
}
