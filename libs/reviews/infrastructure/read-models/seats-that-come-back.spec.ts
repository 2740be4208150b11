import {
  approve,
  definition,
  directory,
  loan,
  manager,
  officer,
  rescind,
  resubmit,
  start,
  step,
  Story,
} from '../../domain/review.examples.js';
import { openSeats } from '../../domain/standing.js';
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

/** The assignments that are open, as the review has them and as each read model does. */
function openIn(story: Story) {
  const review = story.started;
  const all = review.steps.flatMap((_, index) => openSeats(review, index).map(({ assignmentId }) => assignmentId));
  return {
    review: all.toSorted(),
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
}

const seatOf = (story: Story, execution: number, place: number): string =>
  story.started.executions[execution]!.assignments[place]!.assignmentId;

describe('When a decision comes back, or another moves for it, read models have the seats that the review has', () => {
  it('on one step', () => {
    const assignees = [
      officer({ seats: 1, scope: ['/purpose'] }),
      officer({ seats: 2, scope: ['/amountMinor'] }),
      manager({ seats: 1 }),
    ];
    const begun = Story.of(start(definition(step('check', { assignees, rule: { count: 4 } })), known));
    const [purpose, amount] = [seatOf(begun, 0, 0), seatOf(begun, 0, 1)];
    const story = begun
      .and(approve('ann', { ...known, assignmentId: purpose }), resubmit({ ...loan, purpose: 'Two' }, known))
      .and(approve('ann', { ...revision(2), assignmentId: amount }), resubmit(loan, known))
      .and(approve('bob', { ...revision(3), assignmentId: amount }));
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
});
