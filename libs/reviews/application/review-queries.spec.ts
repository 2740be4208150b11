import {
  approve,
  at,
  claim,
  definition,
  directory,
  fireTimer,
  loan,
  manager,
  officer,
  release,
  requestChanges,
  requestInfo,
  resubmit,
  start,
  step,
  Story,
} from '../domain/review.examples.js';
import type { StartedReview } from '../domain/review.state.js';
import { actions } from '../domain/views/actions.js';
import { explanation } from '../domain/views/explanation.js';
import { isParty } from '../domain/views/parties.js';
import { receiptState } from '../domain/views/receipt-state.js';
import { reviewChain } from '../domain/views/review-chain.js';
import { reviewDetail } from '../domain/views/review-detail.js';
import { reviewDiff } from '../domain/views/review-diff.js';
import { DecideCommand } from './commands/decide.handler.js';
import { RequestChangesCommand } from './commands/request-changes.handler.js';
import { ResubmitCommand } from './commands/resubmit.handler.js';
import { WithdrawCommand } from './commands/withdraw.handler.js';
import type { Moment } from './review-queries.js';
import { metadata, reviewRoom } from './review-room.examples.js';

const workflow = definition(
  step('check', { rule: { count: 2 }, sla: { value: 8, unit: 'WALL_HOUR' } }),
  step('sign', { assignees: [manager()] }),
);
const nobody = { reassign: false, dismiss: false, override: false };

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
  const load = (moment?: Moment) => room.queries.load('demo', reviewId, moment);
  const detail = async (moment?: Moment) => {
    const { review, revision } = await load(moment);
    return reviewDetail(review, revision);
  };
  return { room, reviewId, decide, resubmit, load, detail };
}

describe('Reading one review', () => {
  it('shows it whole', async () => {
    const { reviewId, decide, detail } = await begun();
    const { receipt } = await decide('ann');
    const shown = await detail();
    const [decision] = shown.steps[0]!.decisions;
    expect(shown).toEqual({
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
      urgent: false,
      steps: [
        {
          key: 'check',
          status: 'open',
          round: 1,
          requiredApprovals: 2,
          dueAt: '2026-11-22T18:00:00.000Z',
          assignments: [
            {
              id: expect.any(String),
              type: 'ROLE',
              ref: 'officer',
              state: 'filled',
              claimedBy: null,
              origin: 'definition',
            },
            {
              id: expect.any(String),
              type: 'ROLE',
              ref: 'officer',
              state: 'open',
              claimedBy: null,
              origin: 'definition',
            },
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
          override: null,
        },
        {
          key: 'sign',
          status: 'pending',
          round: 1,
          requiredApprovals: 1,
          dueAt: null,
          assignments: [],
          decisions: [],
          override: null,
        },
      ],
      changeRequest: null,
      infoRequest: null,
      hold: null,
      autoRules: null,
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
    const { decide, resubmit, detail } = await begun();
    await decide('ann');
    await resubmit({ ...loan, amountMinor: '1' });
    const { steps, round } = await detail();
    expect(round).toBe(2);
    expect(steps[0]?.decisions).toMatchObject([{ actorId: 'ann', counted: false, reason: 'STALE' }]);
    expect(steps[0]?.assignments.map(({ state }) => state)).toEqual(['open', 'open']);
  });

  it('does not claim the outcome of a later step that a revision took away', async () => {
    const { decide, resubmit, detail } = await begun();
    await decide('ann');
    await decide('bob');
    await decide('mia');
    await resubmit({ ...loan, amountMinor: '1' });
    const { status, currentStep, steps } = await detail();
    expect([status, currentStep]).toEqual(['in_review', 'check']);
    expect(steps[1]).toMatchObject({ status: 'pending', decisions: [{ actorId: 'mia', reason: 'STALE' }] });
  });

  it('shows in the chain what became of a step, and never that it was skipped when people were asked', async () => {
    const { room, reviewId, decide, resubmit, load, detail } = await begun();
    const chain = async () =>
      reviewChain((await load()).review).steps.map(({ key, round, status, outcome }) => [key, round, status, outcome]);
    await decide('ann');
    await decide('bob');
    const items = [{ text: 'Proof of income', path: '/income' }];
    await room.requestChanges.execute(
      new RequestChangesCommand({ reviewId, reviewedRevision: 1, items }, metadata('mia')),
    );
    await resubmit({ ...loan, amountMinor: '1' });
    expect(await chain()).toEqual([
      ['check', 1, 'satisfied', 'satisfied'],
      ['sign', 1, 'superseded', 'changes_requested'],
      ['check', 2, 'open', null],
      ['sign', 2, 'pending', null],
    ]);
    expect((await detail()).steps.map(({ status }) => status)).toEqual(['open', 'pending']);
    await room.withdraw.execute(new WithdrawCommand({ reviewId }, metadata('olly')));
    expect((await chain()).slice(1, 3)).toEqual([
      ['sign', 1, 'superseded', 'changes_requested'],
      ['check', 2, 'closed', 'withdrawn'],
    ]);
    expect((await detail()).steps.map(({ status }) => status)).toEqual(['closed', 'superseded']);
  });

  it('shows every execution in the chain', async () => {
    const { decide, resubmit, load } = await begun();
    await decide('ann');
    await resubmit({ ...loan, amountMinor: '1' });
    await decide('ann', 'approve', 2);
    await decide('bob', 'approve', 2);
    const { steps } = reviewChain((await load()).review);
    expect(steps.map(({ key, round, status, outcome }) => [key, round, status, outcome])).toEqual([
      ['check', 1, 'superseded', 'superseded'],
      ['check', 2, 'satisfied', 'satisfied'],
      ['sign', 2, 'open', null],
    ]);
    expect(steps[1]?.dueAt).toBe('2026-11-22T18:00:00.000Z');
    expect(steps[0]).toMatchObject({ startedAt: '2026-11-22T10:00:00.000Z', completedAt: '2026-11-22T10:00:00.000Z' });
  });

  it('shows what has to change, and the answers', async () => {
    const { room, reviewId, detail } = await begun();
    const items = [
      { text: 'Proof of income', path: '/income' },
      { text: 'A typo', blocking: false },
    ];
    await room.requestChanges.execute(
      new RequestChangesCommand({ reviewId, reviewedRevision: 1, items, comment: 'Please' }, metadata('ann')),
    );
    const { changeRequest, status } = await detail();
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
    const { resubmit, load } = await begun({
      amountMinor: '1',
      text: 'one\ntwo\n',
      gone: true,
      deep: { 'a/b': 1 },
    });
    await resubmit({ amountMinor: '2', text: 'one\nthree\n', fresh: null, deep: { 'a/b': 2 } });
    const { review } = await load();
    const diff = reviewDiff(review, 1, 2)!;
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
    expect(reviewDiff(review, 1, 9)).toBeUndefined();
  });

  it('tells the events, revisions dense from 0', async () => {
    const { room, reviewId, decide } = await begun();
    await decide('ann');
    const { data } = await room.queries.events('demo', reviewId);
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
    const { room, reviewId, decide, detail } = await begun();
    await decide('ann');
    await decide('bob', 'approve', 1, '2026-11-22T12:00:00.000Z');
    expect((await detail()).currentStep).toBe('sign');
    expect((await detail({ revision: 2n })).currentStep).toBe('check');
    const early = await detail({ asOf: '2026-11-22T11:30:00.000Z' });
    expect(early).toMatchObject({ currentStep: 'check', revision: 2 });
    expect((await detail({ revision: 0n })).steps[0]?.status).toBe('pending');
    expect((await room.queries.events('demo', reviewId, { revision: 1n })).data).toHaveLength(2);
    await expect(detail({ asOf: '2026-11-21T00:00:00.000Z' })).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  it('explains what an open review waits for, and what comes next', async () => {
    const { decide, load } = await begun();
    await decide('ann');
    expect(explanation((await load()).review)).toEqual({
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
    expect(explanation((await load()).review)).toEqual({
      status: 'rejected',
      conditions: [],
      nextTimer: null,
    });
  });

  it('offers each person what that person can do', async () => {
    const { load } = await begun();
    const allowed = async (userId: string, may = nobody) => {
      const roles = directory().person(userId)?.roles ?? [];
      const { review } = await load();
      const offered = actions(review, { userId, roles }, may, directory(), at('12:00')).actions;
      return offered.flatMap((it) => (it.allowed ? [it.action] : []));
    };
    expect(await allowed('ann')).toEqual([
      'decide',
      'request-changes',
      'escalate',
      'claim',
      'recuse',
      'request-info',
      'comments',
    ]);
    expect(await allowed('olly')).toEqual(['resubmit', 'escalate', 'withdraw', 'comments']);
    expect(await allowed('vic')).toEqual(['comments']);
    expect(await allowed('mia', { ...nobody, reassign: true, dismiss: true })).toEqual([
      'escalate',
      'reassign',
      'add-approver',
      'hold',
      'comments',
    ]);
    expect(await allowed('ada', { ...nobody, override: true })).toEqual(['cancel', 'override', 'comments']);
    expect(await allowed('olly', { ...nobody, override: true })).toEqual([
      'resubmit',
      'escalate',
      'withdraw',
      'cancel',
      'comments',
    ]);
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

  it('says that it is urgent while a step runs whose ladder has said so', () => {
    const ladder = [{ id: 'late', at: 'start+1h', action: 'priority' as const }];
    const story = Story.of(start(definition(step('check', { ladder }), step('sign', { assignees: [manager()] }))));
    const { executionId } = story.find('StepStarted');
    const marked = story.and(fireTimer({ executionId, kind: 'rung', rungId: 'late', generation: 1 }));
    const revised = marked.and(resubmit({ ...loan, purpose: 'A lorry' }));
    const signing = marked.and(approve('ann'));
    const urgent = [story, marked, revised, signing].map((it) => reviewDetail(it.started, 1n).urgent);
    expect(urgent).toEqual([false, true, true, false]);
  });

  it('knows that it stays the business of whoever had claimed it, or asked for something', () => {
    const story = Story.of(start(definition(step('check', { assignees: [officer({ seats: 2 })] }))));
    const seat = story.find('StepStarted').assignments[0]!.assignmentId;
    const claimed = story.and(claim('ann', seat));
    const told = [
      claimed,
      claimed.and(release('ann', seat)),
      story.and(requestChanges('ann')),
      story.and(requestInfo('ann')),
    ];
    // All of them have lost the role meanwhile.
    expect(told.map(({ review }) => isParty(review, { userId: 'ann', roles: [] }))).toEqual([true, true, true, true]);
    expect(isParty(story.review, { userId: 'ann', roles: [] })).toBe(false);
  });
});
