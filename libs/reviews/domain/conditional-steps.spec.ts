import {
  addApprover,
  approve,
  definition,
  escalate,
  loan,
  manager,
  officer,
  override,
  resubmit,
  start,
  step,
  Story,
} from './review.examples.js';
import { reviewChain } from './views/review-chain.js';
import { reviewDetail } from './views/review-detail.js';

const when = { gt: ['amountMinor', '5000000'] as const };
const large = step('large', { when, assignees: [manager()] });
const workflow = definition(step('check'), large, step('sign', { assignees: [manager({ seats: 2 })] }));
const dear = { ...loan, amountMinor: '5000001' };
const detail = ({ started, events }: Story) => reviewDetail(started, BigInt(events.length - 1));

describe('A step with a condition', () => {
  it('is skipped where the content says no, and the trace says why', () => {
    const story = Story.of(start(workflow), approve('ann'));
    expect(story.types).toEqual(['DecisionRecorded', 'StepCompleted', 'StepSkipped', 'StepStarted']);
    expect(story.find('StepSkipped')).toMatchObject({
      step: 'large',
      index: 1,
      round: 1,
      reason: 'condition',
      trace: { op: 'gt', value: false, path: 'amountMinor', operand: '4500000', against: '5000000' },
    });
    expect(detail(story).steps.map(({ status }) => status)).toEqual(['satisfied', 'skipped', 'open']);
    expect(detail(story).currentStep).toBe('sign');
    expect(reviewChain(story.started).steps[1]).toMatchObject({
      key: 'large',
      outcome: 'skipped',
      assignments: [],
      condition: { op: 'gt', value: false },
    });
  });

  it('runs where the content says yes', () => {
    const story = Story.of(start(workflow, { content: dear }), approve('ann'));
    expect(story.find('StepStarted').step).toBe('large');
    expect(story.and(approve('mia')).find('StepStarted').step).toBe('sign');
  });

  it('shares what may be worked out with all other steps', () => {
    const content = { xs: Array.from({ length: 2_000 }, (_, i) => i) };
    const never = { not: { cel: 'xs.all(x, xs == xs)' } };
    const walks = (many: number) =>
      definition(step('check'), ...Array.from({ length: many }, (_, i) => step(`s${i}`, { when: never })), step('end'));
    const begun = (many: number) => Story.of(start(walks(many), { content }), approve('ann')).find('StepStarted').step;
    expect(begun(1)).toBe('end');
    // Together they are too much: that is not known, so somebody looks at it.
    expect(begun(40)).toBe('s0');
  });

  it.each([
    ['a member that is not there', { currency: 'USD' }],
    ['a member that is no number', { amountMinor: 'much' }],
    ['content that was erased', { $erased: true }],
  ])('runs where it cannot be known: %s', (_, content) => {
    expect(Story.of(start(workflow, { content }), approve('ann')).find('StepStarted').step).toBe('large');
  });

  it('is asked again after each revision: what was skipped runs, and what ran is skipped', () => {
    const skipped = Story.of(start(workflow), approve('ann'));
    const dearer = skipped.and(resubmit(dear), approve('ann', { revision: 2 }));
    expect(dearer.find('StepStarted')).toMatchObject({ step: 'large', round: 2 });
    const cheaper = dearer.and(resubmit(loan));
    expect(cheaper.types).toEqual([
      'SubjectRevised',
      'DecisionsInvalidated',
      'StepSkipped',
      'StepStarted',
      'DecisionsRecounted',
    ]);
    expect(cheaper.find('StepStarted')).toMatchObject({ step: 'sign', round: 3 }); // the approval of revision 1 is back
  });

  it('that was satisfied stays so after a revision that it does not look at, whatever its condition says now', () => {
    const scoped = { ...large, when: { eq: ['purpose', 'A van'] as const }, staleness: 'never' as const };
    const story = Story.of(
      start(definition(scoped, step('sign'))),
      approve('mia'),
      resubmit({ ...loan, purpose: 'A bus' }),
    );
    expect(story.types).toEqual(['SubjectRevised', 'StepStarted']);
    expect(detail(story).steps.map(({ status }) => status)).toEqual(['satisfied', 'open']);
  });

  it('keeps its assignments and the decisions on them while it is skipped', () => {
    const first = Story.of(start(definition(large, step('sign')), { content: dear }), approve('mia'));
    const back = first.and(resubmit(loan), resubmit(dear));
    expect(back.types).toEqual(['SubjectRevised', 'StepStarted', 'StepCompleted', 'StepStarted']);
    expect(back.find('StepCompleted').step).toBe('large');
  });
});

describe('A review of which every step was skipped', () => {
  const all = definition(step('first', { when }), large);

  it('is blocked, never approved: nobody was asked', () => {
    const story = Story.of(start(all));
    expect(story.types).toEqual(['ReviewStarted', 'StepSkipped', 'StepSkipped', 'StepStarted', 'StepBlocked']);
    expect(story.find('StepBlocked')).toMatchObject({ step: 'large', code: 'ALL_SKIPPED', fallback: ['role:admin'] });
    expect(story.review.status).toBe('in_review');
    expect(story.refusal(approve('mia')).code).toBe('invalid-state');
  });

  it('is decided on its last step by whom somebody brings to it, and by nobody less', () => {
    const routed = Story.of(start(all), escalate('olly', { to: { user: 'ada' } }));
    expect(routed.types).toEqual(['RungFired', 'AssignmentAdded', 'StepUnblocked']);
    expect(routed.and(approve('ada')).types).toEqual(['DecisionRecorded', 'StepCompleted', 'ReviewApproved']);
    const added = Story.of(start(all), addApprover('ada', { user: 'ada' }, { step: 'large' }));
    expect(added.types).toEqual(['AssignmentAdded', 'StepUnblocked']);
    expect(added.and(approve('mia')).review.status).toBe('approved');
    expect(Story.of(start(all), override('approve')).review.status).toBe('approved');
  });

  it('after a revision runs the steps that are asked for now', () => {
    const story = Story.of(start(all), resubmit(dear));
    expect(story.types).toEqual(['SubjectRevised', 'StepStarted']);
    expect(story.find('StepStarted')).toMatchObject({ step: 'first', assignments: [{ ref: 'officer' }] });
    const again = Story.of(start(all), resubmit({ ...loan, purpose: 'A bus' }));
    expect(again.types).toEqual(['SubjectRevised', 'StepSkipped', 'StepStarted', 'StepBlocked']);
  });

  it('is not approved by decisions that come back with a revert', () => {
    const scoped = definition(step('first', { when, assignees: [officer({ scope: ['/purpose'] })] }));
    const story = Story.of(start(scoped, { content: dear }), approve('ann'));
    expect(story.review.status).toBe('approved');
    const cheap = story.and(resubmit(loan));
    expect(cheap.review.status).toBe('approved'); // the approval is of the part that stayed
  });
});
