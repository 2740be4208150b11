import { queriesOver } from '#libs/testing/given-read-models';
import { readModelSpec } from '#libs/testing/read-model';
import { inboxes } from '../read-models.examples.js';
import { Inbox, inboxSql, lookedAt, type InboxOwner } from './inbox.query.js';

const OPEN = 100_000;
/** All that waits for officers is the work of this person, but for one review in ten thousand. */
const AUTHOR = 'u-author';

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Plan[];
}

const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

/**
 * A workspace with 100,000 open assignments beside another one: 40 of 100 wait for officers, 15 for managers, five were
 * escalated, the others are spread over 2,000 people. As much is known of reviews that wait for nobody.
 */
const FILL = `
  INSERT INTO TABLE_ SELECT
    'rev-' || n, CASE WHEN n % 2 = 0 THEN 'a-' || n ELSE '' END, CASE WHEN n % 11 = 0 THEN 'other' ELSE 'demo' END,
    CASE WHEN n % 2 = 1 THEN ''
         WHEN n % 100 < 40 THEN 'role:officer'
         WHEN n % 100 < 55 THEN 'role:manager'
         WHEN n % 100 < 57 THEN 'role:admin'
         WHEN n % 100 < 60 THEN 'user:u-' || (n / 100) % 50
         ELSE 'user:u-' || n % 2000 END,
    n % 2 = 0, false, CASE WHEN n % 3 = 0 THEN 'check' ELSE 'sign' END,
    CASE WHEN n % 100 < 55 THEN 'role' WHEN n % 100 < 60 THEN 'escalated' ELSE 'direct' END,
    at, CASE WHEN n % 10 = 0 THEN NULL ELSE at END, CASE WHEN n % 10 = 0 THEN '9999-12-31'::timestamptz ELSE at END, false,
    'workflow-' || n % 7, 'loan', 'loan-' || n, 'A loan of some length ' || n, 'u-' || n % 300, (n % 90000)::text, 'EUR',
    ARRAY['u-' || n % 300, 'u-' || (n * 7) % 2000] || CASE WHEN n % 10000 = 0 THEN '{}' ELSE ARRAY['${AUTHOR}'] END, ARRAY['u-' || n % 300], '{}', NULL, NULL, NULL, NULL
  FROM (SELECT n, '2026-11-22T09:00:00Z'::timestamptz + ((n * 7919) % 500000) * interval '1 second' AS at
          FROM generate_series(1, ${OPEN * 2 + 40_000}) n) made`;

const given = readModelSpec(inboxes)();

const owners: Readonly<Record<string, InboxOwner>> = {
  direct: { workspaceId: 'demo', userId: 'u-80', roles: [] },
  role: { workspaceId: 'demo', userId: 'u-1', roles: ['officer', 'manager'] },
  escalated: { workspaceId: 'demo', userId: 'u-14', roles: ['admin'] },
  hidden: { workspaceId: 'demo', userId: AUTHOR, roles: ['officer'] },
  delegated: {
    workspaceId: 'demo',
    userId: 'u-3',
    roles: [],
    actsFor: ['u-80', 'u-84', 'u-90'].map((userId) => ({
      userId,
      roles: ['officer'],
      path: [userId],
      scope: { workflowKeys: ['workflow-1', 'workflow-2'], maxAmount: { amountMinor: '50000', currency: 'EUR' } },
    })),
  },
};
const LATER = ['2026-11-24T09:00:00.000Z', 'rev-5'];
const questions = [
  { what: 'page', rows: 26, after: undefined },
  { what: 'later page', rows: 101, after: LATER },
  { what: 'counts', rows: 1001, after: undefined },
] as const;

/** A table is read by its index alone, and no further than a limit that stands right above it. */
function expectIndexScansOnly(plan: Plan, where: string): void {
  const nodes = nodesOf(plan);
  const scans = nodes.filter((node) => node['Relation Name'] !== undefined);
  expect([where, scans.map((node) => node['Node Type'])]).toEqual([where, ['Index Scan']]);
  const limited = nodes.filter((node) => node['Node Type'] === 'Limit').at(-1)!;
  expect([where, nodesOf(limited).map((node) => node['Node Type'])]).toEqual([where, ['Limit', 'Index Scan']]);
}

describe('the inbox over 100,000 open assignments', () => {
  it('is one statement that reads index ranges only and never sorts more than it shows, by whatever way it came', () =>
    given.query(async (tables) => {
      const table = tables.table('inbox');
      await tables.pool.query(FILL.replace('TABLE_', table));
      await tables.pool.query(`ANALYZE ${table}`);
      const waiting = `SELECT count(*)::int AS n FROM ${table} WHERE listed AND workspace_id = 'demo'`;
      expect((await tables.pool.query<{ n: number }>(waiting)).rows[0]!.n).toBeGreaterThan(OPEN);

      const [database, readModels] = queriesOver(tables);
      const seen = new Set<string>();
      for (const [name, owner] of Object.entries(owners)) {
        const { data } = await new Inbox(database, readModels).list({ ...owner, limit: 100 });
        for (const { via } of data) seen.add(via);
        for (const { what, rows, after } of questions) {
          const { sql, parameters } = inboxSql(owner, rows, after, table).compile(database.kysely());
          const planned = async (how: string, values: readonly unknown[]) => {
            const explained = await tables.pool.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
              `EXPLAIN (${how}, FORMAT JSON) ${sql}`,
              [...values],
            );
            return explained.rows[0]!['QUERY PLAN'][0].Plan;
          };
          const where = `${name}, ${what}`;
          const plan = await planned('ANALYZE', parameters);
          expectIndexScansOnly(plan, where);
          const looks = [owner, ...(owner.actsFor ?? [])].reduce((sum, { roles }) => sum + 1 + roles.length, 0);
          for (const node of nodesOf(plan).filter((each) => each['Node Type'] === 'Sort'))
            expect(node.Plans![0]!['Actual Rows']).toBeLessThanOrEqual(looks * rows);
          const scan = nodesOf(plan).find((node) => node['Relation Name'] !== undefined)!;
          expect(scan['Rows Removed by Filter'] ?? 0).toBe(0);
          expect(scan['Actual Rows'] * scan['Actual Loops']).toBeLessThanOrEqual(looks * (lookedAt(looks) + 1));
          // As it is planned once a connection has prepared it, for whatever values may come.
          const generic = await tables.pool.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
            `EXPLAIN (GENERIC_PLAN, FORMAT JSON) ${sql}`,
          );
          expectIndexScansOnly(generic.rows[0]!['QUERY PLAN'][0].Plan, `${where}, prepared`);
        }
      }
      expect([...seen].toSorted()).toEqual(['delegated', 'direct', 'escalated', 'role']);

      // From whom four eyes hide nearly all: found on many short pages, and counted as far as one answer looks.
      const inbox = new Inbox(database, readModels);
      const found: string[] = [];
      let pages = 0;
      for (let cursor: string | undefined; ; pages++) {
        const { data, page } = await inbox.list({ ...owners['hidden']!, limit: 25, cursor });
        found.push(...data.map(({ reviewId }) => reviewId));
        if (page.next === null) break;
        cursor = page.next;
      }
      const shown = `SELECT review_id FROM ${table}
        WHERE listed AND workspace_id = 'demo' AND assignee = 'role:officer' AND NOT excluded && ARRAY['${AUTHOR}']
        ORDER BY sort_at, review_id`;
      const { rows } = await tables.pool.query<{ review_id: string }>(shown);
      expect(rows.length).toBeGreaterThan(10);
      expect(found).toEqual(rows.map(({ review_id }) => review_id));
      expect(pages).toBeGreaterThan(10);
      const { total, capped } = await inbox.counts(owners['hidden']!, '2026-11-22T09:00:00.000Z');
      expect({ capped, few: total < rows.length }).toEqual({ capped: true, few: true });
    }));
});
