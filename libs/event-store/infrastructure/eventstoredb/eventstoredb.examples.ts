import { randomUUID } from 'node:crypto';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { EventStoreDbServer, type ServerOptions } from '#libs/testing/eventstoredb-server/server';
import type { Expected, NewEvent, Page, StreamWrite } from '../../application/event-store.js';
import { connectEventStoreDb, type EventStoreDbOptions } from './connect-eventstoredb.js';
import type { EventStoreDbStore } from './eventstoredb-store.js';
import type { Settings, Trouble } from './settings.js';

/** Long enough for a busy machine, short enough for a test that waits for them. */
const QUICK: Partial<Settings> = {
  appendMs: 1_000,
  resendPauseMs: 20,
  readIdleMs: 1_000,
  confirmMs: 1_000,
  reconnectMs: { first: 20, longest: 200 },
};

export const newEvent = (type = 'Noted', more: Partial<NewEvent> = {}): NewEvent => ({
  id: randomUUID(),
  type,
  schemaVersion: 1,
  data: { text: 'Grüße, 世界 \u0000', n: 1, nested: { list: [1, 2, { deep: null }] } },
  metadata: {
    $correlationId: 'correlation',
    $causationId: 'causation',
    commandId: randomUUID(),
    commandType: 'Note',
    commandHash: 'ab'.repeat(32),
    actor: { id: 'ann', kind: 'user', roles: ['officer'] },
    workspaceId: 'workspace',
    recordedAt: '2026-11-02T09:00:00.000Z',
  },
  ...more,
});
export const write = (streamId: string, expected: Expected, ...events: NewEvent[]): [StreamWrite] => [
  { streamId, expected, events },
];
export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
export const until = async (holds: () => boolean) => {
  for (let waited = 0; !holds(); waited += 5) {
    if (waited > 10_000) throw new Error('It did not come about within 10 s.');
    await pause(5);
  }
};

/** Undone after each test, the last one first. */
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

export async function serve(options: ServerOptions = {}): Promise<EventStoreDbServer> {
  const server = await EventStoreDbServer.start(options);
  cleanups.push(() => server.stop());
  return server;
}

export function connect(server: EventStoreDbServer, options: Partial<EventStoreDbOptions> = {}) {
  const troubles: Trouble[] = [];
  const settings = { ...QUICK, ...options.settings };
  const onTrouble = (trouble: Trouble) => void troubles.push(trouble);
  const store = connectEventStoreDb({ url: server.url, ...options, settings, onTrouble });
  cleanups.push(() => store.close());
  return { store, troubles };
}

/** Follows the log until stopped; what came is in `pages`. */
export function follow(store: EventStoreDbStore, options: { after?: Page['next'] | 'start'; types?: string[] } = {}) {
  const stop = new AbortController();
  const pages: Page[] = [];
  const over = (async () => {
    for await (const page of store.subscribe({ after: 'start', ...options, signal: stop.signal })) pages.push(page);
  })();
  cleanups.push(() => {
    stop.abort();
    return over;
  });
  const ids = () => pages.flatMap(({ events }) => events.map(({ id }) => id));
  return { pages, ids, stop, over };
}

/** A raw client beside the store: other programs that use the same server. */
export async function stranger(server: EventStoreDbServer, streamId: string, type = 'Foreign'): Promise<void> {
  const client = EventStoreDBClient.connectionString(server.url);
  await client.appendToStream(streamId, jsonEvent({ type, data: { of: 'others' } }));
  await client.dispose();
  (await client['getChannel']()).close();
}

export const noise = () => ({
  id: randomUUID(),
  type: '$noise',
  isJson: false,
  data: new Uint8Array(),
  metadata: new Uint8Array(),
});
