import { specFor } from '#libs/testing/given';
import { WorkspaceExists } from './identity.errors.js';
import { isWorkspaceName, workspaceDecider, type CreateWorkspace } from './workspace.decider.js';
import type { WorkspaceEvent } from './workspace.events.js';

const at = '2026-11-22T09:00:00.000Z';
const create: CreateWorkspace = {
  type: 'CreateWorkspace',
  data: { workspaceId: 'acme' },
  facts: {},
  metadata: {
    commandId: 'c',
    commandHash: '',
    actor: { id: 'system:cli', kind: 'system', roles: [] },
    workspaceId: 'acme',
    now: at,
    correlationId: 'c',
    causationId: 'c',
  },
};
const created: WorkspaceEvent = {
  type: 'WorkspaceCreated',
  data: { workspaceId: 'acme', createdBy: 'system:cli', at },
};
const given = specFor(workspaceDecider);

describe('CreateWorkspace', () => {
  it('opens a workspace', () => given().when(create).then(created));

  it('refuses one that is open', () => given(created).when(create).thenRefuses(WorkspaceExists));

  it.each(['Acme', '', '-a', 'a b', 'a/b', 'x'.repeat(64)])('is not called %j', (name) =>
    expect(isWorkspaceName(name)).toBe(false),
  );

  it.each(['acme', 'a', '7-x'])('may be called %j', (name) => expect(isWorkspaceName(name)).toBe(true));
});
