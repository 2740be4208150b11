import type { Decider } from '#libs/kernel/domain/decider';
import type { Command } from '#libs/kernel/domain/message';
import { WorkspaceExists } from './identity.errors.js';
import type { WorkspaceEvent } from './workspace.events.js';

export type CreateWorkspace = Command<'CreateWorkspace', { workspaceId: string }, Readonly<Record<never, never>>>;
export type WorkspaceState = 'none' | 'open';

/** What a workspace may be called: it stands in tokens, streams and on command lines. */
export const isWorkspaceName = (name: string): boolean => /^[a-z0-9][a-z0-9-]{0,62}$/.test(name);

export const workspaceDecider: Decider<WorkspaceState, CreateWorkspace, WorkspaceEvent> = {
  initialState: 'none',
  evolve: () => 'open',
  decide({ data: { workspaceId }, metadata: { actor, now } }, state) {
    if (state === 'open') throw new WorkspaceExists();
    return [{ type: 'WorkspaceCreated', data: { workspaceId, createdBy: actor.id, at: now } }];
  },
};
