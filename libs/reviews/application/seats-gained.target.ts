import { Injectable } from '@nestjs/common';
import { EventStore, type Position } from '#libs/event-store/application/event-store';
import { AccessState } from '#libs/identity/application/access-state';
import type { CommandTarget } from '#libs/processing/application/process-manager';
import { WaitGate } from '#libs/processing/application/wait-gate';
import { BlockedSteps } from './blocked-steps.js';
import { ReviewsTold, type Call } from './reviews-told.js';
import { SEATS_GAINED, type SeatsGained } from './seats-gained.js';

const CATCH_UP_MS = 5_000;

/** Tells every open review that has waited for somebody like this: a step that enough people exist for is blocked no more. */
@Injectable()
export class SeatsGainedTarget implements CommandTarget {
  readonly name = SEATS_GAINED;

  constructor(
    private readonly store: EventStore,
    private readonly access: AccessState,
    private readonly gate: WaitGate,
    private readonly blocked: BlockedSteps,
    private readonly reviews: ReviewsTold,
  ) {}

  async execute(call: Call): Promise<boolean> {
    const { userId, role, position } = call.payload as unknown as SeatsGained;
    await this.access.reached(position as Position);
    await this.gate.waitFor('work', await this.store.head(), CATCH_UP_MS);

    const { workspaceId } = call;
    const roles = role === undefined ? (this.access.user(userId)?.roles.map((it) => it.role) ?? []) : [role];
    return this.reviews.tell(call, userId, await this.blocked.find({ workspaceId, userId, roles }));
  }
}
