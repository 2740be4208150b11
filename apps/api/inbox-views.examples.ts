import { installation, publishedWorkflow, roleStep, startedReview, type ApiInstallation } from './api.examples.js';

describe('saved views of the inbox', () => {
  let api: ApiInstallation;
  let keyed: string;
  const loans: string[] = [];
  beforeAll(async () => {
    api = await installation();
    const [soon, never] = [
      await publishedWorkflow(api, [roleStep('check', 'manager', 1, { slaHours: 4 })]),
      await publishedWorkflow(api, [roleStep('check', 'manager')]),
    ];
    keyed = (await api.get(`/workflows/${soon}`, 'admin')).body.key as string;
    for (const workflow of [soon, soon, never]) loans.push(await startedReview(api, workflow));
  });
  afterAll(() => api.stop());

  const save = (views: unknown, as = 'manager', headers: Record<string, string> = {}) =>
    api.call('PUT', '/inbox/views', { as, body: { views }, headers });
  const shown = async (view?: string) => {
    const path = view === undefined ? '/inbox' : `/inbox?view=${view}`;
    const { body } = await api.get(path, 'manager', { 'consistency-token': api.token() });
    return body.data.map(({ reviewId }: { reviewId: string }) => reviewId) as string[];
  };
  const views = [
    { key: 'keyed', name: 'Of one workflow', workflows: [keyed!] },
    { key: 'today', name: 'Due today', dueWithinHours: 24 },
    { key: 'late', name: 'Too late', dueWithinHours: 0 },
    { key: 'papers', name: 'Papers', subjectTypes: ['document', 'letter'] },
    { key: 'all', name: 'Everything' },
  ];

  it('are none before somebody saves some', async () => {
    expect((await api.get('/inbox/views', 'manager')).body).toEqual({ views: [] });
    expect((await api.get('/inbox/counts', 'manager')).body.views).toEqual([]);
  });

  it('show what they say, and are counted beside the reasons', async () => {
    views[0]!.workflows = [keyed];
    const { status, body } = await save(views);
    expect([status, body.state]).toEqual([201, { views }]);
    const read = await api.get('/inbox/views', 'manager');
    expect([read.body, read.headers.get('etag')]).toEqual([{ views }, '"0"']);
    const [first, second, third] = loans as [string, string, string];
    expect(await shown()).toEqual(await shown('all'));
    expect((await shown('all')).toSorted()).toEqual([first, second, third].toSorted());
    expect((await shown('keyed')).toSorted()).toEqual([first, second].toSorted());
    expect((await shown('today')).toSorted()).toEqual([first, second].toSorted());
    expect(await shown('late')).toEqual([]);
    expect(await shown('papers')).toEqual([]);
    const counts = await api.get('/inbox/counts', 'manager', { 'consistency-token': api.token() });
    expect(counts.body).toMatchObject({ total: 3, role: 3 });
    for (const { key, count } of counts.body.views) expect([key, count]).toEqual([key, (await shown(key)).length]);
  });

  it('page like the inbox itself', async () => {
    const page = await api.get('/inbox?view=keyed&limit=1', 'manager');
    const next = await api.get(`/inbox?view=keyed&limit=1&cursor=${page.body.page.next}`, 'manager');
    expect([page.body.page.hasMore, next.body.page]).toEqual([true, { next: null, hasMore: false }]);
    expect(new Set([...page.body.data, ...next.body.data].map(({ reviewId }) => reviewId)).size).toBe(2);
  });

  it("are every person's own", async () => {
    expect((await api.get('/inbox/views', 'manager2')).body).toEqual({ views: [] });
    const { status, body } = await api.get('/inbox?view=keyed', 'manager2');
    expect([status, body]).toMatchObject([400, { code: 'invalid-parameter', parameter: 'view' }]);
  });

  it('are replaced as a whole, and the same again is nothing new', async () => {
    expect((await save(views)).status).toBe(200);
    expect((await save(views.slice(4), 'manager', { 'if-match': '"7"' })).body.code).toBe('revision-mismatch');
    expect((await save(views.slice(4))).body.state).toEqual({ views: views.slice(4) });
    expect((await api.get('/inbox?view=keyed', 'manager')).status).toBe(400);
  });

  it.each([
    ['two of one key', [views[4], views[4]], '/views/1/key'],
    ['a key that is none', [{ key: 'Not A Key', name: 'x' }], '/views/0/key'],
    ['a name that is blank', [{ key: 'x', name: ' ' }], '/views/0/name'],
    ['hours that are none', [{ key: 'x', name: 'x', dueWithinHours: -1 }], '/views/0/dueWithinHours'],
    ['what nobody knows', [{ key: 'x', name: 'x', colour: 'red' }], '/views/0/colour'],
  ])('refuse %s', async (_, wrong, pointer) => {
    const { status, body } = await save(wrong);
    expect([status, body.code, body.errors[0].pointer]).toEqual([422, 'validation-failed', pointer]);
  });
});
