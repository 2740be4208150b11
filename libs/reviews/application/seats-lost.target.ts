import { Injectable } from '@nestjs/common';
import { NotFound } from '#libs/event-store/application/errors';
import { EventStore, type Position } from '#libs/event-store/application/event-store';
import { AccessState } from '#libs/identity/application/access-state';
import { Hashing } from '#libs/kernel/application/hashing';
import { derivedId } from '#libs/kernel/domain/ids';
import type { CommandTarget } from '#libs/processing/application/process-manager';
import { WaitGate } from '#libs/processing/application/wait-gate';
import { VacateSeatsCommand, VacateSeatsHandler } from './commands/vacate-seats.handler.js';
import { SeatsHeld } from './seats-held.js';
import { SEATS_LOST, type SeatsLost } from './seats-lost.js';
import { systemMetadata } from './system-metadata.js';

/** Who acts when the directory does. */
export const DIRECTORY = 'system:directory';

const CATCH_UP_MS = 5_000;
/** Reviews told at a time. */
const AT_ONCE = 16;

type Call = Parameters<CommandTarget['execute']>[0];

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
    private readonly handler: VacateSeatsHandler,
    private readonly hashing: Hashing,
  ) {}

  async execute(call: Call): Promise<boolean> {
    const { userId, role, position } = call.payload as unknown as SeatsLost;
    await this.access.reached(position as Position);
    await this.gate.waitFor('core', await this.store.head(), CATCH_UP_MS);

    const { workspaceId } = call;
    const people = this.access.snapshot(workspaceId);
    const held = role === undefined ? (this.access.user(userId)?.roles.map((it) => it.role) ?? []) : [role];
    const roles = held.map((name) => ({ role: name, holders: people.holders(name) }));
    const reviewIds = await this.seats.find({ workspaceId, userId, roles });
    let changed = false;
    for (let next = 0; next < reviewIds.length; next += AT_ONCE) {
      const told = await Promise.all(
        reviewIds.slice(next, next + AT_ONCE).map((reviewId) => this.tell(call, reviewId, userId)),
      );
      changed ||= told.includes(true);
    }
    return changed;
  }

  private async tell(call: Call, reviewId: string, userId: string): Promise<boolean> {
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
