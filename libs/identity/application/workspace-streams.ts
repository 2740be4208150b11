import { Injectable } from '@nestjs/common';
import { Codec } from '#libs/event-store/application/codec';
import { EventStore } from '#libs/event-store/application/event-store';
import { StreamHandler } from '#libs/event-store/application/stream-handler';
import { workspaceDecider, type CreateWorkspace, type WorkspaceState } from '../domain/workspace.decider.js';
import type { WorkspaceEvent } from '../domain/workspace.events.js';

/** The streams `workspace-{workspaceId}`. */
@Injectable()
export class WorkspaceStreams extends StreamHandler<WorkspaceState, CreateWorkspace, WorkspaceEvent> {
  constructor(store: EventStore, codec: Codec) {
    super(
      store,
      codec,
      { category: 'workspace', decider: workspaceDecider, creates: () => true },
      { cacheSize: 1024 * 1024 },
    );
  }
}
