import { randomUUID } from 'node:crypto';
import { CommandBus } from '@nestjs/cqrs';
import { DeactivateUserCommand } from '#libs/identity/application/commands/change-user.handlers';
import { installation, publishedWorkflow, roleStep, startedReview, type ApiInstallation } from './api.examples.js';

const day = 24 * 60 * 60 * 1000;
const inDays = (days: number) => new Date(Date.now() + days * day).toISOString();

describe('delegations over HTTP', () => {
  let api: ApiInstallation;
  beforeAll(async () => {
    api = await installation();
    for (const key of ['loan-approval', 'another'])
      await api.post('/workflows', 'admin', { key, name: key, steps: [roleStep('sign', 'manager')] });
  });
  afterAll(() => api.stop());

  const idOf = (name: string) => api.ids.get(name)!;
  const delegate = (as: string, to: string, body: object = {}, more: object = {}) =>
    api.post('/delegations', as, { delegate: idOf(to), until: inDays(7), reason: 'On leave', ...body }, more);
  const revoke = (as: string, id: string, body: object = {}) => api.post(`/delegations/${id}/revoke`, as, body);
  const listOf = async (as: string, query = '') =>
    (await api.get(`/delegations?limit=100${query}`, as)).body.data as { id: string; status: string }[];

  it('are made, listed, and ended', async () => {
    const scope = { workflowKeys: ['loan-approval'], stepKeys: ['sign'], maxAmount: '2000000' };
    const made = await delegate('officer', 'officer2', { scope });
    expect(made.status).toBe(201);
    const { delegationId } = made.body;
    expect(made.body).toEqual({
      commandId: expect.any(String),
      stream: `delegation-${idOf('officer')}`,
      revision: 0,
      position: expect.any(String),
      events: [{ id: expect.any(String), type: 'DelegationCreated', revision: 0 }],
      state: { status: 'active' },
      delegationId: expect.any(String),
      overlaps: [],
    });
    expect(made.headers.get('location')).toBe(`/api/v1/delegations/${delegationId}`);

    const shown = {
      id: delegationId,
      delegator: idOf('officer'),
      delegate: idOf('officer2'),
      from: expect.any(String),
      until: expect.any(String),
      scope,
      reason: 'On leave',
      source: 'own',
      status: 'active',
      createdBy: idOf('officer'),
      createdAt: expect.any(String),
      revokedBy: null,
      revokedAt: null,
    };
    const token = { 'consistency-token': made.headers.get('consistency-token')! };
    expect((await api.get(`/delegations/${delegationId}`, 'officer2', token)).body).toEqual(shown);
    expect((await api.get('/delegations', 'officer', token)).body).toEqual({
      data: [shown],
      page: { next: null, hasMore: false },
    });

    const again = await delegate('officer', 'manager', { from: inDays(1), until: inDays(2) });
    expect(again.body).toMatchObject({ state: { status: 'scheduled' }, overlaps: [{ id: delegationId }] });
    expect((await revoke('officer', again.body.delegationId)).status).toBe(201);

    const ended = await revoke('officer', delegationId, { reason: 'Back early' });
    expect([ended.status, ended.body.state, ended.body.delegationId]).toEqual([
      201,
      { status: 'revoked' },
      delegationId,
    ]);
    const twice = await revoke('officer', delegationId);
    expect([twice.status, twice.body.events]).toEqual([200, []]);
    expect(await listOf('officer', '&status=active')).toEqual([]);
    expect((await listOf('officer', '&status=revoked')).map(({ id }) => id)).toEqual([
      again.body.delegationId,
      delegationId,
    ]);
  });

  it('are paged', async () => {
    const made: string[] = [];
    for (let i = 0; i < 5; i++) made.unshift((await delegate('manager2', 'manager')).body.delegationId as string);
    const seen: string[] = [];
    for (let cursor = ''; ;) {
      const { body } = await api.get(`/delegations?limit=2&delegator=${idOf('manager2')}${cursor}`, 'manager2');
      seen.push(...body.data.map(({ id }: { id: string }) => id));
      if (!body.page.hasMore) break;
      cursor = `&cursor=${body.page.next}`;
    }
    expect(seen).toEqual(made);
    for (const id of made) await revoke('manager2', id);
  });

  it('to oneself, in a circle, to strangers and for no time are refused, each with its place', async () => {
    const faults = async (answer: Promise<{ status: number; body: any }>) => {
      const { status, body } = await answer;
      return [status, body.code, ...(body.errors ?? []).map((each: any) => `${each.pointer} ${each.code}`)];
    };
    expect(await faults(delegate('officer', 'officer'))).toEqual([422, 'validation-failed', '/delegate self']);
    expect(await faults(delegate('officer', 'other-admin'))).toEqual([422, 'validation-failed', '/delegate unknown']);
    for (const name of ['far-officer', 'far-manager']) await api.register(name, 'officer', 'far');
    expect((await delegate('far-officer', 'far-manager')).status).toBe(201);
    for (const delegator of [idOf('far-officer'), randomUUID()])
      expect(await faults(delegate('admin', 'officer', { delegator }))).toEqual([
        422,
        'validation-failed',
        '/delegator unknown',
      ]);
    expect(await faults(delegate('officer', 'officer2', { until: inDays(-1) }))).toEqual([
      422,
      'validation-failed',
      '/until out-of-range',
    ]);
    expect(await faults(delegate('officer', 'officer2', { scope: { workflowKeys: [], maxAmount: '1.5' } }))).toEqual([
      422,
      'validation-failed',
      '/scope/workflowKeys required',
      '/scope/maxAmount bad-format',
    ]);
    expect(await faults(delegate('officer', 'officer2', { scope: { workflowKeys: ['nope'] } }))).toEqual([
      422,
      'validation-failed',
      '/scope/workflowKeys/0 unknown',
    ]);
    const first = await delegate('officer', 'officer2');
    expect(await faults(delegate('officer2', 'officer'))).toEqual([422, 'validation-failed', '/delegate cycle']);
    await revoke('officer', first.body.delegationId);
    const other = await delegate('officer2', 'officer');
    expect(other.status).toBe(201);
    await revoke('officer2', other.body.delegationId);
  });

  it('of others are made and ended by administrators, with a reason', async () => {
    const inTheirName = { delegator: idOf('officer'), reason: 'Ill' };
    expect((await delegate('officer2', 'manager', inTheirName)).body).toMatchObject({ status: 403, code: 'forbidden' });
    expect((await delegate('admin', 'manager', { ...inTheirName, reason: undefined })).body).toMatchObject({
      status: 422,
      code: 'reason-required',
    });
    expect((await delegate('viewer', 'manager')).body).toMatchObject({ status: 403, code: 'forbidden' });
    const made = await delegate('admin', 'manager', inTheirName);
    expect(made.status).toBe(201);
    const { delegationId } = made.body;
    expect((await api.get(`/delegations/${delegationId}`, 'officer')).body).toMatchObject({
      source: 'administrator',
      createdBy: idOf('admin'),
      delegator: idOf('officer'),
    });

    expect((await api.get(`/delegations/${delegationId}`, 'officer2')).status).toBe(404);
    expect((await revoke('officer2', delegationId)).status).toBe(404);
    expect((await revoke('other-admin', delegationId, { reason: 'x' })).status).toBe(404);
    expect((await api.get(`/delegations/${delegationId}`, 'other-admin')).status).toBe(404);
    expect(await listOf('other-admin')).toEqual([]);
    expect((await revoke('manager2', delegationId)).body).toMatchObject({ code: 'reason-required' });
    expect((await revoke('manager', delegationId, { reason: 'No time' })).status).toBe(201);
  });

  it('are answered by their first receipt when sent again', async () => {
    const body = { until: inDays(3) };
    const first = await delegate('officer', 'officer2', body, { key: 'leave-1' });
    const again = await delegate('officer', 'officer2', body, { key: 'leave-1' });
    expect([again.headers.get('idempotent-replayed'), again.body]).toEqual(['true', first.body]);
    expect((await delegate('officer', 'manager', body, { key: 'leave-1' })).body.code).toBe('idempotency-key-reused');
    await revoke('officer', first.body.delegationId);
  });

  it('are answered by their first receipt also when they have ended since', async () => {
    const body = { until: new Date(Date.now() + 2000).toISOString() };
    const first = await delegate('officer', 'officer2', body, { key: 'leave-2' });
    const status = async () => (await api.get(`/delegations/${first.body.delegationId}`, 'officer')).body.status;
    while ((await status()) !== 'ended');
    const again = await delegate('officer', 'officer2', body, { key: 'leave-2' });
    expect(again.body).toEqual(first.body);
  });

  describe('acting for another', () => {
    const decide = (reviewId: string, as: string, body: object = {}, more: object = {}) =>
      api.post(`/reviews/${reviewId}/decide`, as, { verdict: 'approve', reviewedRevision: 1, ...body }, more);
    const codeOf = async (answer: Promise<{ status: number; body: any }>) => {
      const { status, body } = await answer;
      return status < 300 ? status : `${status} ${body.code}`;
    };
    const userStep = (key: string, ...names: string[]) => ({
      key,
      assignees: names.map((name) => ({ type: 'USER', id: idOf(name) })),
      requiredApprovals: names.length,
    });
    const seatsOf = async (reviewId: string): Promise<{ id: string; ref: string }[]> =>
      (await api.get(`/reviews/${reviewId}`, 'admin')).body.steps[0].assignments;

    /** While it is done, one person may act for another. */
    async function during(who: readonly [string, string], what: () => Promise<void>, body: object = {}): Promise<void> {
      const { body: made } = await delegate(who[0], who[1], body);
      try {
        await what();
      } finally {
        await revoke(who[0], made.delegationId);
      }
    }

    it('is recorded with whose right it was, how it came, and what said so', async () => {
      const workflow = await publishedWorkflow(api, [roleStep('one', 'manager', 2)]);
      const reviewId = await startedReview(api, workflow);
      await during(['manager', 'admin'], async () => {
        const { people } = (await api.get(`/reviews/${reviewId}/eligibility`, 'admin')).body;
        expect(people).toContainEqual({
          userId: idOf('admin'),
          may: true,
          via: 'delegated',
          onBehalfOf: idOf('manager'),
          reason: null,
        });
        expect((await decide(reviewId, 'admin')).status).toBe(201);
      });
      const { data } = (await api.get(`/reviews/${reviewId}/events`, 'admin')).body;
      expect(data.at(-1)).toMatchObject({
        type: 'DecisionRecorded',
        actor: { id: idOf('admin'), kind: 'user', onBehalfOf: idOf('manager') },
        data: {
          actorId: idOf('admin'),
          onBehalfOf: idOf('manager'),
          delegationPath: [idOf('manager')],
          evidence: {
            rolesAtDecision: ['manager'],
            delegationRevision: expect.stringMatching(`^delegation-${idOf('manager')}@\\d+$`),
          },
        },
      });
      // The delegation is over; what was decided under it stands and completes the step with the other manager's.
      expect(await codeOf(decide(reviewId, 'admin', { verdict: 'reject' }))).toBe('403 not-eligible');
      expect(await codeOf(decide(reviewId, 'manager'))).toBe('409 person-already-counted');
      expect((await decide(reviewId, 'manager2')).body.state.status).toBe('approved');
      const [step] = (await api.get(`/reviews/${reviewId}`, 'admin')).body.steps;
      expect(step.decisions[0]).toMatchObject({ actorId: idOf('admin'), onBehalfOf: idOf('manager'), counted: true });
      const lines = (
        await api.get(`/audit/trail?stream=review-${reviewId}`, 'auditor', { 'consistency-token': api.token() })
      ).body.data;
      expect(lines.find((line: any) => line.onBehalfOf === idOf('manager'))).toMatchObject({ actorId: idOf('admin') });
    });

    it('A approved, then delegates to B: A’s decision stays; B cannot decide on it again', async () => {
      const workflow = await publishedWorkflow(api, [userStep('one', 'manager', 'manager2')]);
      const reviewId = await startedReview(api, workflow);
      expect((await decide(reviewId, 'manager')).status).toBe(201);
      await during(['manager', 'admin'], async () => {
        const refused = await decide(reviewId, 'admin');
        expect(refused.body).toMatchObject({ status: 409, code: 'assignment-filled', by: idOf('manager') });
      });
    });

    it('A and delegate B at once on one assignment: first append wins; second 409 assignment-filled {by, onBehalfOf}', async () => {
      const workflow = await publishedWorkflow(api, [userStep('one', 'manager', 'manager2')]);
      await during(['manager', 'admin'], async () => {
        for (let race = 0; race < 10; race++) {
          const reviewId = await startedReview(api, workflow);
          const answers = await Promise.all(['manager', 'admin'].map((as) => decide(reviewId, as)));
          expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201, 409]));
          const [decision] = (await api.get(`/reviews/${reviewId}`, 'admin')).body.steps[0].decisions;
          const { actorId: by, onBehalfOf } = decision;
          expect(answers.find(({ status }) => status === 409)!.body).toMatchObject({
            code: 'assignment-filled',
            by,
            onBehalfOf,
          });
        }
      });
    });

    it('B has his own assignment and A’s delegation, two distinct people needed: second decision 409 person-already-counted', async () => {
      const workflow = await publishedWorkflow(api, [userStep('one', 'manager', 'manager2')]);
      await during(['manager', 'manager2'], async () => {
        const reviewId = await startedReview(api, workflow);
        expect((await decide(reviewId, 'manager2')).status).toBe(201);
        const [own] = (await api.get(`/reviews/${reviewId}`, 'admin')).body.steps[0].decisions;
        expect([own.actorId, own.onBehalfOf]).toEqual([idOf('manager2'), null]);
        expect(await codeOf(decide(reviewId, 'manager2'))).toBe('409 person-already-counted');
        const hers = (await seatsOf(reviewId)).find(({ ref }) => ref === idOf('manager'))!;
        expect(await codeOf(decide(reviewId, 'manager2', { assignmentId: hers.id }))).toBe(
          '409 person-already-counted',
        );
        expect((await decide(reviewId, 'manager')).body.state.status).toBe('approved');
      });
    });

    it('submitter delegates his own assignment to B: 403 four-eyes', async () => {
      const workflow = await publishedWorkflow(api, [userStep('one', 'officer', 'manager')]);
      const reviewId = await startedReview(api, workflow);
      await during(['officer', 'officer2'], async () => {
        expect(await codeOf(decide(reviewId, 'officer2'))).toBe('403 four-eyes');
        // Nor by two hands.
        await during(['officer2', 'manager2'], async () =>
          expect(await codeOf(decide(reviewId, 'manager2'))).toBe('403 four-eyes'),
        );
      });
      await during(['manager', 'officer'], async () =>
        expect(await codeOf(decide(reviewId, 'officer'))).toBe('403 four-eyes'),
      );
    });

    it('is limited to workflow, step and amount', async () => {
      const workflow = await publishedWorkflow(api, [userStep('small', 'manager', 'manager2')]);
      const { key } = (await api.get(`/workflows/${workflow}`, 'admin')).body;
      const reviewId = await startedReview(api, workflow, { amountMinor: '5000', currency: 'USD' });
      const beyond = [
        { workflowKeys: ['another'] },
        { stepKeys: ['large'] },
        { maxAmount: '4999' },
        { maxAmount: { amountMinor: '5000', currency: 'EUR' } },
      ];
      for (const scope of beyond)
        await during(
          ['manager', 'admin'],
          async () => expect(await codeOf(decide(reviewId, 'admin'))).toBe('403 delegation-out-of-scope'),
          { scope },
        );
      const scope = { workflowKeys: [key], stepKeys: ['small'], maxAmount: { amountMinor: 5000, currency: 'USD' } };
      await during(['manager', 'admin'], async () => expect(await codeOf(decide(reviewId, 'admin'))).toBe(201), {
        scope,
      });
    });

    it('is passed on, as far as three hands, and begins and ends with its time', async () => {
      const workflow = await publishedWorkflow(api, [userStep('one', 'manager')]);
      const reviewId = await startedReview(api, workflow);
      const dry = (as: string) =>
        codeOf(api.post(`/reviews/${reviewId}/decide?dryRun=true`, as, { verdict: 'approve', reviewedRevision: 1 }));
      await during(['manager', 'manager2'], async () => {
        await during(['manager2', 'officer2'], async () => {
          await during(['officer2', 'admin'], async () => expect(await dry('admin')).toBe(200));
          expect(await dry('admin')).toBe('403 not-eligible');
          expect(await dry('officer2')).toBe(200);
        });
      });
      await during(['manager', 'admin'], async () => expect(await dry('admin')).toBe('403 not-eligible'), {
        from: inDays(1),
      });
    });

    it('the submitter’s delegate resubmits and withdraws', async () => {
      const workflow = await publishedWorkflow(api, [userStep('one', 'manager')]);
      const reviewId = await startedReview(api, workflow);
      const resubmit = (as: string) => api.post(`/reviews/${reviewId}/resubmit`, as, { content: { amount: '2' } });
      expect(await codeOf(resubmit('officer2'))).toBe('403 not-eligible');
      await during(
        ['officer', 'officer2'],
        async () => expect(await codeOf(resubmit('officer2'))).toBe('403 delegation-out-of-scope'),
        { scope: { workflowKeys: ['another'] } },
      );
      await during(['officer', 'officer2'], async () => {
        const { actions } = (await api.get(`/reviews/${reviewId}/actions`, 'officer2')).body;
        const offered = (name: string) => actions.find(({ action }: { action: string }) => action === name).allowed;
        expect([offered('resubmit'), offered('withdraw'), offered('decide')]).toEqual([true, true, false]);
        expect(await codeOf(resubmit('officer2'))).toBe(201);
        const { data } = (await api.get(`/reviews/${reviewId}/events`, 'admin')).body;
        expect(data.find(({ type }: any) => type === 'SubjectRevised').data).toMatchObject({
          revisedBy: idOf('officer2'),
          onBehalfOf: idOf('officer'),
        });
        expect(await codeOf(api.post(`/reviews/${reviewId}/withdraw`, 'officer2'))).toBe(201);
      });
    });

    it('ends with the delegator’s role, and is nothing to a delegate who has left', async () => {
      await api.register('leaver', 'manager', 'demo');
      const workflow = await publishedWorkflow(api, [userStep('one', 'leaver', 'manager')]);
      const reviewId = await startedReview(api, workflow);
      await during(['leaver', 'admin'], async () => {
        const command = new DeactivateUserCommand({ userId: idOf('leaver') }, systemMetadata());
        await api.app.get(CommandBus).execute(command);
        expect(await codeOf(decide(reviewId, 'admin'))).toMatch(/^(403 not-eligible|409 invalid-state)$/);
      });
      expect(await codeOf(delegate('manager', 'leaver'))).toBe('422 validation-failed');
    });

    it('stands in the inbox of the delegate, with whose work it is, and is counted', async () => {
      await api.register('away', 'manager', 'demo');
      await api.register('stand-in', 'officer', 'demo');
      const workflow = await publishedWorkflow(api, [userStep('one', 'away')]);
      const reviewId = await startedReview(api, workflow, { amountMinor: '5000', currency: 'USD' });
      const token = { 'consistency-token': api.token() };
      const inbox = async () => (await api.get('/inbox', 'stand-in', token)).body.data;
      expect(await inbox()).toEqual([]);
      await during(['away', 'stand-in'], async () => {
        expect(await inbox()).toMatchObject([{ reviewId, via: 'delegated', onBehalfOf: idOf('away') }]);
        expect((await api.get('/inbox/counts', 'stand-in', token)).body).toMatchObject({ total: 1, delegated: 1 });
      });
      await during(['away', 'stand-in'], async () => expect(await inbox()).toEqual([]), {
        scope: { maxAmount: '4999' },
      });
      expect(await inbox()).toEqual([]);
    });

    it('opens the reviews of the delegator to the delegate, in the workflows it is for', async () => {
      await api.register('north', 'officer', 'demo', 'NORTH');
      await api.register('south', 'officer', 'demo', 'SOUTH');
      const workflow = await publishedWorkflow(api, [roleStep('one', 'manager')]);
      const { key } = (await api.get(`/workflows/${workflow}`, 'admin')).body;
      const reviewId = await startedReview(api, workflow, { amount: '1' }, 'north');
      const token = { 'consistency-token': api.token() };
      const sees = async () => {
        const list = (await api.get('/reviews?limit=100', 'south', token)).body.data as { id: string }[];
        const detail = (await api.get(`/reviews/${reviewId}`, 'south')).status;
        return [list.some(({ id }) => id === reviewId), detail];
      };
      expect(await sees()).toEqual([false, 404]);
      await during(['north', 'south'], async () => {
        expect(await sees()).toEqual([true, 200]);
        const found = (await api.get(`/reviews?assignee=role:manager&submittedBy=${idOf('north')}`, 'south', token))
          .body;
        expect(found.data).toHaveLength(1);
      });
      await during(['north', 'south'], async () => expect(await sees()).toEqual([true, 200]), {
        scope: { workflowKeys: ['another', key] },
      });
      await during(['north', 'south'], async () => expect(await sees()).toEqual([false, 404]), {
        scope: { workflowKeys: ['another'] },
      });
      expect(await sees()).toEqual([false, 404]);
    });
  });
});

const systemMetadata = () => {
  const id = randomUUID();
  return {
    commandId: id,
    commandHash: '',
    workspaceId: 'demo',
    correlationId: id,
    causationId: id,
    now: new Date().toISOString(),
    actor: { id: 'system', kind: 'system', roles: [] } as const,
  };
};
