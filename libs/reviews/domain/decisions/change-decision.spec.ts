import {
  abstain,
  approve,
  changeDecision,
  definition,
  directory,
  escalate,
  loan,
  manager,
  officer,
  reject,
  requestChanges,
  resubmit,
  start,
  step,
  Story,
  user,
  withdraw,
} from '../review.examples.js';
import type { ReviewCommand } from '../review.commands.js';
import { reviewDetail } from '../views/review-detail.js';

const two = definition(step('check', { rule: { count: 2 } }), step('sign', { assignees: [manager()] }));
const decided = (...told: readonly ReviewCommand[]) => Story.of(start(two), ...told);
const decisionOf = (story: Story) => story.find('DecisionRecorded').decisionId;

describe('ChangeDecision', () => {
  it('turns a verdict around while the step is open', () => {
    const story = decided(approve('ann'));
    const changed = story.and(changeDecision('ann', decisionOf(story), 'abstain', { comment: 'I know too little' }));
    expect(changed.find('DecisionChanged')).toMatchObject({
      decisionId: decisionOf(story),
      previous: 'approve',
      verdict: 'abstain',
      actorId: 'ann',
      comment: 'I know too little',
      evidence: { rolesAtDecision: ['officer'] },
    });
    const [shown] = reviewDetail(changed.started, 0n).steps[0]?.decisions ?? [];
    expect(shown).toMatchObject({ verdict: 'abstain', counted: true, comment: 'I know too little' });
  });

  it('resolves the step in the same append', () => {
    const story = decided(approve('ann'));
    expect(story.and(changeDecision('ann', decisionOf(story), 'reject')).types).toEqual([
      'DecisionChanged',
      'StepRejected',
      'ReviewRejected',
    ]);
    const collect = Story.of(
      start(definition(step('check', { rule: { count: 1 }, onReject: 'collect', assignees: [officer({ seats: 2 })] }))),
      reject('ann'),
    );
    expect(collect.and(changeDecision('ann', decisionOf(collect), 'approve')).types).toEqual([
      'DecisionChanged',
      'StepCompleted',
      'ReviewApproved',
    ]);
  });

  it('opens a step that its abstention had blocked', () => {
    const blocked = decided(abstain('ann'));
    expect(blocked.types).toContain('StepBlocked');
    expect(blocked.and(changeDecision('ann', decisionOf(blocked), 'approve')).types).toEqual([
      'DecisionChanged',
      'StepUnblocked',
    ]);
  });

  it('to the same verdict is nothing', () => {
    const story = decided(approve('ann'));
    expect(story.and(changeDecision('ann', decisionOf(story), 'approve')).last).toEqual([]);
  });

  it('is for whoever gave it, and nobody else', () => {
    const story = decided(approve('ann'));
    expect(story.refusal(changeDecision('bob', decisionOf(story), 'reject'))).toMatchObject({
      code: 'not-eligible',
      details: { whoCan: ['user:ann'] },
    });
    expect(story.refusal(changeDecision('ann', 'dec_none', 'reject')).code).toBe('validation-failed');
  });

  it('is too late when the step has its outcome', () => {
    const story = decided(approve('ann'), approve('bob'));
    const { decisionId } = story.find('DecisionRecorded');
    expect(story.refusal(changeDecision('bob', decisionId, 'reject'))).toMatchObject({
      code: 'step-resolved',
      details: { step: 'check', outcome: 'satisfied' },
    });
    const over = story.and(withdraw());
    expect(over.refusal(changeDecision('bob', decisionId, 'reject')).code).toBe('step-resolved');
  });

  it('is bound to the revision that was seen', () => {
    const story = decided(approve('ann'));
    expect(story.refusal(changeDecision('ann', decisionOf(story), 'reject', { revision: 2 })).code).toBe(
      'stale-review',
    );
  });

  it('of a decision that went stale is a new decision', () => {
    const story = decided(approve('ann'));
    const revised = story.and(resubmit({ ...loan, amountMinor: '1' }));
    expect(revised.refusal(changeDecision('ann', decisionOf(story), 'reject', { revision: 2 })).code).toBe(
      'invalid-state',
    );
  });

  it('waits while the review waits for its submitter', () => {
    const story = decided(approve('ann'));
    const waiting = story.and(requestChanges('bob'));
    expect(waiting.refusal(changeDecision('ann', decisionOf(story), 'reject')).code).toBe('invalid-state');
  });

  it('needs the person to be asked still: a lost role keeps the decision and takes the change', () => {
    const story = decided(approve('ann'));
    const demoted = directory({ userId: 'ann', roles: ['viewer'], active: true });
    expect(story.refusal(changeDecision('ann', decisionOf(story), 'reject', { directory: demoted })).code).toBe(
      'not-eligible',
    );
  });

  it('passes four eyes: whoever edited since decides nothing', () => {
    const assignees = [officer({ scope: ['/purpose'] }), user('mia')];
    const story = Story.of(start(definition(step('check', { assignees, rule: { count: 2 } }))), approve('ann'));
    const revised = story.and(resubmit({ ...loan, amountMinor: '1' }, { by: 'ann', onBehalfOf: 'olly' }));
    expect(revised.refusal(changeDecision('ann', decisionOf(story), 'reject', { revision: 2 })).code).toBe('four-eyes');
  });

  it('clears the items of whoever decides on a later revision', () => {
    const assignees = [officer({ scope: ['/purpose'], seats: 2 })];
    const story = Story.of(
      start(definition(step('check', { assignees, rule: { count: 2 } }))),
      approve('ann'),
      requestChanges('ann'),
      resubmit({ ...loan, amountMinor: '1' }),
    );
    expect(story.and(changeDecision('ann', decisionOf(story), 'abstain', { revision: 2 })).types).toContain(
      'ChangeItemsCleared',
    );
  });

  it('is refused while the step is blocked because its rounds are used up', () => {
    const ladder = [{ id: 'r1', at: '0', action: 'add' as const, to: { role: 'manager' } }];
    const assignees = [officer({ seats: 2 }), manager()];
    const story = Story.of(
      start(
        definition(step('check', { assignees, rule: { count: 2 }, maxRounds: 1, onMaxRounds: 'escalate', ladder })),
      ),
      approve('ann'),
      requestChanges('bob'),
    );
    expect(story.types).toContain('StepBlocked');
    expect(story.refusal(changeDecision('ann', decisionOf(story), 'abstain')).code).toBe('invalid-state');
    expect(story.and(escalate('olly')).and(changeDecision('ann', decisionOf(story), 'abstain')).types).toContain(
      'DecisionChanged',
    );
  });
});
