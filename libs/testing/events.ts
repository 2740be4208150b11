import { randomUUID } from 'node:crypto';
import type { EventMetadata, NewEvent } from '#libs/event-store/application/event-store';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import type { JsonObject } from '#libs/kernel/domain/json';

/** The fixed day of the tests. */
export const at = (time: string): string => `2026-11-22T${time.length === 5 ? `${time}:00.000` : time}Z`;

/** Who and when, for a command in a test: `metadataFor('ann')`, `metadataFor('ann', { now: at('10:00') })`. */
export function metadataFor(
  actor: string | CommandMetadata['actor'],
  more: Partial<CommandMetadata> = {},
): CommandMetadata {
  const commandId = more.commandId ?? randomUUID();
  return {
    commandId,
    commandHash: 'hash-of-the-body',
    actor: typeof actor === 'string' ? { id: actor, kind: 'user', roles: [] } : actor,
    workspaceId: 'demo',
    now: at('10:00'),
    correlationId: commandId,
    causationId: commandId,
    ...more,
  };
}

/** Metadata as it is stored. */
export const storedMetadata = (more: Partial<EventMetadata> = {}): EventMetadata => ({
  $correlationId: '00000000-0000-4000-8000-000000000001',
  $causationId: '00000000-0000-4000-8000-000000000002',
  commandId: '00000000-0000-4000-8000-000000000003',
  commandType: 'Test',
  commandHash: 'hash-of-the-body',
  actor: { id: 'usr_ann', kind: 'user', roles: ['officer'] },
  workspaceId: 'demo',
  recordedAt: at('10:00'),
  ...more,
});

/** An event for tests of stores, which do not look inside. */
export const newEvent = (more: Partial<NewEvent> & { data?: JsonObject } = {}): NewEvent => ({
  id: randomUUID(),
  type: 'Tested',
  schemaVersion: 1,
  data: { text: 'x' },
  metadata: storedMetadata(),
  ...more,
});
