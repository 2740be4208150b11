import { installation, publishedWorkflow, roleStep, type ApiInstallation } from './api.examples.js';

describe('publishing', () => {
  let api: ApiInstallation;
  beforeAll(async () => {
    api = await installation();
  });
  afterAll(() => api.stop());

  it('workflow version published while reviews run: listed as n running on a version, before and when it is done', async () => {
    const workflowId = await publishedWorkflow(api, [roleStep('check', 'officer'), roleStep('sign', 'manager')]);
    for (const id of ['p-1', 'p-2'])
      await api.post(`/workflows/${workflowId}/start`, 'officer', { subject: { type: 'loan', id, content: {} } });
    await api.get('/workflows', 'admin', { 'consistency-token': api.token(), prefer: 'wait=15' });
    await api.call('PUT', `/workflows/${workflowId}/draft`, {
      as: 'admin',
      body: { steps: [roleStep('check', 'officer', 2), roleStep('archive', 'officer')] },
    });
    const impact = {
      running: [{ version: 1, reviews: 2 }],
      steps: { added: ['archive'], removed: ['sign'], changed: ['check'] },
      warnings: [],
    };
    const rehearsed = await api.post(`/workflows/${workflowId}/publish?dryRun=true`, 'admin');
    expect([rehearsed.status, rehearsed.body.impact]).toEqual([200, impact]);
    const done = await api.post(`/workflows/${workflowId}/publish`, 'admin');
    expect([done.status, done.body.version, done.body.impact]).toEqual([201, 2, impact]);
  });

  it('warns of people whom the version names and who are not there, and publishes', async () => {
    await api.register('leaver', 'officer', 'demo');
    const leaver = api.ids.get('leaver');
    await api.post(`/users/${leaver}/deactivate`, 'admin', { reason: 'Left' });
    const assignees = [leaver, api.ids.get('officer'), 'usr_nobody', api.ids.get('other-admin')].map((id) => ({
      type: 'USER',
      id,
    }));
    const steps = [{ key: 'check', assignees, requiredApprovals: 1 }];
    const { body: checked } = await api.post('/workflows/validate', 'admin', { key: 'named', name: 'Named', steps });
    const { body: made } = await api.post('/workflows', 'admin', { key: 'named', name: 'Named', steps });
    const { status, body } = await api.post(`/workflows/${made.workflowId}/publish`, 'admin');
    expect([status, body.version]).toEqual([201, 1]);
    expect(body.impact.warnings).toEqual([
      { pointer: '/steps/0/assignees/0/id', code: 'inactive-person', detail: expect.any(String) },
      { pointer: '/steps/0/assignees/2/id', code: 'unknown-person', detail: expect.any(String) },
      { pointer: '/steps/0/assignees/3/id', code: 'unknown-person', detail: expect.any(String) },
    ]);
    expect([checked.valid, checked.warnings]).toEqual([true, body.impact.warnings]);
  });
  it('warns of a role that is misspelt, and of one whose holders decide nothing', async () => {
    const assignees = ['ofisser', 'viewer'].map((id) => ({ type: 'ROLE', id }));
    const steps = [{ key: 'check', assignees, requiredApprovals: 1 }];
    const { body: checked } = await api.post('/workflows/validate', 'admin', { key: 'roles', name: 'Roles', steps });
    const { body: made } = await api.post('/workflows', 'admin', { key: 'roles', name: 'Roles', steps });
    const { status, body } = await api.post(`/workflows/${made.workflowId}/publish`, 'admin');
    expect([status, body.impact.warnings]).toEqual([
      201,
      [
        {
          pointer: '/steps/0/assignees/0/id',
          code: 'unknown-role',
          detail: expect.stringContaining('Roles are admin, manager, officer'),
        },
        { pointer: '/steps/0/assignees/1/id', code: 'nobody-can-decide', detail: expect.any(String) },
      ],
    ]);
    expect([checked.valid, checked.warnings]).toEqual([true, body.impact.warnings]);
  });
});
