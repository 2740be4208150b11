import { Command } from '@nestjs/cqrs';
import type { Outcome } from '#libs/event-store/application/stream-handler';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import type { RulesetState } from '../../domain/rulesets/ruleset.state.js';
import type { CommandOptions } from '../workflow-command.js';

/** An order to one ruleset on its way through the command bus. */
export abstract class RulesetBusCommand<Data extends object> extends Command<Outcome<RulesetState>> {
  constructor(
    readonly data: Readonly<Data>,
    readonly metadata: CommandMetadata,
    readonly options: CommandOptions = {},
  ) {
    super();
  }
}
