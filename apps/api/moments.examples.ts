import { CommandBus } from '@nestjs/cqrs';
import {
  DeactivateUserCommand,
  GrantRoleCommand,
  RevokeRoleCommand,
} from '#libs/identity/application/commands/change-user.handlers';
import { derivedId } from '#libs/kernel/domain/ids';
import { VirtualClock } from '#libs/kernel/infrastructure/virtual-clock';
import { installation, publishedWorkflow, roleStep, startedReview, type ApiInstallation } from './api.examples.js';

const MINUTE = 60_000;
const views = ['', '/chain', '/events', '/diff', '/explanation', '/eligibility', '/actions'] as const;
const readers = ['officer', 'officer2', 'manager', 'admin'] as const;

/** What everybody was answered at one moment. */
interface Seen {
  readonly act: string;
  readonly revision: number;
  readonly at: string;
  readonly answers: ReadonlyMap<string, unknown>;
}

describe('the past of a review over HTTP', () => {
  // A Monday.
  const clock = new VirtualClock('2026-11-23T09:00:00.000Z');
  let api: ApiInstallation;
  let reviewId: string;
  const seen: Seen[] = [];

  const ask = (view: string, as: string, query = '') => api.get(`/reviews/${reviewId}${view}${query}`, as);
  const answersOf = async (query = '') => {
    const answers = new Map<string, unknown>();
    for (const as of readers)
      for (const view of views) {
        const { status, body, headers } = await ask(view, as, query);
        answers.set(`${as} ${view}`, { status, etag: headers.get('etag'), body });
      }
    return answers;
  };
  const look = async (act: string) => {
    const { body } = await ask('', 'auditor');
    seen.push({ act, revision: body.revision, at: clock.now().toISOString(), answers: await answersOf() });
  };
  const detail = async () => (await ask('', 'auditor')).body;
  const assignmentOf = async (step: string) =>
    (await detail()).steps.find(({ key }: { key: string }) => key === step).assignments[0].id as string;

  const act = async (name: string, as: string, body: object = {}) => {
    clock.advance(MINUTE);
    const answer = await api.post(`/reviews/${reviewId}/${name}`, as, body);
    if (answer.status !== 201) throw new Error(`${name} by ${as}: ${answer.status} ${JSON.stringify(answer.body)}`);
    await look(`${as} ${name}`);
    return answer.body;
  };
  const decide = (as: string, verdict: string, reviewedRevision: number) =>
    act('decide', as, { verdict, reviewedRevision });
  const metadata = () => {
    const id = derivedId('people', clock.now().toISOString());
    const actor = { id: 'system', kind: 'system', roles: [] } as const;
    const now = clock.now().toISOString();
    return { commandId: id, commandHash: '', workspaceId: 'demo', correlationId: id, causationId: id, now, actor };
  };
  const change = async (
    what: string,
    order: (data: { userId: string }) => GrantRoleCommand | RevokeRoleCommand | DeactivateUserCommand,
    name: string,
  ) => {
    clock.advance(MINUTE);
    await api.app.get(CommandBus).execute(order({ userId: api.ids.get(name)! }));
    await look(what);
  };

  beforeAll(async () => {
    api = await installation({ WORKER_ROLES: 'projections', ACCESS_TOKEN_MINUTES: '1440' }, clock);
    await api.register('late', 'viewer', 'demo');
    const ladder = [
      { id: 'r1', at: '50%', action: 'add', to: { role: 'manager' } },
      { id: 'r2', at: '0', action: 'none' },
    ];
    const workflow = await publishedWorkflow(api, [
      roleStep('check', 'officer', 1, { slaHours: 8, ladder }),
      roleStep('sign', 'manager', 2, { slaHours: 8, onReject: 'collect' }),
    ]);
    reviewId = await startedReview(api, workflow, { amount: '100', purpose: 'A van' });
    await look('start');

    const check = await assignmentOf('check');
    await act('claim', 'officer2', { assignmentId: check });
    await act('release', 'officer2', { assignmentId: check });
    await act('request-changes', 'officer2', {
      reviewedRevision: 1,
      items: [{ text: 'Which van?', path: '/purpose' }],
    });
    await act('resubmit', 'officer', { content: { amount: '100', purpose: 'A red van' } });
    await change(
      'late becomes an officer',
      (it) => new GrantRoleCommand({ ...it, role: 'officer' }, metadata()),
      'late',
    );
    await act('request-info', 'officer2', { question: 'Since when?' });
    await act('provide-info', 'officer', { answer: 'Since May' });
    clock.advance(MINUTE);
    const until = new Date(clock.now().getTime() + 600 * MINUTE).toISOString();
    const granted = await api.post('/delegations', 'officer2', {
      delegate: api.ids.get('viewer'),
      from: clock.now().toISOString(),
      until,
      reason: 'Leave',
    });
    expect(granted.status).toBe(201);
    await look('officer2 delegates');
    await act('hold', 'manager', { reason: 'The valuer is away' });
    await act('resume', 'manager', { reason: 'Back' });
    await decide('officer2', 'approve', 2);
    await change('late is one no more', (it) => new RevokeRoleCommand({ ...it, role: 'officer' }, metadata()), 'late');
    await change('late leaves', (it) => new DeactivateUserCommand(it, metadata()), 'late');
    clock.advance(MINUTE);
    const { delegationId } = granted.body;
    expect((await api.post(`/delegations/${delegationId}/revoke`, 'officer2', { reason: 'Back' })).status).toBe(201);
    await look('officer2 is back');
    await act('add-approver', 'manager', { step: 'sign', to: { user: api.ids.get('admin') }, reason: 'A large sum' });
    await decide('manager', 'reject', 2);
    const [{ id: decisionId }] = (await detail()).steps[1].decisions;
    await act('change-decision', 'manager', { decisionId, verdict: 'approve', reviewedRevision: 2, comment: 'I see' });
    await act('rescind', 'manager', { decisionId, reason: 'Wrong file' });
    await decide('manager', 'approve', 2);
    await decide('manager2', 'approve', 2);
    await act('reopen', 'admin', { reason: 'The register was wrong', mode: 'restart' });
    await act('override', 'admin', { step: 'check', outcome: 'approve', reason: 'Both officers are ill' });
    await act('withdraw', 'officer');
  });
  afterAll(() => api.stop());

  it('is answered at every revision as it was then, to everybody', async () => {
    expect(seen.length).toBeGreaterThan(20);
    const first = new Map<number, Seen>();
    for (const then of seen) if (!first.has(then.revision)) first.set(then.revision, then);
    for (const { act: told, revision, answers } of first.values())
      expect([told, await answersOf(`?revision=${revision}`)]).toEqual([told, answers]);
  });

  it('is answered at every instant as it was then, also when only the people were others', async () => {
    for (const { act: told, at, answers } of seen)
      expect([told, await answersOf(`?asOf=${at}`)]).toEqual([told, answers]);
  });

  it('lies between two events where the instant does', async () => {
    const [start, second] = seen as [Seen, Seen];
    const between = new Date(Date.parse(second.at) - 1).toISOString();
    expect((await ask('', 'auditor', `?asOf=${between}`)).body.revision).toBe(start.revision);
    const elsewhere = second.at.replace('T09:', 'T11:').replace('Z', '%2B02:00');
    expect((await ask('', 'auditor', `?asOf=${elsewhere}`)).body.revision).toBe(second.revision);
  });

  it('has events of one append one by one', async () => {
    const { body } = await ask('/events', 'auditor');
    for (const { revision, type } of body.data) {
      const { headers, body: past } = await ask('/events', 'auditor', `?revision=${revision}`);
      expect([headers.get('etag'), past.data.at(-1).type]).toEqual([`"${revision}"`, type]);
      expect(past.data).toEqual(body.data.slice(0, revision + 1));
    }
  });

  it('is the present in the future', async () => {
    const now = await answersOf();
    expect(await answersOf('?asOf=2099-01-01T00:00:00Z')).toEqual(now);
  });

  it.each([
    ['revision=9999', 404, 'not-found'],
    ['asOf=2026-11-23T08:59:59.999Z', 404, 'not-found'],
    ['revision=-1', 400, 'invalid-parameter'],
    ['revision=1.5', 400, 'invalid-parameter'],
    ['revision=last', 400, 'invalid-parameter'],
    ['revision=', 400, 'invalid-parameter'],
    ['revision=1&revision=2', 400, 'invalid-parameter'],
    ['asOf=yesterday', 400, 'invalid-parameter'],
    ['asOf=2026-11-23', 400, 'invalid-parameter'],
    ['asOf=2026-02-30T00:00:00Z', 400, 'invalid-parameter'],
    ['asOf=2026-11-23T10:00:00', 400, 'invalid-parameter'],
    ['revision=1&asOf=2026-11-23T10:00:00Z', 400, 'invalid-parameter'],
    ['asof=2026-11-23T10:00:00Z', 400, 'unknown-parameter'],
  ])('refuses ?%s', async (query, status, code) => {
    for (const view of views)
      expect([view, await ask(view, 'officer', `?${query}`)]).toMatchObject([view, { status, body: { code } }]);
  });

  it('is hidden from another workspace at any moment', async () => {
    for (const view of views)
      for (const query of ['?revision=0', '?asOf=2026-11-23T10:00:00Z'])
        expect((await ask(view, 'other-admin', query)).status).toBe(404);
  });
});
