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
    };
    const rehearsed = await api.post(`/workflows/${workflowId}/publish?dryRun=true`, 'admin');
    expect([rehearsed.status, rehearsed.body.impact]).toEqual([200, impact]);
    const done = await api.post(`/workflows/${workflowId}/publish`, 'admin');
    expect([done.status, done.body.version, done.body.impact]).toEqual([201, 2, impact]);
  });
});
