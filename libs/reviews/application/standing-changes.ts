import { Injectable } from '@nestjs/common';
import { EventStore, type Position } from '#libs/event-store/application/event-store';
import { AccessState } from '#libs/identity/application/access-state';
import { WaitGate } from '#libs/processing/application/wait-gate';

/** What the directory says of somebody; `position`: that of the event, which every look at people must have reached. */
export interface StandingChange {
  readonly userId: string;
  /** None: of every role, because the person has come or left. */
  readonly role?: string;
  readonly position: string;
}

const CATCH_UP_MS = 5_000;

/** People and reviews, looked at when both are known up to now. */
@Injectable()
export class StandingChanges {
  constructor(
    private readonly store: EventStore,
    private readonly access: AccessState,
    private readonly gate: WaitGate,
  ) {}

  /**
   * The roles that a change is about, once the directory has it, also by its clock at `now`, and the read models of `group`
   * are as new as the log.
   * @throws ReadModelBehind
   */
  async rolesOf({ userId, role, position }: StandingChange, now: string, group: string): Promise<readonly string[]> {
    await this.access.reached(position as Position);
    await this.access.cameTo(now);
    await this.gate.waitFor(group, await this.store.head(), CATCH_UP_MS);
    return role === undefined ? (this.access.user(userId)?.roles.map((it) => it.role) ?? []) : [role];
  }
}
