import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Hashing } from '#libs/kernel/application/hashing';
import { normalise } from '../../domain/definition/normalise.js';
import { isKnown } from '../../domain/workflow.state.js';
import { contentHashOf } from '../content-hash.js';
import { WorkflowBusCommand } from '../workflow-command.js';
import { WorkflowStreams } from '../workflow-streams.js';

/** `definition`: as the client wrote it; key and name may be left out. */
export class ReplaceDraftCommand extends WorkflowBusCommand<{ workflowId: string; definition: unknown }> {}

/** Lends the new draft the key and name of the old one where it names none. */
@CommandHandler(ReplaceDraftCommand)
export class ReplaceDraftHandler implements ICommandHandler<ReplaceDraftCommand> {
  constructor(
    private readonly workflows: WorkflowStreams,
    private readonly hashing: Hashing,
  ) {}

  async execute({ data: { workflowId, definition: plain }, metadata, options }: ReplaceDraftCommand) {
    const { state } = await this.workflows.load(workflowId, metadata);
    const given = isKnown(state) ? { key: state.key, name: state.draft.definition.name } : {};
    const definition = normalise(plain, given);
    const contentHash = contentHashOf(this.hashing, definition);
    return this.workflows.handle(
      workflowId,
      { type: 'ReplaceDraft', data: { workflowId }, facts: { definition, contentHash }, metadata },
      options,
    );
  }
}
