import fc from 'fast-check';
import { installation, publishedWorkflow, roleStep, startedReview, type ApiInstallation } from './api.examples.js';
import { PREFIX } from './api.module.js';
import { Routes, type RouteDeclaration } from './src/http/routes.js';

/** Requests nobody would write: whatever comes, the answer is one of the document's, and never a fault of ours. */
describe('a fuzzer', () => {
  let api: ApiInstallation;
  let routes: readonly RouteDeclaration[];
  let ids: string[];

  beforeAll(async () => {
    api = await installation();
    const workflow = await publishedWorkflow(api, [roleStep('one', 'manager', 2)]);
    ids = [workflow, await startedReview(api, workflow)];
    const isHarmless = ({ path }: RouteDeclaration) =>
      !/^(auth\/|projections\/:name\/rebuild|metrics|health\/)/.test(path);
    routes = api.app.get(Routes).all().filter(isHarmless);
  });
  afterAll(() => api.stop());

  const nasty = fc.constantFrom(
    '\u0000',
    '\ud800',
    '\udfff',
    '\u202e',
    '__proto__',
    'constructor',
    '\r\nSet-Cookie: a=b',
    '%',
    '%00',
    '../',
    "' OR 1=1 --",
    'ROLE',
    'USER',
    'approve',
    'admin',
    '',
    ' ',
    'x'.repeat(20_000),
    '2026-11-22T09:00:00Z',
    '{"$erased":true}',
    '9'.repeat(40),
  );
  const number = fc.constantFrom(
    '0',
    '1',
    '-1',
    '1.5',
    '1e400',
    '-1e400',
    '9007199254740991',
    '9007199254740992',
    '9007199254740993',
    '1e-7',
  );
  const members = [
    'verdict',
    'reviewedRevision',
    'comment',
    'assignmentId',
    'items',
    'text',
    'path',
    'blocking',
    'content',
    'note',
    'answers',
    'itemId',
    'reason',
    'to',
    'user',
    'role',
    'subject',
    'type',
    'id',
    'title',
    'key',
    'name',
    'steps',
    'assignees',
    'seats',
    'requiredApprovals',
    'slaHours',
    'escalation',
    'afterHours',
    'rule',
    'count',
    'and',
    'fourEyes',
    'partition',
    'username',
  ];
  // Text, not values: what JSON.stringify would repair is what we want to send.
  const { json } = fc.letrec<{ json: string }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      fc.oneof(
        number,
        fc.constantFrom('true', 'false', 'null'),
        nasty.map((text) => JSON.stringify(text)),
        fc.string().map((text) => JSON.stringify(text)),
      ),
      fc.array(tie('json'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
      fc
        .array(fc.tuple(fc.oneof(fc.constantFrom(...members), nasty), tie('json')), { maxLength: 6 })
        .map((entries) => `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`),
    ),
  }));
  // Nearly right: a good body with one value of it replaced.
  const good = [
    { verdict: 'approve', reviewedRevision: 1, comment: 'x', assignmentId: 'a' },
    { reviewedRevision: 1, items: [{ text: 'x', path: '/a', documentId: 'd', blocking: true }], comment: 'x' },
    { content: { a: 1 }, note: 'x', answers: [{ itemId: 'a', text: 'x' }] },
    { reason: 'x', to: { role: 'manager' } },
    { items: ['a'], reason: 'x' },
    { text: 'x' },
    { subject: { type: 'loan', id: 'l', title: 't', content: { a: { b: [1, 'x'] } } }, note: 'n' },
    {
      key: 'w',
      name: 'W',
      steps: [
        {
          key: 's',
          name: 'S',
          assignees: [{ type: 'ROLE', id: 'officer', seats: 2, minApprovals: 1 }],
          requiredApprovals: 2,
          slaHours: 8,
          escalation: { afterHours: 1, action: 'ADD', toType: 'ROLE', toId: 'manager', notify: ['ROLE:admin'] },
        },
      ],
      fourEyes: { submitter: true, editors: true },
    },
  ];
  const mutated = fc.tuple(fc.constantFrom(...good), fc.nat(), json).map(([body, at, value]) => {
    const MARK = '\u0001';
    let leaves = 0;
    const count = (each: unknown): number =>
      typeof each === 'object' && each !== null
        ? 1 + Object.values(each).reduce((sum: number, x) => sum + count(x), 0)
        : 1;
    const wanted = at % count(body);
    return JSON.stringify(body, (_, each: unknown) => (leaves++ === wanted ? MARK : each)).replace(
      JSON.stringify(MARK),
      () => value,
    );
  });
  const query = fc.array(
    fc.tuple(
      fc.constantFrom(
        'limit',
        'cursor',
        'status',
        'text',
        'dueAt[lt]',
        'revision',
        'asOf',
        'from',
        'to',
        'dryRun',
        'stream',
        'sla',
        'nonsense',
      ),
      fc.oneof(nasty, number, fc.string()),
    ),
    { maxLength: 3 },
  );
  const header = fc.record(
    {
      'idempotency-key': fc.constantFrom('a', 'b c', 'k'.repeat(300), ''),
      'if-match': fc.constantFrom('"0"', '"1"', '*', 'W/"1"', '"-1"', '"99999999999999999999"'),
      'consistency-token': fc.constantFrom('e30', 'x', 'eyJwIjoiMSIsInMiOiJwb3N0Z3JlcyJ9'),
      prefer: fc.constantFrom('wait=0', 'wait=x', 'wait=99999999'),
      traceparent: fc.constantFrom('00-0-0-0', 'x'),
    },
    { requiredKeys: [] },
  );
  const encoded = (text: string) => {
    try {
      return encodeURIComponent(text);
    } catch {
      return '%ED%A0%80';
    }
  };

  it('finds no fault in a thousand requests', async () => {
    const seen = new Map<string, number>();
    const request = fc.record({
      route: fc.nat(),
      as: fc.constantFrom(
        'admin',
        'manager',
        'officer',
        'viewer',
        'auditor',
        'other-admin',
        undefined,
        'no.such.token',
      ),
      param: fc.oneof({ weight: 4, arbitrary: fc.nat({ max: 1 }) }, nasty),
      query,
      body: fc.oneof(json, mutated),
      header,
    });
    await fc.assert(
      fc.asyncProperty(request, async ({ route, as, param, query: asked, body, header: headers }) => {
        const { method, path } = routes[route % routes.length]!;
        const id = typeof param === 'number' ? ids[param]! : encoded(param.slice(0, 300)) || 'x';
        const search = asked
          .map(([name, value]) => `${name}=${encoded(value)}`)
          .join('&')
          .slice(0, 4000);
        const target = `/${PREFIX}/${path.replaceAll(/:\w+/g, id)}${search && `?${search}`}`;
        const answer = await api.call(method, target, {
          as,
          ...(method === 'GET' ? {} : { body }),
          headers: { ...(method === 'GET' ? {} : { 'idempotency-key': 'fuzz' }), ...headers },
          key: null,
        });
        seen.set(String(answer.status), (seen.get(String(answer.status)) ?? 0) + 1);
        expect([method, target, answer.body, answer.status < 500 || answer.body.code === 'read-model-behind']).toEqual([
          method,
          target,
          answer.body,
          true,
        ]);
        if (answer.status >= 400) expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
      }),
      { numRuns: Number(process.env['FUZZ_RUNS'] ?? 1000), seed: Number(process.env['FUZZ_SEED'] ?? 20261122) },
    );
    expect([...seen.keys()]).toEqual(expect.arrayContaining(['200', '400', '401', '403', '404', '422']));
  });
});
