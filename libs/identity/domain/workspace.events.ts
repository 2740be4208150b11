import { Type } from 'typebox';
import { defineEvent, type EventsOf } from '#libs/kernel/domain/define-event';

/* That a workspace was opened (`workspace-{workspaceId}`): from then on it has people, and nobody else sees them. */

export const WorkspaceCreated = defineEvent('WorkspaceCreated', {
  schema: Type.Object(
    { workspaceId: Type.String(), createdBy: Type.String(), at: Type.String() },
    { additionalProperties: false },
  ),
  sample: { workspaceId: 'acme', createdBy: 'system:cli', at: '2026-11-22T09:00:00.000Z' },
});

export const workspaceEvents = [WorkspaceCreated] as const;
export type WorkspaceEvent = EventsOf<typeof workspaceEvents>;
