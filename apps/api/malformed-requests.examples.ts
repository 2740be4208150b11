import { installation, publishedWorkflow, roleStep, startedReview, type ApiInstallation } from './api.examples.js';

/** What a bad client may send, and the documented problem it gets: never a 500, never a hint of what it hit. */
describe('malformed requests', () => {
  let api: ApiInstallation;
  let workflow: string;
  let review: string;

  beforeAll(async () => {
    api = await installation();
    workflow = await publishedWorkflow(api, [roleStep('one', 'manager', 2), roleStep('two', 'officer')]);
    review = await startedReview(api, workflow);
  });
  afterAll(() => api.stop());

  const start = (content: string) => `{"subject":{"type":"loan","id":"x","content":${content}}}`;
  const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
  const decide = { verdict: 'approve', reviewedRevision: 1 };
  const jwt = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');

  type Row = [string, string, string, string | undefined, unknown, string, Record<string, string>?];
  const rows: Row[] = [
    // what, method, path, who, body, status and code, headers
    ['no token', 'POST', '/reviews/R/decide', undefined, decide, '401 unauthenticated'],
    ['a token of nobody', 'POST', '/reviews/R/decide', 'abc.def.ghi', decide, '401 unauthenticated'],
    [
      'alg none',
      'GET',
      '/auth/me',
      `${jwt({ alg: 'none' })}.${jwt({ sub: 'x', sid: 'y' })}.`,
      undefined,
      '401 unauthenticated',
    ],
    [
      'Basic instead of Bearer',
      'GET',
      '/auth/me',
      undefined,
      undefined,
      '401 unauthenticated',
      { authorization: 'Basic eDp5' },
    ],
    ['a role too low', 'POST', '/workflows', 'officer', {}, '403 forbidden'],
    ['a role that only reads', 'POST', '/reviews/R/decide', 'auditor', decide, '403 forbidden'],
    ['broken JSON', 'POST', '/workflows/W/start', 'officer', '{"subject":', '400 malformed-json'],
    [
      'no UTF-8',
      'POST',
      '/workflows/W/start',
      'officer',
      new Uint8Array([0x22, 0xc3, 0x28, 0x22]),
      '400 malformed-json',
    ],
    [
      'form data',
      'POST',
      '/reviews/R/decide',
      'manager',
      'a=b',
      '415 unsupported-media-type',
      { 'content-type': 'application/x-www-form-urlencoded' },
    ],
    [
      '2 MiB',
      'POST',
      '/workflows/W/start',
      'officer',
      start(`{"a":"${'x'.repeat(2 * 1024 * 1024)}"}`),
      '413 payload-too-large',
    ],
    [
      '300 KiB of content',
      'POST',
      '/workflows/W/start',
      'officer',
      start(`{"a":"${'x'.repeat(300 * 1024)}"}`),
      '413 payload-too-large',
    ],
    [
      'no Idempotency-Key',
      'POST',
      '/reviews/R/decide',
      'manager',
      decide,
      '400 idempotency-key-missing',
      { 'idempotency-key': '' },
    ],
    [
      'a key with blanks',
      'POST',
      '/reviews/R/decide',
      'manager',
      decide,
      '400 invalid-parameter',
      { 'idempotency-key': 'a b' },
    ],
    [
      'a key of 300 characters',
      'POST',
      '/reviews/R/decide',
      'manager',
      decide,
      '400 invalid-parameter',
      { 'idempotency-key': 'k'.repeat(300) },
    ],
    ['a list for a body', 'POST', '/reviews/R/decide', 'manager', [], '422 validation-failed'],
    ['null for a body', 'POST', '/reviews/R/decide', 'manager', 'null', '422 validation-failed'],
    ['no verdict', 'POST', '/reviews/R/decide', 'manager', { reviewedRevision: 1 }, '422 validation-failed'],
    [
      'an unknown verdict',
      'POST',
      '/reviews/R/decide',
      'manager',
      { ...decide, verdict: 'maybe' },
      '422 validation-failed',
    ],
    [
      'a verdict that is an object',
      'POST',
      '/reviews/R/decide',
      'manager',
      { ...decide, verdict: { $ne: '' } },
      '422 validation-failed',
    ],
    [
      'a revision as text',
      'POST',
      '/reviews/R/decide',
      'manager',
      { ...decide, reviewedRevision: '1' },
      '422 validation-failed',
    ],
    [
      'a revision of zero',
      'POST',
      '/reviews/R/decide',
      'manager',
      { ...decide, reviewedRevision: 0 },
      '422 validation-failed',
    ],
    [
      'a revision of 2^53',
      'POST',
      '/reviews/R/decide',
      'manager',
      '{"verdict":"approve","reviewedRevision":9007199254740992}',
      '422 validation-failed',
    ],
    ['an unknown member', 'POST', '/reviews/R/decide', 'manager', { ...decide, force: true }, '422 validation-failed'],
    [
      '__proto__',
      'POST',
      '/reviews/R/decide',
      'manager',
      '{"verdict":"approve","reviewedRevision":1,"__proto__":{"a":1}}',
      '422 validation-failed',
    ],
    [
      'U+0000 in a comment',
      'POST',
      '/reviews/R/decide',
      'manager',
      { ...decide, comment: 'a\u0000b' },
      '422 validation-failed',
    ],
    [
      'a lone surrogate in a comment',
      'POST',
      '/reviews/R/decide',
      'manager',
      '{"verdict":"approve","reviewedRevision":1,"comment":"\\ud83d"}',
      '422 validation-failed',
    ],
    [
      'a comment of 20,000 characters',
      'POST',
      '/reviews/R/decide',
      'manager',
      { ...decide, comment: 'c'.repeat(20_000) },
      '422 validation-failed',
    ],
    [
      'an assignment that is nothing',
      'POST',
      '/reviews/R/decide',
      'manager',
      { ...decide, assignmentId: '../../x' },
      '422 validation-failed',
    ],
    ['a fraction in content', 'POST', '/workflows/W/start', 'officer', start('{"a":0.1}'), '422 validation-failed'],
    ['1e400 in content', 'POST', '/workflows/W/start', 'officer', start('{"a":1e400}'), '422 validation-failed'],
    ['content of 33 levels', 'POST', '/workflows/W/start', 'officer', start(deep(33)), '422 validation-failed'],
    ['content of 5,000 levels', 'POST', '/workflows/W/start', 'officer', start(deep(5000)), '422 validation-failed'],
    ['content that is a list', 'POST', '/workflows/W/start', 'officer', start('[1]'), '422 validation-failed'],
    [
      'U+0000 in a name of content',
      'POST',
      '/workflows/W/start',
      'officer',
      start('{"a\\u0000":1}'),
      '422 validation-failed',
    ],
    ['no subject', 'POST', '/workflows/W/start', 'officer', {}, '422 validation-failed'],
    ['a subject that is a text', 'POST', '/workflows/W/start', 'officer', { subject: 'x' }, '422 validation-failed'],
    [
      'no items',
      'POST',
      '/reviews/R/request-changes',
      'manager',
      { reviewedRevision: 1, items: [] },
      '422 validation-failed',
    ],
    [
      'an item that is a text',
      'POST',
      '/reviews/R/request-changes',
      'manager',
      { reviewedRevision: 1, items: ['x'] },
      '422 validation-failed',
    ],
    [
      'an escalation to two',
      'POST',
      '/reviews/R/escalate',
      'officer',
      { reason: 'x', to: { user: 'a', role: 'b' } },
      '422 validation-failed',
    ],
    [
      'an escalation without a reason',
      'POST',
      '/reviews/R/escalate',
      'officer',
      { to: { role: 'manager' } },
      '422 reason-required',
    ],
    [
      'a blank reason',
      'POST',
      '/reviews/R/dismiss-changes',
      'manager',
      { items: ['x'], reason: ' ' },
      '422 reason-required',
    ],
    [
      'a definition full of faults',
      'POST',
      '/workflows',
      'admin',
      { key: '..', steps: 'none' },
      '422 definition-invalid',
    ],
    [
      'a definition with a fraction',
      'POST',
      '/workflows',
      'admin',
      '{"key":"a","name":"b","steps":[{"key":"s","slaHours":1.5}]}',
      '422 validation-failed',
    ],
    [
      'a stale revision of the subject',
      'POST',
      '/reviews/R/decide',
      'manager',
      { ...decide, reviewedRevision: 7 },
      '409 stale-review',
    ],
    [
      'a stale If-Match',
      'POST',
      '/reviews/R/decide',
      'manager',
      decide,
      '412 revision-mismatch',
      { 'if-match': '"77"' },
    ],
    [
      'an If-Match that is none',
      'POST',
      '/reviews/R/decide',
      'manager',
      decide,
      '400 invalid-parameter',
      { 'if-match': 'latest' },
    ],
    ['an id that is none', 'GET', '/reviews/1%20OR%201=1', 'manager', undefined, '404 not-found'],
    ['an unknown id', 'GET', '/reviews/00000000-0000-5000-8000-000000000000', 'manager', undefined, '404 not-found'],
    ['U+0000 in an id', 'GET', '/reviews/a%00b', 'manager', undefined, '400 malformed-request'],
    ['CRLF in an id', 'GET', '/reviews/a%0d%0aSet-Cookie:x', 'manager', undefined, '400 malformed-request'],
    ['half an escape', 'GET', '/reviews/%E0%A4%A', 'manager', undefined, '400 malformed-request'],
    ['a list for the subject', 'POST', '/workflows/W/start', 'officer', { subject: [] }, '422 validation-failed'],
    ['another workspace', 'POST', '/reviews/R/decide', 'other-admin', decide, '404 not-found'],
    ['another workspace’s workflow', 'GET', '/workflows/W', 'other-admin', undefined, '404 not-found'],
    ['an unknown parameter', 'GET', '/reviews?stauts=approved', 'viewer', undefined, '400 unknown-parameter'],
    ['an unknown status', 'GET', '/reviews?status=approved,done', 'viewer', undefined, '400 invalid-parameter'],
    ['limit 101', 'GET', '/reviews?limit=101', 'viewer', undefined, '400 invalid-parameter'],
    ['limit 1e2', 'GET', '/reviews?limit=1e2', 'viewer', undefined, '400 invalid-parameter'],
    ['a cursor of somebody’s own', 'GET', '/reviews?cursor=eyJhIjoxfQ', 'viewer', undefined, '400 invalid-cursor'],
    [
      'a cursor of another list',
      'GET',
      '/inbox?cursor=WyJyZXZpZXdzIiwiMjAyNi0wMS0wMVQwMDowMDowMC4wMDBaIiwieCJd',
      'viewer',
      undefined,
      '400 invalid-cursor',
    ],
    ['a stream that is none', 'GET', '/audit/trail?stream=re%20view', 'auditor', undefined, '400 invalid-parameter'],
    ['an event type that is none', 'GET', '/audit/trail?type=Foo', 'auditor', undefined, '400 invalid-parameter'],
    ['a time that is none', 'GET', '/reviews?dueAt[lt]=tomorrow', 'viewer', undefined, '400 invalid-parameter'],
    [
      'the year 300000',
      'GET',
      '/reviews?dueAt[lt]=%2B300000-01-01T00:00:00Z',
      'viewer',
      undefined,
      '400 invalid-parameter',
    ],
    [
      'a time that runs backwards',
      'GET',
      '/audit/trail?from=2026-11-23T00:00:00Z&to=2026-11-22T00:00:00Z',
      'auditor',
      undefined,
      '400 invalid-parameter',
    ],
    ['a version that is none', 'GET', '/workflows/W/versions/latest', 'viewer', undefined, '404 not-found'],
    ['version 0', 'GET', '/workflows/W/diff?from=0&to=1', 'viewer', undefined, '400 invalid-parameter'],
    ['a moment before the beginning', 'GET', '/reviews/R?revision=-1', 'viewer', undefined, '400 invalid-parameter'],
    [
      'two moments',
      'GET',
      '/reviews/R?revision=1&asOf=2026-01-01T00:00:00Z',
      'viewer',
      undefined,
      '400 invalid-parameter',
    ],
    [
      'a forged token of a position',
      'GET',
      '/reviews',
      'viewer',
      undefined,
      '400 invalid-parameter',
      { 'consistency-token': 'e30' },
    ],
    ['a path nobody made', 'POST', '/reviews/R/unmake', 'admin', {}, '404 not-found'],
    ['a method nobody made', 'DELETE', '/reviews/R', 'admin', undefined, '404 not-found'],
  ];

  it.each([
    ['/reviews?status=foo', 'submitted, in_review, info_requested'],
    ['/reviews?sla=late', 'none, running, paused, breached'],
    ['/drafts?status=zz', 'approved, rejected'],
    ['/nope', 'There is no such route: /docs'],
  ])('what is asked for at %s is told what there is', async (path, told) => {
    const { body } = await api.get(path, 'admin');
    expect(body.detail).toContain(told);
  });

  it('are many', () => expect(rows.length).toBeGreaterThanOrEqual(40));

  it.each(rows)('%s: %s %s', async (_, method, path, as, body, expected, headers = {}) => {
    const answer = await api.call(method, path.replace('/R', `/${review}`).replace('/W', `/${workflow}`), {
      as,
      body,
      headers,
    });
    expect(`${answer.status} ${answer.body.code}`).toBe(expected);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({
      type: `urn:countersign:problem:${expected.split(' ')[1]}`,
      title: expect.any(String),
      status: answer.status,
      detail: expect.any(String),
      instance: expect.any(String),
      requestId: answer.headers.get('request-id'),
      retryable: false,
    });
    const { body: untouched } = await api.get(`/reviews/${review}`, 'admin');
    expect(untouched.revision).toBe(1);
  });
});
