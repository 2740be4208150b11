import { Injectable } from '@nestjs/common';
import { Codec } from '#libs/event-store/application/codec';
import { EventStore } from '#libs/event-store/application/event-store';
import { StreamHandler } from '#libs/event-store/application/stream-handler';
import type { WorkflowCommand } from '../domain/workflow.commands.js';
import { workflowDecider } from '../domain/workflow.decider.js';
import type { WorkflowEvent } from '../domain/workflow.events.js';
import type { Workflow } from '../domain/workflow.state.js';

/** The streams `workflow-{id}`. */
@Injectable()
export class WorkflowStreams extends StreamHandler<Workflow, WorkflowCommand, WorkflowEvent> {
  constructor(store: EventStore, codec: Codec) {
    super(store, codec, {
      category: 'workflow',
      decider: workflowDecider,
      creates: ({ type }) => type === 'CreateWorkflow',
    });
  }
}
