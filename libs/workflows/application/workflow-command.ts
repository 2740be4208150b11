import { Command } from '@nestjs/cqrs';
import type { Outcome } from '#libs/event-store/application/stream-handler';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import type { Workflow } from '../domain/workflow.state.js';

/** How a command is to be carried out. */
export interface CommandOptions {
  /** The client's `If-Match`: the command is refused when the stream stands elsewhere. */
  readonly expectedRevision?: bigint;
  /** Decide, but record nothing. */
  readonly dryRun?: boolean;
}

/** An order to one workflow on its way through the command bus. */
export abstract class WorkflowBusCommand<Data extends object> extends Command<Outcome<Workflow>> {
  constructor(
    readonly data: Readonly<Data>,
    readonly metadata: CommandMetadata,
    readonly options: CommandOptions = {},
  ) {
    super();
  }
}
