import { Injectable } from '@nestjs/common';
import { Codec } from '#libs/event-store/application/codec';
import { Claims, claimStreamId, type Claim } from '#libs/event-store/application/claims';
import { EventStore } from '#libs/event-store/application/event-store';
import { WorkflowKeyTaken } from '../domain/workflow.errors.js';
import type { WorkflowEvent } from '../domain/workflow.events.js';
import { isKnown } from '../domain/workflow.state.js';
import { WorkflowStreams } from './workflow-streams.js';

const KIND = 'workflow-key';

/** One workflow per key and workspace, for ever: a retired one keeps its key, because its reviews are found by it. */
@Injectable()
export class WorkflowKeys {
  private readonly claims: Claims;

  constructor(
    private readonly workflows: WorkflowStreams,
    store: EventStore,
    codec: Codec,
  ) {
    this.claims = new Claims(store, codec);
  }

  claim(key: string, now: string): Claim<WorkflowEvent> {
    return {
      kind: KIND,
      key,
      isOver: async (workflowId) => !isKnown((await this.workflows.load(workflowId)).state),
      taken: (workflowId) => new WorkflowKeyTaken(key, workflowId),
      abandon: (workflowId) => ({ type: 'DraftAbandoned', data: { workflowId, at: now } }),
    };
  }

  /** The workflow that has this key, or is about to. */
  async holder(workspaceId: string, key: string): Promise<string | undefined> {
    const { holder } = await this.claims.holding(claimStreamId(workspaceId, { kind: KIND, key }));
    return holder;
  }
}
