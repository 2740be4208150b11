import { InvalidCursor } from '#libs/kernel/application/page';
import { queriesOver } from '#libs/testing/given-read-models';
import { foldRows, readModelSpec, type GivenEvent } from '#libs/testing/read-model';
import { drafted, loans, published, replaced, retired } from '../../../domain/workflow.examples.js';
import type { WorkflowEvent } from '../../../domain/workflow.events.js';
import { workflowList, workflowReviews, workflowsGroup } from './workflow-list.projection.js';
import { WorkflowList } from './workflow-list.query.js';

const workflow = (id: string, key: string, ...events: WorkflowEvent[]): GivenEvent[] =>
  events.map((event) => {
    const data =
      event.type === 'WorkflowDrafted'
        ? { ...event.data, workflowId: id, definition: { ...event.data.definition, key } }
        : event.data;
    return { type: event.type, data, streamId: `workflow-${id}` } as GivenEvent;
  });
const review = (id: string, workflowId: string, version: number, ...types: string[]): GivenEvent[] =>
  ['ReviewStarted', ...types].map(
    (type) =>
      ({
        type,
        data: { reviewId: id, workflow: { id: workflowId, version } },
        streamId: `review-${id}`,
      }) as unknown as GivenEvent,
  );

const given = readModelSpec(workflowsGroup)(
  ...workflow('w1', 'loans', drafted(loans()), published(1, loans()), replaced({ ...loans(2), name: 'Loans, anew' })),
  ...workflow('w2', 'cards', drafted(loans()), published(1, loans())),
  ...workflow('w3', 'drafts', drafted(loans())),
  ...workflow('w4', 'old', drafted(loans()), published(1, loans()), retired()),
  ...workflow('w5', 'elsewhere', drafted(loans())).map((event) => ({ ...event, workspaceId: 'other' })),
  ...review('r1', 'w1', 1),
  ...review('r2', 'w1', 2),
  ...review('r3', 'w1', 1, 'ReviewApproved'),
  ...review('r4', 'w1', 1, 'ReviewRejected'),
  ...review('r5', 'w2', 1, 'ReviewWithdrawn'),
  ...review('r6', 'w2', 1, 'ReviewExpired'),
  ...review('r7', 'w4', 1, 'ReviewApproved', 'SubjectRevised'),
);

describe('GET /workflows', () => {
  it('shows the workflows of a workspace by key, with how many reviews run', () =>
    given.query(async (tables) => {
      const list = new WorkflowList(...queriesOver(tables));
      expect(await list.list({ workspaceId: 'demo', limit: 25 })).toEqual({
        data: [
          { id: 'w2', key: 'cards', name: 'Loan approval', version: 1, draft: false, retired: false, running: 0 },
          { id: 'w3', key: 'drafts', name: 'Loan approval', version: null, draft: true, retired: false, running: 0 },
          { id: 'w1', key: 'loans', name: 'Loans, anew', version: 1, draft: true, retired: false, running: 2 },
          { id: 'w4', key: 'old', name: 'Loan approval', version: 1, draft: false, retired: true, running: 1 },
        ],
        page: { next: null, hasMore: false },
      });
    }));

  it('pages by key', () =>
    given.query(async (tables) => {
      const list = new WorkflowList(...queriesOver(tables));
      const first = await list.list({ workspaceId: 'demo', limit: 3 });
      expect(first.page.hasMore).toBe(true);
      const second = await list.list({ workspaceId: 'demo', limit: 3, cursor: first.page.next! });
      expect(second.data.map(({ key }) => key)).toEqual(['old']);
      await expect(list.list({ workspaceId: 'demo', limit: 3, cursor: 'loans' })).rejects.toThrow(InvalidCursor);
    }));

  it('counts the running ones by version', () =>
    given.query(async ({ pool, table }) => {
      const { rows } = await pool.query(
        `SELECT workflow_id, version, n FROM ${table('workflow_running')} ORDER BY workflow_id, version`,
      );
      expect(rows).toEqual([
        { workflow_id: 'w1', version: '1', n: '1' },
        { workflow_id: 'w1', version: '2', n: '1' },
        { workflow_id: 'w4', version: '1', n: '1' },
      ]);
    }));

  it('tells of one workflow how many go on under each version', () =>
    given.query(async (tables) => {
      const list = new WorkflowList(...queriesOver(tables));
      expect(await list.running('demo', 'w1')).toEqual([
        { version: 1, reviews: 1 },
        { version: 2, reviews: 1 },
      ]);
      expect(await list.running('other', 'w1')).toEqual([]);
    }));
});

describe('The folds of workflows', () => {
  it('take no notice of what they do not know', () => {
    expect(foldRows(workflowList, ...workflow('w1', 'loans', published(1, loans()), retired()))).toEqual([]);
    expect(foldRows(workflowReviews, ...review('r1', 'w1', 1, 'ReviewApproved').slice(1))).toEqual([]);
  });

  it('count a cancelled review no more, and a reopened one again', () => {
    const running = (...ends: Parameters<typeof review>[3][]) =>
      foldRows(
        workflowReviews,
        ...ends.reduce((told, end) => [...told, ...review('r1', 'w1', 1, end).slice(1)], review('r1', 'w1', 1)),
      );
    expect(running('ReviewCancelled')).toMatchObject([{ running: false }]);
    expect(running('ReviewRejected', 'ReviewReopened')).toMatchObject([{ running: true }]);
  });
});
