import { Command } from '@nestjs/cqrs';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import type { Outcome } from '#libs/event-store/application/stream-handler';
import type { May } from '../domain/review.commands.js';
import type { Review } from '../domain/review.state.js';

/** How a command is to be carried out. */
export interface CommandOptions {
  /** The client's `If-Match`: the command is refused when the stream stands elsewhere. */
  readonly expectedRevision?: bigint;
  /** Decide, but record nothing. */
  readonly dryRun?: boolean;
  /** Permissions that matter only on some rows, from the permission table; none without it. */
  readonly may?: May;
  /** A new revision of an assistant's draft by somebody entitled to change it. */
  readonly editsDraft?: boolean;
}

/** An order to one review on its way through the command bus. */
export abstract class ReviewBusCommand<Data extends object> extends Command<Outcome<Review>> {
  constructor(
    readonly data: Readonly<Data>,
    readonly metadata: CommandMetadata,
    readonly options: CommandOptions = {},
  ) {
    super();
  }
}
