import { derivedId } from '#libs/kernel/domain/ids';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import { InMemoryEventStore } from '../infrastructure/in-memory-event-store.js';
import { InMemorySubjectKeys } from '../infrastructure/in-memory-subject-keys.js';
import { Codec } from './codec.js';
import { IdempotencyKeyReused } from './errors.js';
import { EventRegistry } from './event-registry.js';
import { RequestKeys } from './request-keys.js';

const request = (key: string, body: string, workspaceId = 'demo'): CommandMetadata => ({
  commandId: derivedId(workspaceId, key),
  commandHash: body,
  actor: { id: 'ann', kind: 'user', roles: [] },
  workspaceId,
  now: '2026-11-22T10:00:00.000Z',
  correlationId: key,
  causationId: key,
});

describe('The key of a request to many streams', () => {
  const store = new InMemoryEventStore();
  const codec = new Codec(new EventRegistry([]), new InMemorySubjectKeys());
  const keys = new RequestKeys(store, codec);
  const bind = (...asked: Parameters<typeof request>) => keys.bind(request(...asked));

  it('is bound by the first body, for every process and for good', async () => {
    await bind('k1', 'a');
    await bind('k1', 'a');
    await expect(bind('k1', 'b')).rejects.toThrow(IdempotencyKeyReused);
    const elsewhere = new RequestKeys(store, codec);
    await elsewhere.bind(request('k1', 'a'));
    await expect(elsewhere.bind(request('k1', 'b'))).rejects.toThrow(IdempotencyKeyReused);
    await bind('k2', 'b');
    await bind('k1', 'b', 'other');
  });

  it('is bound once by two at the same time', async () => {
    const ends = await Promise.allSettled([bind('k3', 'a'), bind('k3', 'b'), bind('k3', 'a')]);
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });
});
