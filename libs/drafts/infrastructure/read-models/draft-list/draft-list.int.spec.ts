import { queriesOver } from '#libs/testing/given-read-models';
import { readModelSpec, type GivenEvent } from '#libs/testing/read-model';
import { allGroups } from '#libs/composition/rooms';
import { DraftSubmitted } from '../../../domain/draft.events.js';
import { draftsSql, type DraftListRequest } from './draft-list.query.js';

const core = allGroups.find(({ name }) => name === 'core')!;
const handedIn = { type: DraftSubmitted.type, data: DraftSubmitted.sample, streamId: 'draft-1' } as GivenEvent;
const given = readModelSpec(core)(handedIn);

describe('GET /drafts', () => {
  it('keeps what was handed in, and nothing of what it says', async () => {
    const [row, ...more] = await given.rows('draft_list');
    expect(more).toEqual([]);
    const { draftId: draft_id, reviewId: review_id, assistantId: assistant_id } = DraftSubmitted.sample;
    expect(row).toEqual({
      draft_id,
      review_id,
      assistant_id,
      workspace_id: 'demo',
      model: 'writer-4',
      submitted_at: new Date(DraftSubmitted.sample.at),
    });
  });

  it.each<DraftListRequest['access']['reach']>(['all', 'own', { branches: ['NORTH'] }])(
    'is one statement that reads indexes only, with a reach of %j',
    (reach) =>
      given.query(async (tables) => {
        const [database] = queriesOver(tables);
        const actsFor = [{ userId: 'ann', roles: ['officer'], workflowKeys: ['letters'] }];
        const access = { workspaceId: 'demo', userId: 'robot', roles: ['assistant'], reach, actsFor };
        const query = draftsSql({ access, limit: 25 }, undefined, tables.table).compile(database.kysely());
        const client = await tables.pool.connect();
        try {
          for (const way of ['seqscan', 'bitmapscan', 'sort']) await client.query(`SET enable_${way} = off`);
          const { rows } = await client.query(`EXPLAIN ${query.sql}`, [...query.parameters]);
          const plan = rows.map((row) => String(row['QUERY PLAN'])).join('\n');
          expect(plan).not.toContain('Seq Scan');
          expect(plan).toMatch(/Index Scan using draft_list/);
        } finally {
          await client.query('RESET ALL');
          client.release();
        }
      }),
  );
});
