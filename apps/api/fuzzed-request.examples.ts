import fc from 'fast-check';

/* Requests nobody would write: texts, numbers, bodies, queries and headers that break what was not thought of. */

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
const mutated = fc
  .tuple(fc.constantFrom(...good), fc.nat(), json)
  .map(([body, at, value]) => mutation(body, at, value));

/** A body with one value of it replaced, counted around, as text. */
export function mutation(body: unknown, at: number, value: string): string {
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
}

const query = fc.array(
  fc.tuple(
    fc.oneof(
      fc.nat(),
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

/** What is sent to one route. */
export interface FuzzedRequest {
  /** Which of the routes, counted around. */
  readonly route: number;
  readonly as: string | undefined;
  /** In the place of every parameter of the path: which of the known ids, or a text. */
  readonly param: number | string;
  /** Which of the parameters that the route knows, counted around, or a name. */
  readonly query: readonly (readonly [name: number | string, value: string])[];
  /** JSON, as text; or what replaces one value of a body that fits. */
  readonly body: string | { readonly at: number; readonly value: string };
  readonly header: Readonly<Record<string, string>>;
}

export const fuzzedRequest: fc.Arbitrary<FuzzedRequest> = fc.record({
  route: fc.nat(),
  as: fc.constantFrom('admin', 'manager', 'officer', 'viewer', 'auditor', 'other-admin', undefined, 'no.such.token'),
  param: fc.oneof({ weight: 4, arbitrary: fc.nat({ max: 1 }) }, nasty),
  query,
  body: fc.oneof(
    json,
    mutated,
    fc.record({
      at: fc.nat(),
      value: fc.oneof(
        json,
        nasty.map((text) => JSON.stringify(text)),
      ),
    }),
  ),
  header: fc.oneof(fc.constant({}), header as fc.Arbitrary<Record<string, string>>),
});
