import { EventStoreUnavailable } from '../../application/errors.js';
import { connect, newEvent, serve, until, write } from './eventstoredb.examples.js';

describe('the clients', () => {
  it('are rebuilt after one fault too many of the kind that only a new one mends', async () => {
    const server = await serve();
    const { store, troubles } = connect(server, { settings: { faultsBeforeRebuild: 3, resends: 3 } });
    await store.append(write('review-1', 'none', newEvent()));
    server.faults.failAppends(3, 'unknown');
    expect(await store.append(write('review-1', 0n, newEvent()))).toMatchObject({ status: 'ok' });
    expect(troubles.filter(({ what }) => what === 'client-rebuilt')).toEqual([
      { what: 'client-rebuilt', client: 'commands' },
    ]);
    server.faults.failAppends(2, 'unknown');
    expect(await store.append(write('review-1', 1n, newEvent()))).toMatchObject({ status: 'ok' });
    expect(troubles.filter(({ what }) => what === 'client-rebuilt')).toHaveLength(1);
  });

  it('let the calls of others finish when one is rebuilt', async () => {
    const server = await serve();
    const { store } = connect(server, { settings: { faultsBeforeRebuild: 1 } });
    await store.append(write('review-1', 'none', newEvent()));
    server.faults.slowMs = 100;
    const slow = store.readStream('review-1');
    await until(() => server.open.reads === 1);
    server.faults.slowMs = 0;
    server.faults.failAppends(1, 'unknown');
    expect(await store.append(write('review-1', 0n, newEvent()))).toMatchObject({ status: 'ok' });
    expect((await slow).events.length).toBeGreaterThan(0);
  });

  it('close their connections, also those of a client that was replaced', async () => {
    const server = await serve();
    const { store } = connect(server, { settings: { faultsBeforeRebuild: 1 } });
    await store.append(write('review-1', 'none', newEvent()));
    server.faults.failAppends(1, 'unknown');
    await store.append(write('review-1', 0n, newEvent()));
    await store.readAll({ after: 'start', limit: 1 });
    expect(server.connections).toBeGreaterThan(0);
    await store.close();
    await until(() => server.connections === 0);
  });

  it('are two: a projector that rebuilds does not disturb commands', async () => {
    const server = await serve();
    const { store, troubles } = connect(server, { settings: { faultsBeforeRebuild: 1, readIdleMs: 300 } });
    await store.append(write('review-1', 'none', newEvent()));
    server.faults.silent(true);
    await expect(store.readAll({ after: 'start', limit: 1 })).rejects.toBeInstanceOf(EventStoreUnavailable);
    server.faults.silent(false);
    expect(troubles).toEqual([{ what: 'client-rebuilt', client: 'projectors' }]);
  });
});

describe('the health of the store', () => {
  it('is told without credentials and without throwing', async () => {
    const server = await serve();
    const { store } = connect(server, { username: 'ann', password: 'hunter2' });
    expect(await store.health()).toEqual({ ok: true });
    server.stop();
    const { ok, detail } = await store.health();
    expect(ok).toBe(false);
    expect(detail).toContain('EventStoreDB');
    expect(detail).not.toContain('hunter2');
    const error = await store.readStream('review-1').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'event-store-unavailable', kind: 'unavailable', retryable: true });
    expect(String(error)).not.toContain('hunter2');
  });

  it('is bad for a user who may not read everything', async () => {
    const server = await serve({ users: { admin: 'changeit', ann: 'x' } });
    const { store } = connect(server); // without TLS the client sends no user at all
    expect(await store.health()).toEqual({ ok: false, detail: 'EventStoreDB answered "access-denied"' });
  });
});
