import { randomUUID } from 'node:crypto';
import { mkdtemp, appendFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BACKWARDS,
  END,
  EventStoreDBClient,
  NO_STREAM,
  NotLeaderError,
  STREAM_EXISTS,
  WrongExpectedVersionError,
  isCommandError,
  jsonEvent,
  streamNameFilter,
  type Position,
} from '@eventstore/db-client';
import { EventStoreDbServer, type ServerOptions } from './server.js';

const event = (type: string, id: string = randomUUID(), data: Record<string, unknown> = {}) =>
  jsonEvent({ type, data, id });
const credentials = { username: 'admin', password: 'changeit' };

const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
};

/** The kind of error the client makes of it, or `ok`. */
const kindOf = (answer: Promise<unknown>): Promise<string> =>
  answer.then(
    () => 'ok',
    (error: unknown) => (error instanceof Error && isCommandError(error) ? error.type : String(error)),
  );

const cleanups: (() => unknown)[] = [];
const start = async (options: ServerOptions = {}) => {
  const server = await EventStoreDbServer.start(options);
  cleanups.push(() => server.stop());
  return server;
};
const connect = (url: string) => {
  const client = EventStoreDBClient.connectionString(url);
  cleanups.push(async () => {
    await client.dispose();
    (await client['getChannel']()).close();
  });
  return client;
};

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

describe.each([
  ['the plain append call', { credentials }],
  ['the batch append call', {}],
])('the test server, by %s', (_, call) => {
  it('holds an append to the revision it expects', async () => {
    const client = connect((await start()).url);
    const first = await client.appendToStream('s', [event('A'), event('B')], { expectedRevision: NO_STREAM, ...call });
    expect(first).toMatchObject({ success: true, nextExpectedRevision: 1n });
    expect(await client.appendToStream('s', event('C'), { expectedRevision: 1n, ...call })).toMatchObject({
      nextExpectedRevision: 2n,
    });
    for (const expectedRevision of [NO_STREAM, 0n, 9n] as const) {
      const refused: unknown = await client
        .appendToStream('s', event('X'), { expectedRevision, ...call })
        .catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(WrongExpectedVersionError);
      expect(refused).toMatchObject({ actualVersion: 2n, expectedVersion: expectedRevision });
    }
    expect(await kindOf(client.appendToStream('none', event('X'), { expectedRevision: STREAM_EXISTS, ...call }))).toBe(
      'wrong-expected-version',
    );
  });

  it('answers the same events again with the original outcome, also when the stream has moved on', async () => {
    const client = connect((await start()).url);
    const [one, two] = [randomUUID(), randomUUID()];
    const append = (ids: string[]) =>
      client.appendToStream(
        's',
        ids.map((id) => event('A', id)),
        { expectedRevision: NO_STREAM, ...call },
      );
    const first = await append([one, two]);
    await client.appendToStream('s', event('Later'), { expectedRevision: 1n, ...call });
    expect(await append([one, two])).toEqual(first);
    expect(await kindOf(append([one, randomUUID()]))).toBe('wrong-expected-version');
    expect(await collect(client.readStream('s'))).toHaveLength(3);
  });

  it('refuses what is too big and what was deleted', async () => {
    const client = connect((await start()).url);
    const big = event('Big', randomUUID(), { x: 'y'.repeat(1_100_000) });
    expect(await kindOf(client.appendToStream('big', big, call))).toBe('maximum-append-size-exceeded');
    await client.appendToStream('dead', event('A'), call);
    await client.tombstoneStream('dead');
    expect(await kindOf(client.appendToStream('dead', event('A'), call))).toBe('stream-deleted');
    expect(await kindOf(collect(client.readStream('dead')))).toBe('stream-deleted');
    await client.appendToStream('soft', [event('A'), event('B')], call);
    await client.deleteStream('soft');
    expect(await kindOf(collect(client.readStream('soft')))).toBe('stream-not-found');
    await client.appendToStream('soft', event('C'), { expectedRevision: NO_STREAM, ...call });
    const [survivor] = await collect(client.readStream('soft'));
    expect(survivor?.event).toMatchObject({ type: 'C', revision: 2n });
  });

  it('sends a writer that needs the leader to the leader', async () => {
    const server = await start();
    const leader = await start();
    server.faults.leader = { host: '127.0.0.1', port: leader.port };
    const client = connect(server.url);
    const append = () => client.appendToStream('s', event('A'), { requiresLeader: true, ...call });
    await expect(append()).rejects.toBeInstanceOf(NotLeaderError);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await append()).toMatchObject({ success: true });
    expect(leader.log.lastRevision('s')).toBe(0);
  });

  it('commits, and loses the answer', async () => {
    const server = await start();
    const client = connect(server.url);
    server.faults.loseAnswers(1, 'unavailable');
    expect(await kindOf(client.appendToStream('s', event('A'), call))).toBe('unavailable');
    expect(server.log.lastRevision('s')).toBe(0);
    server.faults.failAppends(1, 'unknown');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await kindOf(client.appendToStream('s', event('A'), call))).toBe('unknown');
    expect(server.log.lastRevision('s')).toBe(0);
  });
});

describe('the test server', () => {
  it('reads streams and all, forwards and backwards, from any place', async () => {
    const client = connect((await start()).url);
    await client.appendToStream(
      's',
      ['A', 'B', 'C', 'D'].map((type) => event(type)),
    );
    const types = async (read: AsyncIterable<{ event?: { type: string } }>) =>
      (await collect(read)).map(({ event }) => event?.type);
    expect(await types(client.readStream('s', { fromRevision: 1n, maxCount: 2 }))).toEqual(['B', 'C']);
    const lastTwo = client.readStream('s', { direction: BACKWARDS, fromRevision: END, maxCount: 2 });
    expect(await types(lastTwo)).toEqual(['D', 'C']);
    const all = await collect(client.readAll());
    const fromPosition = all[2]!.event!.position;
    expect(await types(client.readAll({ fromPosition, maxCount: 1 }))).toEqual(['C']);
    expect(await types(client.readAll({ fromPosition, maxCount: 1, direction: BACKWARDS }))).toEqual(['B']);
    expect(await types(client.readAll({ fromPosition: END, direction: BACKWARDS }))).toEqual(['D', 'C', 'B', 'A']);
  });

  it('subscribes with a filter, says where it is, and resumes after a position', async () => {
    const client = connect((await start()).url);
    const seen: string[] = [];
    const marks: string[] = [];
    const checkpoints: Position[] = [];
    const follow = (fromPosition: Position | 'start', until: number) =>
      new Promise<void>((resolve, reject) => {
        const checkpointReached = (_: unknown, position: Position) => Promise.resolve(void checkpoints.push(position));
        const filter = streamNameFilter({ prefixes: ['app-'], checkpointInterval: 1, checkpointReached });
        const subscription = client
          .subscribeToAll({ fromPosition, filter })
          .on('caughtUp', () => marks.push('caughtUp'))
          .on('data', ({ event }) => {
            seen.push(`${event!.streamId}/${event!.revision}`);
            if (seen.length < until) return;
            void subscription.unsubscribe().then(resolve);
          })
          .on('error', reject);
      });
    await client.appendToStream('app-1', [event('A'), event('B')]);
    await client.appendToStream(
      'noise',
      Array.from({ length: 40 }, () => event('N')),
    );
    const followed = follow('start', 4);
    while (marks.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(seen).toEqual(['app-1/0', 'app-1/1']);
    const { position } = await client.appendToStream('app-2', [event('A'), event('B')]);
    await followed;
    expect(checkpoints.length).toBeGreaterThan(0);
    await client.appendToStream('app-3', event('A'));
    await follow(position!, 5);
    expect(seen).toEqual(['app-1/0', 'app-1/1', 'app-2/0', 'app-2/1', 'app-3/0']);
  });

  it('discovers itself by gossip', async () => {
    const server = await start();
    const client = connect(server.url.replace('esdb://', 'esdb+discover://'));
    expect(await client.appendToStream('s', event('A'))).toMatchObject({ success: true });
  });

  it('keeps its log and its port over a restart, and connections die', async () => {
    const server = await start();
    const client = connect(server.url);
    await client.appendToStream('s', event('A'));
    const dropped = new Promise((resolve) => client.subscribeToAll({ fromPosition: END }).on('error', resolve));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const { port } = server;
    await server.restart();
    expect(['unavailable', 'cancelled']).toContain(((await dropped) as { type: string }).type);
    expect(server.port).toBe(port);
    expect(await collect(connect(server.url).readStream('s'))).toHaveLength(1);
  });

  it('keeps its log in a file, without a torn last line', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'eventstoredb-')), 'log.ndjson');
    const first = await start({ file });
    const { position } = await connect(first.url).appendToStream('s', [event('A'), event('B')]);
    first.stop();
    await appendFile(file, '[{"id":"torn');
    const client = connect((await start({ file })).url);
    expect(await collect(client.readStream('s'))).toHaveLength(2);
    const next = await client.appendToStream('s', event('C'), { expectedRevision: 1n });
    expect(next.position!.commit).toBeGreaterThan(position!.commit);
    expect(await collect(connect((await start({ file })).url).readStream('s'))).toHaveLength(3);
  });
});
