import { randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { EventStoreDbServerProcess, type ProcessOptions } from './server-process.js';

const credentials = { username: 'admin', password: 'changeit' };
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

const start = async (options: ProcessOptions = {}) => {
  const server = await EventStoreDbServerProcess.start(options);
  cleanups.push(() => server.kill());
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

describe('the test server as a process of its own', () => {
  it('loses nothing that it acknowledged when it is killed, and starts again on the same port', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'eventstoredb-')), 'log.ndjson');
    const acknowledged: string[] = [];
    let { port, kill } = await begin(file);
    for (let life = 0; life < 3; life += 1) {
      const client = connect(`esdb://127.0.0.1:${port}?tls=false`);
      const enough = acknowledged.length + 10;
      const { promise: busy, resolve: isBusy } = Promise.withResolvers<void>();
      const killing = busy.then(kill);
      const writers = Array.from({ length: 4 }, async () => {
        for (;;) {
          const id = randomUUID();
          await client.appendToStream('s', jsonEvent({ id, type: 'A', data: {} }), { credentials, deadline: 1000 });
          if (acknowledged.push(id) >= enough) isBusy();
        }
      });
      await Promise.allSettled(writers);
      await killing;
      ({ port, kill } = await begin(file, port));
    }
    const stored = new Set<string>();
    for await (const { event } of connect(`esdb://127.0.0.1:${port}?tls=false`).readStream('s')) stored.add(event!.id);
    expect(acknowledged.length).toBeGreaterThanOrEqual(30);
    expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
  });

  it('takes orders for faults, and says when it does not know one', async () => {
    const server = await start();
    const client = connect(server.url);
    const append = () => client.appendToStream('s', jsonEvent({ type: 'A', data: {} }), { credentials, deadline: 200 });
    await append();
    await server.order({ do: 'lose-answers', times: 1, as: 'unknown' });
    await expect(append()).rejects.toMatchObject({ type: 'unknown' });
    await server.order({ do: 'silent', on: true });
    await expect(append()).rejects.toMatchObject({ type: 'deadline-exceeded' });
    await server.order({ do: 'clear' });
    expect(await append()).toMatchObject({ success: true });
    await expect(server.order({ do: 'dance' } as never)).rejects.toThrow('Unknown order');
  });
});

const begin = async (file: string, port?: number) => {
  const server = await start({ file, ...(port === undefined ? {} : { port }) });
  return { port: server.port, kill: () => server.kill() };
};
