import { definition, directory, loan, manager, step } from '../domain/review.examples.js';
import type { StartedReview } from '../domain/review.state.js';
import { isParty } from '../domain/views/parties.js';
import { receiptState } from '../domain/views/receipt-state.js';
import { DecideCommand } from './commands/decide.handler.js';
import { RequestChangesCommand } from './commands/request-changes.handler.js';
import { ResubmitCommand } from './commands/resubmit.handler.js';
import { metadata, reviewRoom } from './review-room.examples.js';

const workflow = definition(
  step('check', { rule: { count: 2 }, sla: { value: 8, unit: 'WALL_HOUR' } }),
  step('sign', { assignees: [manager()] }),
);
const nobody = { reassign: false, dismiss: false };

async function begun(content = loan) {
  const room = reviewRoom();
  const { reviewId } = (await room.start(workflow, { content })).state as StartedReview;
  const decide = (
    by: string,
    verdict: 'approve' | 'reject' = 'approve',
    revision = 1,
    time = '2026-11-22T11:00:00.000Z',
  ) =>
    room.decide.execute(
      new DecideCommand(
        { reviewId, verdict, reviewedRevision: revision, comment: 'Fine' },
        { ...metadata(by), now: time },
      ),
    );
  const resubmit = (next: typeof loan) =>
    room.resubmit.execute(new ResubmitCommand({ reviewId, content: next }, metadata('olly')));
  return { room, reviewId, decide, resubmit, queries: room.queries };
}

describe('Reading one review', () => {
  it('shows it whole', async () => {
    const { decide, queries, reviewId } = await begun();
    const { receipt } = await decide('ann');
    const detail = await queries.detail('demo', reviewId);
    const [decision] = detail.steps[0]!.decisions;
    expect(detail).toEqual({
      id: reviewId,
      status: 'in_review',
      round: 1,
      workflow: { id: 'wf_loan-approval', key: 'loan-approval', version: 1 },
      subject: {
        type: 'loan',
        id: 'loan-1',
        title: 'A van',
        revision: 1,
        content: loan,
        contentHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
      submittedBy: 'olly',
      currentStep: 'check',
      steps: [
        {
          key: 'check',
          status: 'open',
          round: 1,
          requiredApprovals: 2,
          dueAt: '2026-11-22T18:00:00.000Z',
          assignments: [
            { id: expect.any(String), type: 'ROLE', ref: 'officer', state: 'filled', claimedBy: null },
            { id: expect.any(String), type: 'ROLE', ref: 'officer', state: 'open', claimedBy: null },
          ],
          decisions: [
            {
              id: decision?.id,
              actorId: 'ann',
              onBehalfOf: null,
              verdict: 'approve',
              comment: 'Fine',
              counted: true,
              reason: null,
              at: '2026-11-22T11:00:00.000Z',
            },
          ],
        },
        {
          key: 'sign',
          status: 'pending',
          round: 1,
          requiredApprovals: 1,
          dueAt: null,
          assignments: [],
          decisions: [],
        },
      ],
      changeRequest: null,
      revision: Number(receipt.revision),
    });
  });

  it('says in a receipt what the review waits for', async () => {
    const { decide } = await begun();
    const { state } = await decide('ann');
    expect(receiptState(state)).toEqual({
      status: 'in_review',
      step: 'check',
      waitingOn: [{ condition: 'approvals', have: 1, need: 2, who: ['role:officer'] }],
    });
  });

  it('keeps decisions visible that no longer count, and says why', async () => {
    const { decide, resubmit, queries, reviewId } = await begun();
    await decide('ann');
    await resubmit({ ...loan, amountMinor: '1' });
    const { steps, round } = await queries.detail('demo', reviewId);
    expect(round).toBe(2);
    expect(steps[0]?.decisions).toMatchObject([{ actorId: 'ann', counted: false, reason: 'STALE' }]);
    expect(steps[0]?.assignments.map(({ state }) => state)).toEqual(['open', 'open']);
  });

  it('shows every execution in the chain', async () => {
    const { decide, resubmit, queries, reviewId } = await begun();
    await decide('ann');
    await resubmit({ ...loan, amountMinor: '1' });
    await decide('ann', 'approve', 2);
    await decide('bob', 'approve', 2);
    const { steps } = await queries.chain('demo', reviewId);
    expect(steps.map(({ key, round, status, outcome }) => [key, round, status, outcome])).toEqual([
      ['check', 1, 'skipped', 'superseded'],
      ['check', 2, 'satisfied', 'satisfied'],
      ['sign', 2, 'open', null],
    ]);
    expect(steps[1]?.dueAt).toBe('2026-11-22T18:00:00.000Z');
    expect(steps[0]).toMatchObject({ startedAt: '2026-11-22T10:00:00.000Z', completedAt: '2026-11-22T10:00:00.000Z' });
  });

  it('shows what has to change, and the answers', async () => {
    const { room, queries, reviewId } = await begun();
    const items = [
      { text: 'Proof of income', path: '/income' },
      { text: 'A typo', blocking: false },
    ];
    await room.requestChanges.execute(
      new RequestChangesCommand({ reviewId, reviewedRevision: 1, items, comment: 'Please' }, metadata('ann')),
    );
    const { changeRequest, status } = await queries.detail('demo', reviewId);
    expect(status).toBe('changes_requested');
    expect(changeRequest).toMatchObject({
      requestedBy: 'ann',
      comment: 'Please',
      items: [
        { text: 'Proof of income', path: '/income', blocking: true, state: 'open', answer: null },
        { text: 'A typo', path: null, blocking: false, state: 'open', answer: null },
      ],
    });
  });

  it('compares two revisions field by field, and text line by line', async () => {
    const { resubmit, queries, reviewId } = await begun({
      amountMinor: '1',
      text: 'one\ntwo\n',
      gone: true,
      deep: { 'a/b': 1 },
    });
    await resubmit({ amountMinor: '2', text: 'one\nthree\n', fresh: null, deep: { 'a/b': 2 } });
    const diff = await queries.diff('demo', reviewId, { from: 1, to: 2 });
    expect(diff).toMatchObject({ from: 1, to: 2, documents: [] });
    expect(diff.fields).toEqual(
      expect.arrayContaining([
        { path: '/amountMinor', op: 'replace', before: '1', after: '2' },
        { path: '/gone', op: 'remove', before: true, after: null },
        { path: '/fresh', op: 'add', before: null, after: null },
        { path: '/deep/a~1b', op: 'replace', before: 1, after: 2 },
      ]),
    );
    expect(diff.text.find(({ path }) => path === '/text')?.lines).toEqual([
      { op: 'same', text: 'one' },
      { op: 'remove', text: 'two' },
      { op: 'add', text: 'three' },
    ]);
    expect(await queries.diff('demo', reviewId)).toEqual(diff);
    await expect(queries.diff('demo', reviewId, { from: 1, to: 9 })).rejects.toMatchObject({ code: 'not-found' });
  });

  it('tells the events, revisions dense from 0', async () => {
    const { decide, queries, reviewId } = await begun();
    await decide('ann');
    const { data } = await queries.events('demo', reviewId);
    expect(data.map(({ type, revision }) => [type, revision])).toEqual([
      ['ReviewStarted', 0],
      ['StepStarted', 1],
      ['DecisionRecorded', 2],
    ]);
    expect(data[2]).toEqual({
      id: expect.any(String),
      type: 'DecisionRecorded',
      revision: 2,
      position: expect.any(String),
      recordedAt: '2026-11-22T11:00:00.000Z',
      actor: { id: 'ann', kind: 'user', onBehalfOf: null },
      data: expect.objectContaining({ verdict: 'approve', comment: 'Fine' }),
    });
  });

  it('shows a review as it was, by revision and by time', async () => {
    const { decide, queries, reviewId } = await begun();
    await decide('ann');
    await decide('bob', 'approve', 1, '2026-11-22T12:00:00.000Z');
    expect((await queries.detail('demo', reviewId)).currentStep).toBe('sign');
    expect((await queries.detail('demo', reviewId, { revision: 2n })).currentStep).toBe('check');
    const early = await queries.detail('demo', reviewId, { asOf: '2026-11-22T11:30:00.000Z' });
    expect(early).toMatchObject({ currentStep: 'check', revision: 2 });
    expect((await queries.detail('demo', reviewId, { revision: 0n })).steps[0]?.status).toBe('pending');
    expect((await queries.events('demo', reviewId, { revision: 1n })).data).toHaveLength(2);
    await expect(queries.detail('demo', reviewId, { asOf: '2026-11-21T00:00:00.000Z' })).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  it('explains what an open review waits for, and what comes next', async () => {
    const { decide, queries, reviewId } = await begun();
    await decide('ann');
    expect(await queries.explanation('demo', reviewId)).toEqual({
      status: 'in_review',
      conditions: [
        {
          code: 'approvals',
          have: 1,
          need: 2,
          who: ['role:officer'],
          since: '2026-11-22T10:00:00.000Z',
          evidence: { step: 'check', rule: { count: 2 }, decisions: [expect.any(String)] },
        },
      ],
      nextTimer: { kind: 'breach', rungId: null, action: null, dueAt: '2026-11-22T18:00:00.000Z' },
    });
    await decide('bob', 'reject');
    expect(await queries.explanation('demo', reviewId)).toEqual({
      status: 'rejected',
      conditions: [],
      nextTimer: null,
    });
  });

  it('offers each person what that person can do', async () => {
    const { queries, reviewId } = await begun();
    const allowed = async (userId: string, may = nobody) => {
      const roles = directory().person(userId)?.roles ?? [];
      const { actions } = await queries.actions('demo', reviewId, { userId, roles }, may);
      return actions.flatMap((it) => (it.allowed ? [it.action] : []));
    };
    expect(await allowed('ann')).toEqual(['decide', 'request-changes', 'escalate', 'comments']);
    expect(await allowed('olly')).toEqual(['resubmit', 'escalate', 'withdraw', 'comments']);
    expect(await allowed('vic')).toEqual(['comments']);
    expect(await allowed('mia', { reassign: true, dismiss: true })).toEqual(['escalate', 'comments']);
  });

  it('knows whose business it is', async () => {
    const { room, reviewId, decide } = await begun();
    await decide('ann');
    const { state } = await room.streams.load(reviewId);
    const party = (userId: string, ...roles: string[]) => isParty(state, { userId, roles });
    expect([
      party('olly'),
      party('ann'),
      party('bob', 'officer'),
      party('vic', 'viewer'),
      party('mia', 'manager'),
    ]).toEqual([true, true, true, false, false]);
  });
});
