import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Outcome } from '#libs/event-store/application/stream-handler';
import { Directory } from '#libs/identity/application/directory';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import type { RevokeDelegation } from '../../domain/delegation.commands.js';
import { NoSuchDelegation } from '../../domain/delegation.errors.js';
import type { Delegator } from '../../domain/delegation.state.js';
import { DelegationBook } from '../delegation-book.js';
import { DelegationStreams } from '../delegation-streams.js';
import { mayForOthers, type DelegationOptions } from '../reach.js';

export class RevokeDelegationCommand extends Command<Outcome<Delegator>> {
  constructor(
    readonly data: Readonly<{ delegationId: string; reason?: string }>,
    readonly metadata: CommandMetadata,
    readonly options: DelegationOptions = {},
  ) {
    super();
  }
}

/** Whoever has nothing to do with a grant is told that there is none. */
@CommandHandler(RevokeDelegationCommand)
export class RevokeDelegationHandler implements ICommandHandler<RevokeDelegationCommand> {
  constructor(
    private readonly delegations: DelegationStreams,
    private readonly book: DelegationBook,
    private readonly directory: Directory,
  ) {}

  async execute({ data, metadata, options }: RevokeDelegationCommand): Promise<Outcome<Delegator>> {
    const { workspaceId, actor } = metadata;
    const grant = await this.book.find(workspaceId, data.delegationId);
    if (!grant) throw new NoSuchDelegation();
    const { delegatorId, delegateId } = grant;
    const mayForThem = mayForOthers(options.reach, this.directory.snapshot(workspaceId).person(delegatorId));
    const concerns = [delegatorId, delegateId].includes(actor.id) || mayForThem || actor.kind === 'system';
    if (!concerns) throw new NoSuchDelegation();
    const command: RevokeDelegation = {
      type: 'RevokeDelegation',
      data: { ...data, delegatorId },
      facts: { mayForOthers: mayForThem },
      metadata,
    };
    const outcome = await this.delegations.handle(delegatorId, command, options);
    await this.book.reached(outcome.receipt.position);
    return outcome;
  }
}
