import { joinGroups } from '#libs/composition/projection-groups';
import type { RowAccess } from '#libs/identity/application/row-access';
import { InvalidCursor } from '#libs/kernel/application/page';
import { reviewsManifest } from '#libs/reviews/reviews.manifest';
import { ReviewStarted, CommentAdded, DecisionRecorded } from '#libs/reviews/domain/review.events';
import { queriesOver } from '#libs/testing/given-read-models';
import { readModelSpec, type GivenEvent } from '#libs/testing/read-model';
import { WorkflowPublished } from '#libs/workflows/domain/workflow.events';
import { auditManifest } from '../../../audit.manifest.js';
import { AuditTrail, trailSql, type AuditFilters } from './audit-trail.query.js';
import { CaseAccess } from './case-access.query.js';

const core = joinGroups([...reviewsManifest.projectionGroups, ...auditManifest.projectionGroups]).find(
  ({ name }) => name === 'core',
)!;
const by = (id: string) => ({ actor: { id, kind: 'user' as const, roles: [] } });
const event = (
  definition: { type: string; sample: unknown },
  streamId: string,
  recordedAt: string,
  more: Partial<GivenEvent> = {},
): GivenEvent => ({ type: definition.type, data: definition.sample, streamId, recordedAt, ...more }) as GivenEvent;

const started = { ...ReviewStarted, sample: { ...ReviewStarted.sample, reviewId: 'one', branchId: 'NORTH' } };
const at = (hour: string) => `2026-11-22T${hour}:00:00.000Z`;

const given = readModelSpec(core)(
  event(WorkflowPublished, 'workflow-loans', at('08'), { ...by('usr_admin'), correlationId: 'morning' }),
  event(started, 'review-one', at('09'), by('usr_olly')),
  event(DecisionRecorded, 'review-one', at('10'), {
    actor: { id: 'usr_ann', kind: 'user', roles: [], onBehalfOf: 'usr_bob' },
    correlationId: 'click',
  }),
  event(CommentAdded, 'comments-one', at('11'), by('usr_ann')),
  event(WorkflowPublished, 'workflow-loans', at('12'), { ...by('usr_admin'), workspaceId: 'other' }),
  { type: 'Unheard', data: { step: { $erased: true } }, streamId: 'thing-1', recordedAt: at('13') } as GivenEvent,
);

const reader = (userId: string, reach: RowAccess['reach'] = 'all', roles: string[] = []): RowAccess => ({
  workspaceId: 'demo',
  userId,
  roles,
  reach,
});
const lines = (filters: AuditFilters, access = reader('usr_admin')) =>
  given.query(async (tables) => {
    const { data } = await new AuditTrail(...queriesOver(tables)).list({ access, limit: 25, ...filters });
    return data.map(({ position }) => position);
  });

describe('GET /audit/trail', () => {
  it('shows a line per event, newest first, with what the API promises', () =>
    given.query(async (tables) => {
      const { data } = await new AuditTrail(...queriesOver(tables)).list({ access: reader('usr_admin'), limit: 25 });
      expect(data.map(({ type }) => type)).toEqual([
        'Unheard',
        'CommentAdded',
        'DecisionRecorded',
        'ReviewStarted',
        'WorkflowPublished',
      ]);
      expect(data[2]).toEqual({
        position: '3',
        recordedAt: '2026-11-22T10:00:00.000Z',
        stream: 'review-one',
        revision: 1,
        type: 'DecisionRecorded',
        actorId: 'usr_ann',
        onBehalfOf: 'usr_bob',
        summary: 'Decided approve on step initial-review, revision 1',
        correlationId: 'click',
      });
      expect(data[0]).toMatchObject({ summary: 'Unheard' });
    }));

  it.each<[string, AuditFilters, string[]]>([
    ['a time', { from: at('09'), to: at('11') }, ['3', '2']],
    ['who acted', { actor: ['usr_ann'] }, ['4', '3']],
    ['types', { type: ['ReviewStarted', 'WorkflowPublished'] }, ['2', '1']],
    ['a stream', { stream: ['review-one'] }, ['3', '2']],
    ['a request', { correlation: ['morning'] }, ['1']],
    ['words', { text: 'APPROVE step' }, ['3']],
    ['words taken literally', { text: '%' }, []],
    ['everything at once', { actor: ['usr_ann'], type: ['CommentAdded'], from: at('11') }, ['4']],
  ])('filters by %s', async (_, filters, expected) => expect(await lines(filters)).toEqual(expected));

  it('shows own cases, and those of a branch, to those who see no further', async () => {
    expect(await lines({}, reader('usr_olly', 'own'))).toEqual(['4', '3', '2']);
    expect(await lines({}, reader('usr_vic', 'own'))).toEqual([]);
    expect(await lines({}, reader('usr_vic', { branches: ['NORTH'] }))).toEqual(['4', '3', '2']);
    expect(await lines({}, reader('usr_vic', { branches: ['SOUTH'] }))).toEqual([]);
  });

  it('shows nothing of another workspace', async () =>
    expect(await lines({}, { ...reader('usr_admin'), workspaceId: 'other' })).toEqual(['5']));

  it('pages without gaps or repeats', () =>
    given.query(async (tables) => {
      const trail = new AuditTrail(...queriesOver(tables));
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const { data, page } = await trail.list({ access: reader('usr_admin'), limit: 2, cursor });
        seen.push(...data.map(({ position }) => position));
        cursor = page.next ?? undefined;
      } while (cursor && seen.length < 20);
      expect(seen).toEqual(['6', '4', '3', '2', '1']);
      await expect(trail.list({ access: reader('usr_admin'), limit: 2, cursor: '!' })).rejects.toThrow(InvalidCursor);
    }));

  it('is read through indexes, the workspace first', () =>
    given.query(async (tables) => {
      const [database] = queriesOver(tables);
      const client = await tables.pool.connect();
      try {
        await client.query('SET enable_seqscan = off');
        for (const filters of [{}, { actor: ['usr_ann'] }, { stream: ['review-one'] }, { correlation: ['click'] }]) {
          const request = { access: reader('usr_admin'), limit: 25, ...filters };
          const query = trailSql(request, undefined, tables.table).compile(database.kysely());
          const { rows } = await client.query(`EXPLAIN ${query.sql}`, [...query.parameters]);
          const plan = rows.map((row) => String(row['QUERY PLAN'])).join('\n');
          expect(plan).not.toContain('Seq Scan');
          expect(plan).toMatch(/Index Cond: \(?\(?workspace_id/);
        }
      } finally {
        await client.query('RESET ALL');
        client.release();
      }
    }));

  it('opens streams of own cases only, to those who see no further', () =>
    given.query(async (tables) => {
      const cases = new CaseAccess(...queriesOver(tables));
      expect(await cases.mayRead(reader('usr_admin'), 'workflow-loans')).toBe(true);
      expect(await cases.mayRead(reader('usr_olly', 'own'), 'review-one')).toBe(true);
      expect(await cases.mayRead(reader('usr_olly', 'own'), 'comments-one')).toBe(true);
      expect(await cases.mayRead(reader('usr_olly', 'own'), 'workflow-loans')).toBe(false);
      expect(await cases.mayRead(reader('usr_vic', 'own'), 'review-one')).toBe(false);
    }));
});
