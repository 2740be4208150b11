import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Hashing } from '#libs/kernel/application/hashing';
import { derivedId } from '#libs/kernel/domain/ids';
import { normalise } from '../../domain/definition/normalise.js';
import { contentHashOf } from '../content-hash.js';
import { WorkflowBusCommand } from '../workflow-command.js';
import { WorkflowKeys } from '../workflow-keys.js';
import { WorkflowStreams } from '../workflow-streams.js';

/** `definition`: as the client wrote it, plain or full form. */
export class CreateWorkflowCommand extends WorkflowBusCommand<{ definition: unknown }> {}

/** Gives the workflow its id and claims its key beside the first draft. */
@CommandHandler(CreateWorkflowCommand)
export class CreateWorkflowHandler implements ICommandHandler<CreateWorkflowCommand> {
  constructor(
    private readonly workflows: WorkflowStreams,
    private readonly keys: WorkflowKeys,
    private readonly hashing: Hashing,
  ) {}

  async execute({ data, metadata, options }: CreateWorkflowCommand) {
    const definition = normalise(data.definition);
    const contentHash = contentHashOf(this.hashing, definition);
    const workflowId = derivedId(metadata.commandId, 'workflow', 0);
    return this.workflows.handle(
      workflowId,
      { type: 'CreateWorkflow', data: { workflowId }, facts: { definition, contentHash }, metadata },
      { ...options, claim: this.keys.claim(definition.key, metadata.now) },
    );
  }
}
