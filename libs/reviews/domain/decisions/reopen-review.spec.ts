import {
  approve,
  cancel,
  definition,
  directory,
  loan,
  manager,
  officer,
  override,
  reject,
  reopen,
  requestChanges,
  resubmit,
  start,
  step,
  Story,
  withdraw,
} from '../review.examples.js';
import { reviewChain } from '../views/review-chain.js';
import { reviewDetail } from '../views/review-detail.js';
import { standings } from '../standing.js';

const workflow = definition(step('check', { rule: { count: 2 } }), step('sign', { assignees: [manager()] }));
const rejected = Story.of(start(workflow), approve('ann'), reject('bob'));
const approved = Story.of(start(workflow), approve('ann'), approve('bob'), approve('mia'));
const detail = ({ started, events }: Story) => reviewDetail(started, BigInt(events.length - 1));

describe('ReopenReview', () => {
  describe('smart', () => {
    it('annuls the rejections of the step that rejected, keeps its approvals, and asks again', () => {
      const story = rejected.and(reopen('smart'));
      expect(story.types).toEqual(['ReviewReopened', 'DecisionsInvalidated', 'StepStarted']);
      expect(story.find('ReviewReopened')).toMatchObject({
        from: 'rejected',
        reopenedBy: 'ada',
        round: 2,
        reopening: 1,
        steps: ['check'],
        annulled: [rejected.started.decisions[1]?.decisionId],
      });
      expect(story.find('StepStarted').carried).toHaveLength(1);
      expect(story.review).toMatchObject({ status: 'in_review', round: 2 });
      expect(standings(story.started, 0).map(({ reason }) => reason)).toEqual([null, 'VOID']);
    });

    it('annuls what was decided on older revisions too: a revert does not bring the outcome back', () => {
      const other = { ...loan, purpose: 'A bus' };
      const again = { revision: 2 };
      const one = Story.of(start(definition(step('check'))), approve('ann'), resubmit(other), approve('bob', again));
      expect(one.review.status).toBe('approved');
      const reopened = one.and(reopen('smart'));
      expect(reopened.find('ReviewReopened').annulled).toHaveLength(2);
      expect(reopened.find('DecisionsInvalidated').decisionIds).toEqual([one.find('DecisionRecorded').decisionId]);
      const reverted = reopened.and(resubmit(loan));
      expect(reverted.review.status).toBe('in_review');
      expect(reverted.and(approve('ann', { revision: 3 })).review.status).toBe('approved');
    });

    it('annuls a rejection on an older revision with the one that rejected', () => {
      const collected = definition(
        step('check', { rule: { count: 1 }, onReject: 'collect', assignees: [officer({ seats: 2 })] }),
      );
      const other = { ...loan, purpose: 'A bus' };
      const twice = Story.of(start(collected), reject('ann'), resubmit(other), reject('ann', { revision: 2 }));
      const over = twice.and(reject('bob', { revision: 2 }));
      expect(over.review.status).toBe('rejected');
      const reopened = over.and(reopen('smart'));
      expect(reopened.find('ReviewReopened').annulled).toHaveLength(3);
      expect(reopened.and(resubmit(loan)).find('StepStarted').carried).toBeUndefined();
    });

    it('leaves reverts as they are within one run', () => {
      const other = { ...loan, purpose: 'A bus' };
      const once = Story.of(start(workflow), approve('ann'), resubmit(other), resubmit(loan));
      expect(once.find('StepStarted').carried).toHaveLength(1);
    });

    it('takes another word from whoever rejected', () => {
      const story = rejected.and(reopen('smart'), approve('bob'));
      expect(story.types).toEqual(['DecisionRecorded', 'StepCompleted', 'StepStarted']);
      expect(story.and(approve('mia')).review.status).toBe('approved');
    });

    it('asks the last stage of an approved review again, and keeps the stages before it', () => {
      const story = approved.and(reopen('smart'));
      expect(story.types).toEqual(['ReviewReopened', 'DecisionsInvalidated', 'StepStarted']);
      expect(story.find('StepStarted')).toMatchObject({ step: 'sign', round: 2 });
      expect(detail(story).steps.map(({ status }) => status)).toEqual(['satisfied', 'open']);
      expect(story.and(reject('max')).review.status).toBe('rejected');
      expect(story.and(approve('mia')).review.status).toBe('approved');
    });

    it('takes back an override that gave the outcome, and asks people', () => {
      const settled = Story.of(start(workflow), override('approve'), override('approve'));
      const story = settled.and(reopen('smart'));
      expect(story.find('StepStarted').step).toBe('sign');
      expect(detail(story).steps.map(({ status }) => status)).toEqual(['overridden', 'open']);
      const overruled = Story.of(start(workflow), approve('ann'), override('reject'), reopen('smart'));
      expect(overruled.types).toEqual(['ReviewReopened', 'StepStarted']);
      expect(overruled.and(approve('bob')).types).toContain('StepCompleted');
    });

    it('is refused where it would give another outcome without asking anybody', () => {
      const one = definition(step('check', { assignees: [officer({ seats: 2 })] }));
      const story = Story.of(start(one), requestChanges('ann'), resubmit({ ...loan, term: 12 }))
        .and(approve('bob', { revision: 2 }))
        .and(reject('ann', { revision: 2 }));
      expect(story.review.status).toBe('rejected');
      expect(story.refusal(reopen('smart'))).toMatchObject({ code: 'invalid-state', details: { mode: 'smart' } });
      expect(story.and(reopen('restart')).review.status).toBe('in_review');
    });

    it('keeps only what still counts: a rejection of a later revision brings no older approval back', () => {
      const revised = Story.of(start(workflow), approve('ann'), resubmit({ ...loan, term: 12 }));
      const story = revised.and(reject('bob', { revision: 2 }), reopen('smart'));
      expect(story.find('StepStarted').carried).toBeUndefined();
    });
  });

  describe('restart', () => {
    it('begins with the first step and nobody’s decision, on assignments of its own', () => {
      const story = approved.and(reopen('restart'));
      expect(story.types).toEqual(['ReviewReopened', 'DecisionsInvalidated', 'StepStarted']);
      expect(story.find('DecisionsInvalidated').decisionIds).toHaveLength(3);
      const before = approved.events.flatMap((event) =>
        event.type === 'StepStarted' ? event.data.assignments.map(({ assignmentId }) => assignmentId) : [],
      );
      const { assignments, carried } = story.find('StepStarted');
      expect(carried).toBeUndefined();
      expect(assignments.filter(({ assignmentId }) => before.includes(assignmentId))).toEqual([]);
      expect(detail(story).steps.map(({ status }) => status)).toEqual(['open', 'pending']);
      const again = story.and(approve('ann'), approve('bob'));
      expect(again.review.status).toBe('in_review');
      expect(again.and(approve('mia')).review.status).toBe('approved');
    });

    it('keeps the past in the chain', () => {
      const overridden = Story.of(start(workflow), override('approve')).started;
      expect(reviewChain(overridden).steps[0]?.outcome).toBe('overridden');
      const chain = reviewChain(approved.and(reopen('restart')).started).steps;
      expect(chain.map(({ key, round, status, decisions }) => [key, round, status, decisions.length])).toEqual([
        ['check', 1, 'satisfied', 2],
        ['sign', 1, 'satisfied', 1],
        ['check', 2, 'open', 0],
        ['sign', 2, 'pending', 0],
      ]);
      expect(chain[0]?.decisions.map(({ counted, reason }) => [counted, reason])).toEqual([
        [false, 'VOID'],
        [false, 'VOID'],
      ]);
    });

    it('drops change items that were never answered', () => {
      const limited = definition(step('check', { maxRounds: 1 }));
      const story = Story.of(start(limited), requestChanges('ann'));
      expect(story.review.status).toBe('rejected');
      const again = story.and(reopen('restart'));
      expect(again.types).toEqual(['ReviewReopened', 'ChangeItemsCleared', 'StepStarted']);
      expect(again.and(approve('bob')).review.status).toBe('approved');
    });
  });

  it('gives every round anew', () => {
    const limited = definition(step('check', { maxRounds: 2 }));
    const story = Story.of(start(limited), requestChanges('ann'), resubmit({ ...loan, term: 12 }))
      .and(requestChanges('ann', { revision: 2 }))
      .and(reopen('smart'), requestChanges('ann', { revision: 2 }));
    expect(story.review.status).toBe('changes_requested');
    expect(story.and(resubmit({ ...loan, term: 24 })).review.status).toBe('in_review');
  });

  it('follows the workflow where no mode is named, and is smart where that says nothing', () => {
    const restarting = { ...workflow, reopen: { mode: 'restart' as const, max: 3 } };
    const story = Story.of(start(restarting), reject('ann'), reopen());
    expect(story.find('ReviewReopened').mode).toBe('restart');
    expect(rejected.and(reopen()).find('ReviewReopened').mode).toBe('smart');
  });

  it('happens at most as often as the workflow says, once where it says nothing', () => {
    const twice = { ...workflow, reopen: { mode: 'smart' as const, max: 2 } };
    const again = Story.of(start(twice), reject('ann'), reopen(), reject('bob'), reopen(), reject('ann'));
    expect(again.refusal(reopen())).toMatchObject({ code: 'invalid-state', details: { maxReopens: 2 } });
    expect(rejected.and(reopen(), reject('bob')).refusal(reopen('restart'))).toMatchObject({
      code: 'invalid-state',
      details: { maxReopens: 1 },
    });
    const never = { ...workflow, reopen: { mode: 'smart' as const, max: 0 } };
    expect(Story.of(start(never), reject('ann')).refusal(reopen()).code).toBe('invalid-state');
  });

  it('is refused once something irreversible was done', () => {
    const effect = { what: 'LoanDisbursed', at: '2026-11-22T12:00:00.000Z' };
    expect(approved.refusal(reopen('smart', { effect }))).toMatchObject({
      code: 'invalid-state',
      details: { effect: 'LoanDisbursed' },
    });
    expect(approved.refusal(resubmit({ ...loan, term: 12 }, { effect })).code).toBe('invalid-state');
    expect(approved.and(resubmit({ ...loan, term: 12 })).review.status).toBe('in_review');
  });

  it('is not done by whoever has a part in the subject', () => {
    expect(rejected.refusal(reopen('smart', { by: 'olly' })).code).toBe('four-eyes');
  });

  it('takes a permission, a reason, and a review that was approved or rejected', () => {
    expect(rejected.refusal(reopen('smart', { by: 'mia', may: { override: false } }))).toMatchObject({
      code: 'forbidden',
      details: { requiredPermission: 'review:override' },
    });
    expect(rejected.refusal(reopen('smart', { reason: ' ' })).code).toBe('reason-required');
    const running = Story.of(start(workflow));
    expect(running.refusal(reopen()).code).toBe('invalid-state');
    expect(running.and(withdraw()).refusal(reopen()).code).toBe('step-resolved');
    expect(running.and(cancel()).refusal(reopen()).code).toBe('step-resolved');
  });

  it('asks people as they are now', () => {
    const gone = directory({ userId: 'bob', roles: [], active: true });
    const story = rejected.and(reopen('smart', { directory: gone }));
    expect(story.types).toContain('StepBlocked');
  });
});
