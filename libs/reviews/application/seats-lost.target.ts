import { Injectable } from '@nestjs/common';
import { Directory } from '#libs/identity/application/directory';
import type { CommandTarget } from '#libs/processing/application/process-manager';
import { superiorsOf } from '../domain/four-eyes.js';
import { ReviewsTold, type Call } from './reviews-told.js';
import { SeatsHeld } from './seats-held.js';
import { SEATS_LOST } from './seats-lost.js';
import { StandingChanges, type StandingChange } from './standing-changes.js';

/**
 * Tells every open review that somebody's leaving concerns. Looks when people and reviews are known up to now, so that
 * no assignment made before is overlooked; what is made later is made without the person.
 */
@Injectable()
export class SeatsLostTarget implements CommandTarget {
  readonly name = SEATS_LOST;

  constructor(
    private readonly directory: Directory,
    private readonly changes: StandingChanges,
    private readonly seats: SeatsHeld,
    private readonly reviews: ReviewsTold,
  ) {}

  async execute(call: Call): Promise<boolean> {
    const change = call.payload as unknown as StandingChange;
    const names = await this.changes.rolesOf(change, call.now, 'core');
    const { workspaceId } = call;
    const { userId } = change;
    const people = this.directory.snapshot(workspaceId);
    const holder = (id: string) => ({ userId: id, superiors: superiorsOf(id, people) });
    const roles = names.map((role) => ({ role, holders: people.holders(role).map(holder) }));
    return this.reviews.tell(call, userId, await this.seats.find({ workspaceId, userId, roles }));
  }
}
