import { Injectable } from '@nestjs/common';
import type { Claim } from '#libs/event-store/application/claims';
import type { Outcome } from '#libs/event-store/application/stream-handler';
import type { UserEvent } from '../domain/user.events.js';
import type { User } from '../domain/user.state.js';
import { AccessState } from './access-state.js';
import { UserFacts, type Asked } from './user-facts.js';
import { UserStreams } from './user-streams.js';

/** A person's stream as other rooms are answered it. */
export type UserState = User;

/** How an order to one person's stream is to be carried out. */
export interface OrderOptions {
  /** The client's `If-Match`: the command is refused when the stream stands elsewhere. */
  readonly expectedRevision?: bigint;
  /** Decide, but record nothing. */
  readonly dryRun?: boolean;
}

/** Carries out orders to the streams of people. */
@Injectable()
export class UserOrders {
  constructor(
    private readonly users: UserStreams,
    private readonly facts: UserFacts,
    private readonly access: AccessState,
  ) {}

  /** What has changed about a person is known to this process before the answer, to others as soon as they read the log. */
  async send(
    asked: Asked,
    options: OrderOptions = {},
    claim: readonly Claim<UserEvent>[] = [],
  ): Promise<Outcome<User>> {
    const command = this.facts.complete(asked);
    const outcome = await this.users.handle(asked.data.userId, command, {
      ...options,
      claim,
      premises: this.facts.premises(),
    });
    await this.access.reached(outcome.receipt.position);
    return outcome;
  }
}
