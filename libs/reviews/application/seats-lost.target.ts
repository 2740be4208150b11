import { Injectable } from '@nestjs/common';
import { EventStore, type Position } from '#libs/event-store/application/event-store';
import { AccessState } from '#libs/identity/application/access-state';
import type { CommandTarget } from '#libs/processing/application/process-manager';
import { WaitGate } from '#libs/processing/application/wait-gate';
import { ReviewsTold, type Call } from './reviews-told.js';
import { SeatsHeld } from './seats-held.js';
import { SEATS_LOST, type SeatsLost } from './seats-lost.js';

const CATCH_UP_MS = 5_000;

/**
 * Tells every open review that somebody's leaving concerns. Looks when people and reviews are known up to now, so that
 * no assignment made before is overlooked; what is made later is made without the person.
 */
@Injectable()
export class SeatsLostTarget implements CommandTarget {
  readonly name = SEATS_LOST;

  constructor(
    private readonly store: EventStore,
    private readonly access: AccessState,
    private readonly gate: WaitGate,
    private readonly seats: SeatsHeld,
    private readonly reviews: ReviewsTold,
  ) {}

  async execute(call: Call): Promise<boolean> {
    const { userId, role, position } = call.payload as unknown as SeatsLost;
    await this.access.reached(position as Position);
    await this.gate.waitFor('core', await this.store.head(), CATCH_UP_MS);

    const { workspaceId } = call;
    const people = this.access.snapshot(workspaceId);
    const held = role === undefined ? (this.access.user(userId)?.roles.map((it) => it.role) ?? []) : [role];
    const roles = held.map((name) => ({ role: name, holders: people.holders(name) }));
    return this.reviews.tell(call, userId, await this.seats.find({ workspaceId, userId, roles }));
  }
}
