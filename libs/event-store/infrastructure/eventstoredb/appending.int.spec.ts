import { EventStoreUnavailable } from '../../application/errors.js';
import { storedJson } from '../../application/stored-json.js';
import { connect, newEvent, noise, serve, until, write } from './eventstoredb.examples.js';

describe('an append', () => {
  it('takes the plain call, never the batch', async () => {
    const server = await serve();
    const { store } = connect(server);
    await store.append(write('review-1', 'none', newEvent()));
    expect(server.received).toMatchObject({ append: 1, batchAppend: 0 });
  });

  it('comes back exactly as it went in', async () => {
    const server = await serve();
    const { store } = connect(server);
    const event = newEvent('Noted', { schemaVersion: 3 });
    const result = await store.append(write('review-ü-世界', 'none', event));
    const { events, revision } = await store.readStream('review-ü-世界');
    expect(result).toEqual({
      status: 'ok',
      position: events[0]!.position,
      revisions: new Map([['review-ü-世界', 0n]]),
    });
    expect(revision).toBe(0n);
    expect(events).toEqual([{ ...event, streamId: 'review-ü-世界', revision: 0n, position: events[0]!.position }]);
    // the data on the server is the event's data and nothing else, as the same text that every store keeps
    expect(Buffer.from(server.log.all[0]!.data).toString()).toBe(storedJson(event.data));
    expect((await store.readAll({ after: 'start', limit: 10 })).events).toEqual(events);
  });

  it.each(['unavailable', 'unknown', 'cancelled', 'deadline', 'timeout', 'silence'] as const)(
    'whose answer got lost after the commit (%s) is acknowledged once',
    async (loss) => {
      const server = await serve();
      const { store, troubles } = connect(server);
      await store.append(write('review-1', 'none', newEvent()));
      server.faults.loseAnswers(1, loss);
      const [second, third] = [newEvent(), newEvent()];
      const result = await store.append(write('review-1', 0n, second, third));
      expect(result).toMatchObject({ status: 'ok', revisions: new Map([['review-1', 2n]]) });
      expect(troubles.filter(({ what }) => what === 'append-sent-again')).toHaveLength(1);
      const { events } = await store.readStream('review-1');
      expect(events.slice(1).map(({ id }) => id)).toEqual([second.id, third.id]);
      expect(events.at(-1)!.position).toBe((result as { position: string }).position);
    },
  );

  it('is sent at most four times, then says that the log is unavailable', async () => {
    const server = await serve();
    const { store } = connect(server);
    await store.append(write('review-1', 'none', newEvent()));
    const { append } = server.received;
    server.faults.failAppends(100);
    await expect(store.append(write('review-1', 0n, newEvent()))).rejects.toBeInstanceOf(EventStoreUnavailable);
    expect(server.received.append - append).toBe(4);
  });

  it('that fails before the commit is made good by sending it again', async () => {
    const server = await serve();
    const { store } = connect(server);
    server.faults.failAppends(2, 'unknown');
    const event = newEvent();
    expect(await store.append(write('review-1', 'none', event))).toMatchObject({ status: 'ok' });
    expect((await store.readStream('review-1')).events.map(({ id }) => id)).toEqual([event.id]);
  });

  it('with any or exists is never sent again: nothing would tell the first from the second', async () => {
    const server = await serve();
    const { store } = connect(server);
    await store.append(write('review-1', 'any', newEvent()));
    for (const expected of ['any', 'exists'] as const) {
      const { append } = server.received;
      server.faults.loseAnswers(1);
      await expect(store.append(write('review-1', expected, newEvent()))).rejects.toBeInstanceOf(EventStoreUnavailable);
      expect(server.received.append - append).toBe(1);
    }
    expect((await store.readStream('review-1')).revision).toBe(2n);
  });

  it('goes to the leader when this server is not it', async () => {
    const [follower, leader] = [await serve(), await serve()];
    const { store } = connect(follower);
    await store.append(write('review-0', 'none', newEvent())); // it leads, still
    for (let index = 0; index < 9; index += 1) leader.log.append('review-0', 'any', [noise()]); // as far as the follower
    follower.faults.leader = { host: '127.0.0.1', port: leader.port };
    expect(await store.append(write('review-1', 'none', newEvent()))).toMatchObject({ status: 'ok' });
    expect(leader.log.lastRevision('review-1')).toBe(0);
    expect(follower.log.lastRevision('review-1')).toBe(-1);
    expect((await store.readStream('review-1')).revision).toBe(0n);
  });

  it('of the same events again is a duplicate with the original outcome, also for a new process and a stream that moved on', async () => {
    const server = await serve();
    const { store } = connect(server);
    const events = [newEvent(), newEvent()];
    const first = await store.append(write('review-1', 'none', ...events));
    await store.append(write('review-1', 1n, newEvent()));
    expect(await store.append(write('review-1', 'none', ...events))).toEqual({ ...first, status: 'duplicate' });
    const { store: later } = connect(server);
    expect(await later.append(write('review-1', 'none', ...events))).toEqual({ ...first, status: 'duplicate' });
    // decided again at another revision: the server says no, the tail says that it is there
    expect(await later.append(write('review-1', 5n, ...events))).toEqual({ ...first, status: 'duplicate' });
    const again = newEvent();
    const second = await store.append(write('review-1', 2n, again));
    expect(await later.append(write('review-1', 0n, again))).toEqual({ ...second, status: 'duplicate' });
  });

  it('of one command that two processes decide differently at once is told to one of them only', async () => {
    const server = await serve();
    const stores = [connect(server).store, connect(server).store];
    // Each knows how far the log goes.
    for (const store of stores) await store.append(write('review-0', 'any', newEvent()));
    for (let round = 1; round <= 20; round += 1) {
      const event = newEvent();
      const decided = stores.map((_, index) => ({ ...event, data: { by: index } }));
      const results = await Promise.all(
        stores.map((store, i) => store.append(write(`review-${round}`, 'none', decided[i]!))),
      );
      expect(results.map(({ status }) => status).toSorted()).toEqual(['duplicate', 'ok']);
      const { events } = await stores[0]!.readStream(`review-${round}`);
      expect(events.map(({ data }) => data)).toEqual([{ by: results.findIndex(({ status }) => status === 'ok') }]);
    }
  });

  it('at another revision, or sharing only some events, is a conflict that tells where the stream is', async () => {
    const { store } = connect(await serve());
    const [one, two] = [newEvent(), newEvent()];
    await store.append(write('review-1', 'none', one, two));
    const conflict = { status: 'conflict', actual: new Map([['review-1', 1n]]) };
    expect(await store.append(write('review-1', 'none', newEvent()))).toEqual(conflict);
    expect(await store.append(write('review-1', 0n, newEvent()))).toEqual(conflict);
    expect(await store.append(write('review-1', 'none', one, newEvent()))).toEqual(conflict);
    expect(await store.append(write('review-2', 0n, newEvent()))).toEqual({
      status: 'conflict',
      actual: new Map([['review-2', -1n]]),
    });
  });

  it('that lost the race while its answer was lost is a conflict, not a success', async () => {
    const server = await serve();
    const { store } = connect(server);
    const { store: rival } = connect(server);
    await store.append(write('review-1', 'none', newEvent()));
    server.faults.failAppends(1);
    const appending = store.append(write('review-1', 0n, newEvent()));
    await until(() => server.received.append === 2);
    await rival.append(write('review-1', 0n, newEvent()));
    expect(await appending).toEqual({ status: 'conflict', actual: new Map([['review-1', 1n]]) });
  });

  it('to two streams, or one that only checks, is refused before anything is written', async () => {
    const server = await serve();
    const { store } = connect(server);
    const [first] = write('review-1', 'none', newEvent());
    await expect(store.append([first, ...write('review-2', 'none', newEvent())])).rejects.toThrow(
      'one stream at a time',
    );
    await expect(store.append(write('review-1', 0n))).rejects.toThrow('without writing');
    expect(server.received.append).toBe(0);
  });

  it('of more than 1 MiB is refused before it is sent; just below it goes', async () => {
    const server = await serve();
    const { store } = connect(server);
    const big = (bytes: number) => newEvent('Noted', { data: { text: 'x'.repeat(bytes) } });
    const tooLarge = store.append(write('review-1', 'none', big(600_000), big(600_000)));
    await expect(tooLarge).rejects.toMatchObject({ code: 'payload-too-large', kind: 'too-large' });
    expect(server.received.append).toBe(0);
    expect(await store.append(write('review-1', 'none', big(1_000_000)))).toMatchObject({ status: 'ok' });
  });

  it('that the client could not serialise is refused and does not hang', async () => {
    const server = await serve();
    const { store } = connect(server);
    const bigint = newEvent('Noted', { data: { n: 1n } as never });
    await expect(store.append(write('review-1', 'none', bigint))).rejects.toThrow('bigint is not JSON');
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    await expect(store.append(write('review-1', 'none', newEvent('Noted', { data: cycle as never })))).rejects.toThrow(
      'levels',
    );
    expect(server.received.append).toBe(0);
  });

  it('to a silent server ends by the deadline, and what it did not know it finds out later', async () => {
    const server = await serve();
    const { store } = connect(server, { settings: { appendMs: 300, resends: 1, faultsBeforeRebuild: 100 } });
    await store.append(write('review-1', 'none', newEvent()));
    server.faults.silent(true);
    const event = newEvent();
    await expect(store.append(write('review-1', 0n, event))).rejects.toBeInstanceOf(EventStoreUnavailable);
    server.faults.silent(false); // what was held back is committed now, too late for its answer
    expect(await store.append(write('review-1', 0n, event))).toMatchObject({ revisions: new Map([['review-1', 1n]]) });
    expect((await store.readStream('review-1')).events).toHaveLength(2);
  });

  it('by 64 writers at once on one revision has one winner', async () => {
    const { store } = connect(await serve());
    await store.append(write('review-1', 'none', newEvent()));
    const results = await Promise.all(
      Array.from({ length: 64 }, () => store.append(write('review-1', 0n, newEvent()))),
    );
    expect(results.filter(({ status }) => status === 'ok')).toHaveLength(1);
    expect(results.filter(({ status }) => status === 'conflict')).toHaveLength(63);
  });

  it('survives a restart of the server in the middle', async () => {
    const server = await serve();
    const { store } = connect(server, { settings: { resendPauseMs: 100 } });
    await store.append(write('review-1', 'none', newEvent()));
    const restarted = server.restart(150);
    expect(await store.append(write('review-1', 0n, newEvent()))).toMatchObject({ status: 'ok' });
    await restarted;
    expect((await store.readStream('review-1')).revision).toBe(1n);
  });
});
