import { installation, type ApiInstallation } from './api.examples.js';

const day = 24 * 60 * 60 * 1000;
const inDays = (days: number) => new Date(Date.now() + days * day).toISOString();

describe('delegations over HTTP', () => {
  let api: ApiInstallation;
  beforeAll(async () => {
    api = await installation();
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
    expect(await faults(delegate('officer', 'officer2', { until: inDays(-1) }))).toEqual([
      422,
      'validation-failed',
      '/until out-of-range',
    ]);
    expect(await faults(delegate('officer', 'officer2', { scope: { workflowKeys: [], maxAmount: '1.5' } }))).toEqual([
      422,
      'validation-failed',
      '/scope/workflowKeys array-not-empty',
      '/scope/maxAmount is-amount',
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
});
