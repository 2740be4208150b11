import {
  approve,
  claim,
  definition,
  directory,
  expireClaim,
  loan,
  manager,
  officer,
  reject,
  rescind,
  resubmit,
  rulesOf,
  start,
  step,
  Story,
} from '../../domain/review.examples.js';
import { runningExecutions } from '../../domain/review.state.js';
import { counted, openSeats } from '../../domain/standing.js';
import { approvalChain } from './approval-chain/approval-chain.projection.js';
import type { ApprovalChainRow } from './approval-chain/approval-chain.table.js';
import { inbox } from './inbox/inbox.projection.js';
import type { InboxRow } from './inbox/inbox.table.js';
import { rowsOf } from './read-models.examples.js';
import { reviewParty } from './review-party/review-party.projection.js';
import type { ReviewPartyRow } from './review-party/review-party.table.js';
import { stepWork } from './step-work/step-work.projection.js';
import type { StepWorkRow } from './step-work/step-work.table.js';

const known = {
  directory: directory(
    { userId: 'cid', roles: ['officer'], active: true },
    { userId: 'dan', roles: ['officer'], active: true },
  ),
};
const revision = (number: number) => ({ ...known, revision: number });

/** The assignments that are open, and the decisions that count, as the review has them and as read models do. */
function openIn(story: Story) {
  const review = story.started;
  const open = runningExecutions(review).flatMap(({ index }) => openSeats(review, index));
  return {
    review: open.map(({ assignmentId }) => assignmentId).toSorted(),
    party: rowsOf<ReviewPartyRow>(reviewParty, story)
      .flatMap(({ open_seats }) => open_seats.map((seat) => seat.slice(seat.indexOf('/') + 1)))
      .toSorted(),
    inbox: rowsOf<InboxRow>(inbox, story)
      .flatMap(({ assignment_id, filled }) => (assignment_id && !filled ? [assignment_id] : []))
      .toSorted(),
    work: rowsOf<StepWorkRow>(stepWork, story)
      .filter(({ ended_at }) => ended_at === null)
      .flatMap(({ ledger }) => ledger?.seats ?? [])
      .flatMap(({ assignmentId, filled }) => (filled ? [] : [assignmentId]))
      .toSorted(),
  };
}

function agree(story: Story): void {
  const { review, ...models } = openIn(story);
  expect(models).toEqual({ party: review, inbox: review, work: review });
  expect(countedIn(story)).toEqual(
    story.started.steps
      .flatMap((_, index) => counted(story.started, index))
      .map(({ decisionId, assignmentId }) => `${decisionId} on ${assignmentId}`)
      .toSorted(),
  );
}

/** As the approval chain has it. */
const countedIn = (story: Story) =>
  rowsOf<ApprovalChainRow>(approvalChain, story)
    .flatMap(({ status, entry_id, ref }) => (status === 'counted' ? [`${entry_id} on ${ref}`] : []))
    .toSorted();

const seatOf = (story: Story, execution: number, place: number): string =>
  story.started.executions[execution]!.assignments[place]!.assignmentId;

const idOf = (story: Story, nth: number): string => story.started.decisions[nth]!.decisionId;

/** Ann's first decision, on `purpose`, is back after a revert; so her second one, on `amount`, counts no more. */
function decidedTwice(seats: number) {
  const assignees = [
    officer({ seats: 1, scope: ['/purpose'] }),
    officer({ seats, scope: ['/amountMinor'] }),
    manager({ seats: 1 }),
  ];
  const begun = Story.of(start(definition(step('check', { assignees, rule: { count: seats + 2 } })), known));
  const [purpose, amount] = [seatOf(begun, 0, 0), seatOf(begun, 0, 1)];
  const story = begun
    .and(approve('ann', { ...known, assignmentId: purpose }), resubmit({ ...loan, purpose: 'Two' }, known))
    .and(approve('ann', { ...revision(2), assignmentId: amount }), resubmit(loan, known));
  return { story, purpose, amount };
}

const boxes = (story: Story) => rowsOf<InboxRow>(inbox, story);

describe('When a decision comes back, or another moves for it, read models have the seats that the review has', () => {
  it('on one step', () => {
    const { story: twice, amount } = decidedTwice(2);
    const story = twice.and(approve('bob', { ...revision(3), assignmentId: amount }));
    const [first, second] = story.started.decisions.map(({ decisionId }) => decisionId);
    const moved = story.and(rescind('ann', first!, known));
    expect(moved.find('DecisionRescinded').revived).toHaveLength(2);
    agree(moved);
    agree(moved.and(rescind('ann', second!, known)));
  });

  it('on steps side by side, whose people must be others', () => {
    const side = { parallel: true } as const;
    const begun = Story.of(
      start(
        definition(
          step('one', { ...side, assignees: [officer({ seats: 2, scope: ['/amountMinor'] })], rule: { count: 2 } }),
          step('two', {
            ...side,
            assignees: [officer({ seats: 3, scope: ['/purpose'] })],
            rule: { count: 3 },
            distinct: 'review',
          }),
        ),
        known,
      ),
    );
    const [one, two] = [seatOf(begun, 0, 0), seatOf(begun, 1, 0)];
    const story = begun
      .and(approve('bob', { ...known, assignmentId: one }), resubmit({ ...loan, amountMinor: '1' }, known))
      .and(approve('bob', { ...revision(2), assignmentId: two }), resubmit(loan, known));
    agree(story);
    const first = story.started.decisions[0]!.decisionId;
    agree(story.and(rescind('bob', first, known)));
    const filled = story.and(approve('cid', { ...revision(3), assignmentId: two }));
    agree(filled);
    agree(filled.and(rescind('bob', first, known)));
  });

  it('whoever lost the assignment to a decision that came back is asked for another one', () => {
    const { story, purpose, amount } = decidedTwice(1);
    const filled = story.and(approve('bob', { ...revision(3), assignmentId: amount }));
    const lost = filled.and(rescind('ann', idOf(filled, 0), known));
    expect(lost.last.map(({ type }) => type)).toEqual(['DecisionRescinded', 'DecisionsRecounted']);
    expect(lost.find('DecisionsRecounted').lost).toEqual([idOf(lost, 2)]);
    agree(lost);
    expect(boxes(lost).find((it) => it.assignment_id === purpose)?.spoken).not.toContain('bob');

    // Bob decides again; then ann's second goes too, so his first is back and his second leaves its assignment open.
    const again = lost.and(approve('bob', { ...revision(3), assignmentId: purpose }));
    agree(again);
    const last = again.and(rescind('ann', idOf(again, 1), known));
    expect(last.find('DecisionsRecounted').opened).toMatchObject([{ assignmentId: purpose, ref: 'officer' }]);
    agree(last);
    expect(boxes(last).filter((it) => it.listed && it.assignee === 'role:officer')).toHaveLength(1);
  });

  it('on a step between two that ask for nothing of each other', () => {
    const side = { parallel: true, rule: { count: 2 } } as const;
    const begun = Story.of(
      start(
        definition(
          step('one', { ...side, assignees: [officer({ seats: 2, scope: ['/purpose'] })] }),
          step('two', { ...side, assignees: [officer({ seats: 2, scope: ['/amountMinor'] })], distinct: 'review' }),
          step('three', { ...side, assignees: [officer({ seats: 2, scope: ['/currency'] })] }),
        ),
        known,
      ),
    );
    const [one, two, three] = [seatOf(begun, 0, 0), seatOf(begun, 1, 0), seatOf(begun, 2, 0)];
    const story = begun
      .and(approve('ann', { ...known, assignmentId: one }), resubmit({ ...loan, purpose: 'Two' }, known))
      .and(approve('ann', { ...revision(2), assignmentId: two }), resubmit(loan, known))
      .and(approve('ann', { ...revision(3), assignmentId: three }));
    agree(story);
    agree(story.and(rescind('ann', idOf(story, 0), known)));
  });

  it('after a revision that rules let pass, when the next one asks people again', () => {
    const rules = rulesOf({ name: 'small', when: { eq: ['purpose', 'Small'] }, outcome: 'approve' });
    const assignees = [officer({ seats: 2, scope: ['/amountMinor'] })];
    const workflow = {
      ...definition(
        step('check', { auto: true, floor: 0, assignees, rule: { count: 2 } }),
        step('sign', { assignees: [manager()] }),
      ),
      auto: { ruleset: 'loan-auto' },
    };
    const passed = Story.of(start(workflow, { ...known, rules }))
      .and(approve('ann', known))
      .and(resubmit({ ...loan, purpose: 'Small' }, { ...known, rules }));
    expect(countedIn(passed)).toEqual([]);
    const asked = passed.and(resubmit(loan, { ...known, rules }));
    expect(countedIn(asked)).toHaveLength(1);
    agree(asked);
  });

  it('on a step that is not asked again: its author is heard there', () => {
    const begun = Story.of(
      start(
        definition(
          step('one', {
            assignees: [officer({ seats: 1, scope: ['/purpose'] }), officer({ seats: 2, scope: ['/amountMinor'] })],
            rule: { count: 2 },
            onReject: 'collect',
          }),
          step('two', { assignees: [officer({ seats: 1 })], distinct: 'review' }),
        ),
        known,
      ),
    );
    const [purpose, ...amount] = [0, 1, 2].map((place) => seatOf(begun, 0, place));
    const story = begun
      .and(reject('ann', { ...known, assignmentId: purpose! }))
      .and(
        approve('bob', { ...known, assignmentId: amount[0]! }),
        approve('cid', { ...known, assignmentId: amount[1]! }),
      )
      .and(resubmit({ ...loan, purpose: 'Two' }, known), resubmit(loan, known));
    expect(story.started.executions.filter(({ index }) => index === 0)).toHaveLength(1);
    agree(story);
    expect(story.refusal(approve('ann', revision(3))).code).toBe('four-eyes');
    expect(boxes(story).find((it) => it.step === 'two')?.excluded).toContain('ann');
  });

  it('a claim ends on an assignment that it fills', () => {
    const { story, amount } = decidedTwice(1);
    const claimed = story.and(claim('bob', amount, known));
    const { claimId } = claimed.find('AssignmentClaimed');
    const back = claimed.and(rescind('ann', idOf(claimed, 0), known));
    agree(back);
    expect(back.last.map(({ type }) => type)).toEqual(['AssignmentReleased', 'DecisionRescinded']);
    expect(back.find('AssignmentReleased')).toMatchObject({ claimId, heldBy: 'bob', how: 'unneeded' });
    expect(back.and(expireClaim(amount, claimId, known)).last).toEqual([]);
    const free = back.and(rescind('ann', idOf(back, 1), known));
    agree(free);
    const claims = free.started.executions.at(-1)!.assignments.map((it) => it.claim);
    expect([claims.filter(Boolean), boxes(free).flatMap((it) => it.claimed_by ?? [])]).toEqual([[], []]);
  });

  it('a decision that moves takes what nobody has claimed, and what is claimed where nothing else is left', () => {
    const { story, amount } = decidedTwice(3);
    const [, , second, third] = story.started.executions.at(-1)!.assignments.map((it) => it.assignmentId);
    const filled = story.and(approve('bob', { ...revision(3), assignmentId: amount }));
    const kept = filled.and(claim('cid', second!, known));
    const moved = kept.and(rescind('ann', idOf(kept, 0), known));
    expect(moved.last.map(({ type }) => type)).toEqual(['DecisionRescinded']);
    expect(moved.find('DecisionRescinded').revived).toContainEqual({
      assignmentId: third,
      decisionId: idOf(kept, 2),
    });
    agree(moved);

    const last = filled
      .and(claim('cid', second!, known), approve('dan', { ...revision(3), assignmentId: third! }))
      .and(rescind('ann', idOf(kept, 0), known));
    expect(last.last.map(({ type }) => type)).toEqual(['AssignmentReleased', 'DecisionRescinded']);
    expect(last.find('DecisionRescinded').revived).toContainEqual({
      assignmentId: second,
      decisionId: idOf(kept, 2),
    });
    agree(last);
  });
});
