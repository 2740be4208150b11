import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandBus } from '@nestjs/cqrs';
import { GrantRoleCommand, RevokeRoleCommand } from '#libs/identity/application/commands/change-user.handlers';
import { VirtualClock } from '#libs/kernel/infrastructure/virtual-clock';
import { metadataFor, newEvent, storedMetadata } from '#libs/testing/events';
import { EventStoreDbServerProcess } from '#libs/testing/eventstoredb-server/server-process';
import { installation, publishedWorkflow, roleStep, startedReview, type ApiInstallation } from './api.examples.js';
import { EventStreams } from './src/stream/event-streams.js';
import { writeToken } from './src/http/consistency-token.js';
import { Listening } from './stream.examples.js';

const stores = {
  PostgreSQL: async () => ({ env: {}, stop: async () => undefined }),
  EventStoreDB: async () => {
    const server = await EventStoreDbServerProcess.start({});
    return { env: { EVENT_STORE: 'eventstoredb', EVENTSTORE_URL: server.url }, stop: () => server.kill() };
  },
};

describe.each(Object.entries(stores))('GET /stream, events in %s', (_, startStore) => {
  let store: Awaited<ReturnType<typeof startStore>>;
  let api: ApiInstallation;
  let workflow: string;
  const open: Listening[] = [];
  beforeAll(async () => {
    store = await startStore();
    api = await installation(store.env, undefined, { heartbeatSeconds: 0.5, streamsPerPrincipal: 3 });
    workflow = await publishedWorkflow(api, [roleStep('check', 'officer'), roleStep('sign', 'manager')]);
  });
  afterEach(async () => void (await Promise.all(open.splice(0).map((each) => each.leave()))));
  afterAll(async () => {
    await api.stop();
    await store.stop();
  });

  const listen = async (as: string, lastEventId?: string) => {
    const listening = await Listening.open(api, as, lastEventId);
    open.push(listening);
    return listening;
  };
  const decide = (reviewId: string, as: string) =>
    api.post(`/reviews/${reviewId}/decide`, as, { verdict: 'approve', reviewedRevision: 1, comment: 'Fine by me' });
  const approved = async () => {
    const review = await startedReview(api, workflow);
    await decide(review, 'officer2');
    await decide(review, 'manager');
    return review;
  };
  const isOver = (review: string) => (it: Listening) => it.of(review).some((line) => line.endsWith('ReviewApproved'));
  const role = (Order: typeof GrantRoleCommand | typeof RevokeRoleCommand, username: string, name: 'manager') =>
    api.app.get(CommandBus).execute(new Order({ userId: api.ids.get(username)!, role: name }, metadataFor('admin')));

  it('tells every event once, in the order of the log, with nothing of what it is about', async () => {
    const listening = await listen('admin');
    expect(Object.fromEntries(listening.response.headers)).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    const reviews = await Promise.all(Array.from({ length: 5 }, approved));
    await api.post(`/reviews/${reviews[0]!}/comments`, 'officer', { text: 'Well done, Ann' });
    await listening.until('all', (it) => reviews.every((review) => isOver(review)(it)));
    await listening.until('the comment', (it) => it.events.some(({ type }) => type === 'CommentAdded'));
    for (const review of reviews) {
      const { body } = await api.get(`/reviews/${review}/events`, 'admin');
      expect(listening.of(review)).toEqual(body.data.map((it: any) => `${it.revision} ${it.type}`));
    }
    const positions = listening.events.map(({ position }) => position as never);
    expect(positions).toEqual(positions.toSorted((a, b) => api.core.store.compare(a, b)));
    for (const event of listening.events) {
      expect(Object.keys(event).toSorted()).toEqual([
        'id',
        'position',
        'reviewId',
        'revision',
        'stream',
        'token',
        'type',
      ]);
      expect(reviews).toContain(event.reviewId);
    }
  });

  it('tells with each event the token by which a read waits for it', async () => {
    const listening = await listen('manager');
    const review = await startedReview(api, workflow);
    await listening.until('the start', (it) => it.of(review).length > 0);
    const { token } = listening.events.find(({ reviewId }) => reviewId === review)!;
    const { body } = await api.get('/reviews?limit=100', 'manager', { 'consistency-token': token });
    expect(body.data.map(({ id }: { id: string }) => id)).toContain(review);
  });

  it('goes on exactly where it was, from every single place', async () => {
    const listening = await listen('admin');
    const review = await approved();
    await listening.until('the end', isOver(review));
    const whole = listening.of(review);
    await listening.leave();
    for (const [index, { token }] of listening.events.entries()) {
      const resumed = await listen('admin', token);
      const rest = whole.slice(index + 1);
      await resumed.until('the rest', (it) => it.of(review).length >= rest.length);
      expect(resumed.of(review)).toEqual(rest);
      await resumed.leave();
    }
    const query = await fetch(`${api.url}/api/v1/stream?lastEventId=${listening.events[0]!.token}`, {
      headers: { authorization: `Bearer ${api.tokens.get('admin')!}` },
    });
    const reader = query.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('ReviewApproved')) text += (await reader.read()).value;
    await reader.cancel();
    expect([...text.matchAll(/"type":"(\w+)"/g)].map(([, type]) => type)).toEqual(
      whole.slice(1).map((line) => line.split(' ')[1]),
    );
  });

  it('loses and doubles nothing however often a reader is interrupted while much happens', async () => {
    const listening = await listen('admin');
    const seen: string[] = [];
    const work = Promise.all(Array.from({ length: 8 }, approved));
    let { lastId } = listening;
    let isDone = false;
    void work.then(() => (isDone = true));
    for (let last = false; !last;) {
      last = isDone;
      const part = await listen('admin', lastId);
      const many = 1 + (seen.length % 7);
      if (last) await part.until('the rest', (it) => seen.length + it.events.length >= 8 * 7);
      else await Promise.race([part.until('some', (it) => it.events.length >= many).catch(() => undefined), work]);
      const taken = last ? part.events : part.events.slice(0, many);
      seen.push(...taken.map(({ stream, revision }) => `${stream} ${revision}`));
      lastId = taken.at(-1)?.token ?? lastId;
      await part.leave();
    }
    await listening.until('all', (it) => it.events.length >= seen.length);
    expect(seen).toEqual(listening.events.map(({ stream, revision }) => `${stream} ${revision}`));
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('shows another workspace nothing, and passes over what is not for the reader', async () => {
    const [own, foreign] = [await listen('admin'), await listen('other-admin')];
    const before = foreign.lastId;
    const review = await approved();
    await own.until('the end', isOver(review));
    await foreign.until('the next heartbeat', (it) => it.lastId !== before && it.comments > 0);
    expect(foreign.events).toEqual([]);
    // Where it is passed over, it is not shown to a right that came later either.
    const again = await listen('other-admin', foreign.lastId);
    await again.until('a heartbeat', (it) => it.comments > 0);
    expect(again.events).toEqual([]);
  });

  it('shows an assistant what is its own, and a person of a branch what the branch has to do with', async () => {
    await api.register('robot', 'assistant', 'demo');
    await api.register('north', 'manager', 'demo', 'NORTH');
    await api.register('north-officer', 'officer', 'demo', 'NORTH');
    const byName = await publishedWorkflow(api, [
      { key: 'sign', assignees: [{ type: 'USER', id: api.ids.get('officer2') }], requiredApprovals: 1 },
    ]);
    const [robot, north] = [await listen('robot'), await listen('north')];
    const elsewhere = await startedReview(api, byName);
    const asked = await startedReview(api, workflow);
    const near = await startedReview(api, byName, { amount: '1' }, 'north-officer');
    await decide(asked, 'officer2');
    await north.until('own branch', (it) => it.of(near).length > 1);
    await north.until('own role', (it) => it.of(asked).some((line) => line.endsWith('StepStarted')));
    await robot.until('a heartbeat', (it) => it.comments > 1);
    const list = await api.get('/reviews?limit=100', 'north', { 'consistency-token': api.token() });
    const listed: string[] = list.body.data.map(({ id }: { id: string }) => id);
    expect([elsewhere, asked, near].map((id) => listed.includes(id))).toEqual([false, true, true]);
    expect([elsewhere, asked, near].map((id) => north.of(id).length > 0)).toEqual([false, true, true]);
    expect(robot.events).toEqual([]);
  });

  it('shows a delegate the work of the delegator, until the delegation is revoked', async () => {
    await api.register('south', 'officer', 'demo', 'SOUTH');
    const byName = await publishedWorkflow(api, [
      { key: 'sign', assignees: [{ type: 'USER', id: api.ids.get('manager2') }], requiredApprovals: 1 },
    ]);
    const south = await listen('south');
    const [from, until] = [-60_000, 3_600_000].map((ms) => new Date(Date.now() + ms).toISOString());
    const delegate = api.ids.get('south');
    const { status, body } = await api.post('/delegations', 'manager2', { delegate, from, until, reason: 'Away' });
    expect([status, body]).toMatchObject([201, {}]);
    const during = await startedReview(api, byName);
    await south.until('their work', (it) => it.of(during).length > 0);
    const revoked = await api.post(`/delegations/${body.delegationId as string}/revoke`, 'manager2', {
      reason: 'Back',
    });
    expect(revoked.status).toBe(201);
    const after = await startedReview(api, byName);
    await south.until('two heartbeats', (it) => it.comments > 2);
    expect(south.of(after)).toEqual([]);
  });

  it('ends at once for a session that is over', async () => {
    const signIn = { username: 'viewer', password: 'countersign-demo' };
    const { body } = await api.call('POST', '/auth/login', { body: signIn, key: null });
    const [leaving, staying] = [await listen(body.accessToken), await listen('viewer')];
    await api.call('POST', '/auth/logout', { as: body.accessToken, body: { refreshToken: body.refreshToken } });
    await leaving.over;
    const review = await startedReview(api, workflow);
    await staying.until('the start', (it) => it.of(review).length > 0);
    expect(leaving.of(review)).toEqual([]);
    await expect(Listening.open(api, body.accessToken)).rejects.toThrow('401');
  });

  it('shows nothing that was recorded after a role was lost, nor before, from then on', async () => {
    await api.register('west', 'officer', 'demo', 'WEST');
    const asked = await publishedWorkflow(api, [roleStep('sign', 'manager')]);
    await role(GrantRoleCommand, 'west', 'manager');
    const west = await listen('west');
    const start = west.lastId;
    const before = await startedReview(api, asked);
    await west.until('what managers see', (it) => it.of(before).length > 0);
    await role(RevokeRoleCommand, 'west', 'manager');
    const after = await startedReview(api, asked);
    await west.until('two heartbeats', (it) => it.comments > 2);
    expect(west.of(after)).toEqual([]);
    const again = await listen('west', start);
    await again.until('a heartbeat', (it) => it.comments > 0);
    expect(again.events).toEqual([]);
  });

  it('refuses what is no place of this log, in the words of the document', async () => {
    const ahead = writeToken({
      position: (api.core.store.kind === 'postgres' ? '999999999' : '999999999999/999999999999') as never,
      store: api.core.store.kind,
    });
    for (const id of ['nonsense', 'e30', writeToken({ position: 'x' as never, store: api.core.store.kind }), ahead]) {
      const { status, body } = await api.get('/stream', 'admin', { 'last-event-id': id });
      expect([status, body]).toMatchObject([400, { code: 'invalid-parameter', parameter: 'Last-Event-ID' }]);
    }
    expect((await api.get('/stream?lastEventId=nonsense', 'admin')).status).toBe(400);
    expect((await api.get('/stream?since=1', 'admin')).body.code).toBe('unknown-parameter');
    expect((await api.call('GET', '/stream')).status).toBe(401);
  });

  it('lets one person keep so many open and no more, until one is left', async () => {
    const mine = await Promise.all(Array.from({ length: 3 }, () => listen('auditor')));
    const { status, body, headers } = await api.get('/stream', 'auditor');
    expect([status, body.code, headers.get('retry-after')]).toEqual([429, 'rate-limited', '30']);
    await listen('manager2');
    await mine[0]!.leave();
    while ((await api.get('/stream', 'auditor')).status === 429) await sleep(5);
  });

  it('answers HEAD without beginning', async () => {
    const streams = api.app.get(EventStreams);
    while (streams.count > 0) await sleep(5);
    const response = await fetch(`${api.url}/api/v1/stream`, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${api.tokens.get('admin')!}` },
    });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    expect(streams.count).toBe(0);
  });
});

describe('the guide to the stream', () => {
  let api: ApiInstallation;
  beforeAll(async () => void (api = await installation()));
  afterAll(() => api.stop());

  it('has an example that works as it stands', async () => {
    const guide = await readFile('docs/guides/live.md', 'utf8');
    const example = /^```js\n(.*?)^```$/ms.exec(guide)![1]!;
    const folder = await mkdtemp(join(tmpdir(), 'guide-'));
    const file = join(folder, 'follow.mjs');
    const around = `
      const API = ${JSON.stringify(`${api.url}/api/v1`)};
      const freshToken = async () => ${JSON.stringify(api.tokens.get('admin'))};
      const refresh = async ({ type, revision }) => {
        console.log(revision, type);
        if (type === 'ReviewApproved') process.exit(0);
      };`;
    await writeFile(file, `${around}\n${example}`);
    const workflow = await publishedWorkflow(api, [roleStep('check', 'officer')]);
    const child = execFile(process.execPath, [file]);
    const closed = once(child, 'close');
    let printed = '';
    child.stdout!.on('data', (text: string) => (printed += text));
    while (api.app.get(EventStreams).count === 0) await sleep(5);
    const review = await startedReview(api, workflow);
    await api.post(`/reviews/${review}/decide`, 'officer2', { verdict: 'approve', reviewedRevision: 1 });
    await closed;
    await rm(folder, { recursive: true });
    expect(printed.trim().split('\n')).toEqual([
      '0 ReviewStarted',
      '1 StepStarted',
      '2 DecisionRecorded',
      '3 StepCompleted',
      '4 ReviewApproved',
    ]);
  });
});

describe('the end of a stream', () => {
  let api: ApiInstallation;
  beforeAll(async () => void (api = await installation({}, undefined, { heartbeatSeconds: 0.5 })));
  afterAll(() => api.stop());

  /** Comments as the log holds them, of a person whose key is gone. */
  const comments = async (reviewId: string, from: number, many: number) => {
    const events = Array.from({ length: many }, (_, i) =>
      newEvent({
        type: 'CommentAdded',
        metadata: storedMetadata({ commandId: randomUUID() }),
        data: {
          commentId: `c-${from + i}`,
          reviewId,
          text: { $erased: true },
          subjectRef: 'gone',
          authorId: 'usr_ann',
          at: '2026-11-22T10:00:00.000Z',
        },
      }),
    );
    const expected = from === 0 ? ('none' as const) : BigInt(from - 1);
    const { status } = await api.core.store.append([{ streamId: `comments-${reviewId}`, expected, events }]);
    expect(status).toBe('ok');
  };

  it('cuts off a reader who takes nothing, and lets it go on where it was', async () => {
    const MANY = 40_000;
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write(`GET /api/v1/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${api.tokens.get('admin')!}\r\n\r\n`);
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    while (!text.includes('id: ')) await sleep(5);
    socket.pause();
    const streams = api.app.get(EventStreams);
    expect(streams.count).toBe(1);
    const reviewId = randomUUID();
    for (let from = 0; from < MANY; from += 1000) await comments(reviewId, from, 1000);
    while (streams.count > 0) await sleep(20);
    socket.resume();
    await once(socket, 'close');

    // The last block may have been cut; the id before it is where to go on.
    const whole = text.slice(0, text.lastIndexOf('\n\n') + 2);
    const got = [...whole.matchAll(/"revision":(\d+)/g)].map(([, revision]) => Number(revision));
    expect(got.length).toBeLessThan(MANY);
    const rest = await Listening.open(api, 'admin', [...whole.matchAll(/^id: (.+)$/gm)].at(-1)![1]);
    await rest.until('the rest', (it) => got.length + it.events.length >= MANY, 60_000);
    await rest.leave();
    const all = [...got, ...rest.events.map(({ revision }) => revision)];
    expect(all).toEqual(Array.from({ length: MANY }, (_, revision) => revision));
  });

  it('comes with the next sign of life once the token has expired, and nothing is told after that', async () => {
    const clock = new VirtualClock('2026-11-23T09:00:00.000Z');
    const aging = await installation({ ACCESS_TOKEN_MINUTES: '5' }, clock, { heartbeatSeconds: 0.5 });
    const workflow = await publishedWorkflow(aging, [roleStep('check', 'officer')]);
    const [old, other] = [await Listening.open(aging, 'admin'), await Listening.open(aging, 'manager')];
    clock.advance(5 * 60_000 - 1);
    const review = await startedReview(aging, workflow);
    await old.until('the start', (it) => it.of(review).length === 2);
    clock.advance(1);
    await Promise.all([old.over, other.over]);
    expect(old.of(review)).toHaveLength(2);
    await expect(Listening.open(aging, 'admin')).rejects.toThrow('401');
    await aging.stop();
  });

  it('comes when the server is stopped, which waits for no reader', async () => {
    const stopping = await installation();
    const listening = await Listening.open(stopping, 'admin');
    const workflow = await publishedWorkflow(stopping, [roleStep('check', 'officer')]);
    const review = await startedReview(stopping, workflow);
    await listening.until('the start', (it) => it.of(review).length > 0);
    await stopping.stop();
    await listening.over;
    expect(listening.of(review).length).toBeGreaterThan(0);
  });
});
