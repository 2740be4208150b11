import type { FourEyes } from '#libs/kernel/domain/workflow-definition';
import {
  addApprover,
  approve,
  changeDecision,
  claim,
  clearChanges,
  decide,
  definition,
  directory,
  dismissChanges,
  escalate,
  fireTimer,
  loan,
  manager,
  officer,
  override,
  reassign,
  reject,
  reopen,
  requestChanges,
  requestInfo,
  resubmit,
  start,
  step,
  Story,
  takeOver,
  user,
  type Circumstances,
} from './review.examples.js';
import type { ReviewCommand } from './review.commands.js';
import { runningExecutions } from './review.state.js';
import { actions } from './views/actions.js';
import { eligibility } from './views/eligibility.js';

const workflow = (fourEyes: Partial<FourEyes> = {}) => ({
  ...definition(step('check', { assignees: [officer({ seats: 2 }), user('olly'), manager()], rule: { count: 2 } })),
  fourEyes: { submitter: true, editors: true, ...fourEyes },
});
const begun = (fourEyes?: Partial<FourEyes>, how?: Circumstances) => Story.of(start(workflow(fourEyes), how));
const seat = (story: Story, kind: 'USER' | 'ROLE') =>
  story.find('StepStarted').assignments.find((it) => it.kind === kind)?.assignmentId ?? '';

/** Every way to speak on a step, or to bring somebody to it. */
const paths: readonly (readonly [string, (by: string, how: Circumstances) => (story: Story) => ReviewCommand])[] = [
  ['approve', (by, how) => () => approve(by, how)],
  ['reject', (by, how) => () => reject(by, how)],
  ['abstain', (by, how) => () => decide(by, 'abstain', how)],
  ['request changes', (by, how) => () => requestChanges(by, how)],
  ['ask for information', (by, how) => () => requestInfo(by, how)],
  ['claim', (by, how) => (story) => claim(by, seat(story, 'ROLE'), how)],
  ['override', (by, how) => () => override('approve', { by, ...how, may: { override: true } })],
];

describe('Four eyes, by whichever path', () => {
  it.each(paths)('keep the submitter from it: %s', (_, path) => {
    const story = begun();
    expect(story.refusal(path('olly', {})(story)).code).toBe('four-eyes');
  });

  it.each(paths)('keep the submitter from acting for somebody else: %s', (_, path) => {
    const story = begun();
    expect(story.refusal(path('olly', { onBehalfOf: 'ann' })(story)).code).toBe('four-eyes');
  });

  const speaking = paths.filter(([name]) => name !== 'override');

  it.each(speaking)('keep others from doing it in the submitter’s name: %s', (_, path) => {
    const story = begun();
    expect(story.refusal(path('vic', { onBehalfOf: 'olly' })(story)).code).toBe('four-eyes');
  });

  it.each(speaking)('keep others from doing it by way of the submitter: %s', (_, path) => {
    const story = begun();
    expect(story.refusal(path('vic', { onBehalfOf: 'ann', path: ['ann', 'olly'] })(story)).code).toBe('four-eyes');
    expect(story.and(path('vic', { onBehalfOf: 'ann' })(story)).last).not.toEqual([]);
  });

  it.each(paths)('keep whoever wrote the revision from it: %s', (_, path) => {
    const story = begun().and(resubmit({ ...loan, term: 12 }, { by: 'ann', onBehalfOf: 'olly' }));
    expect(story.refusal(path('ann', { revision: 2 } as Circumstances)(story)).code).toBe('four-eyes');
  });

  it('keep a decision from being changed by, for, or by way of whoever has written the revision since', () => {
    const later = { ...loan, term: 12 };
    const changed = (how: Circumstances & { by: string }, editor: string) => {
      const decided = begun({}).and(approve(how.by, how));
      const { decisionId } = decided.find('DecisionRecorded');
      const edited = decided.and(resubmit(later, { by: editor, onBehalfOf: 'olly' }));
      return edited.refusal(changeDecision(how.by, decisionId, 'reject', { ...how, revision: 2 })).code;
    };
    expect(changed({ by: 'ann' }, 'ann')).toBe('four-eyes');
    expect(changed({ by: 'vic', onBehalfOf: 'ann' }, 'vic')).toBe('four-eyes');
    expect(changed({ by: 'vic', onBehalfOf: 'ann' }, 'ann')).toBe('four-eyes');
    expect(changed({ by: 'vic', onBehalfOf: 'ann', path: ['ann', 'bob'] }, 'bob')).toBe('four-eyes');
  });

  it('keep whoever has a part in the subject from taking over, dismissing, overriding and reopening', () => {
    const conflicts = { conflicts: ['mel'] };
    const edited = (story: Story) => story.and(resubmit({ ...loan, term: 12 }, { by: 'mia', onBehalfOf: 'olly' }));
    for (const [by, story] of [
      ['olly', begun()],
      ['mel', begun(conflicts)],
      ['mia', edited(begun())],
    ] as const) {
      // The seat by name is his own already: there is nothing to take over.
      for (const kind of by === 'olly' ? (['ROLE'] as const) : (['ROLE', 'USER'] as const))
        expect(story.refusal(takeOver(by, seat(story, kind))).code).toBe('four-eyes');
      expect(story.refusal(override('approve', { by })).code).toBe('four-eyes');
    }
    const asked = begun(conflicts).and(requestChanges('ann'));
    const items = asked.find('ChangesRequested').items.map(({ itemId }) => itemId);
    expect(asked.refusal(dismissChanges('mel', items)).code).toBe('four-eyes');
    expect(edited(asked).refusal(dismissChanges('mia', items)).code).toBe('four-eyes');
    const rejected = begun(conflicts).and(reject('ann'));
    for (const by of ['olly', 'mel']) expect(rejected.refusal(reopen('smart', { by })).code).toBe('four-eyes');
  });

  it('let a resubmission clear nothing that approvers asked for', () => {
    const asked = begun().and(requestChanges('ann'), resubmit({ ...loan, term: 12 }));
    expect(asked.types).not.toContain('ChangeItemsCleared');
    const items = asked.find('ChangesRequested').items.map(({ itemId }) => itemId);
    expect(asked.refusal(clearChanges('olly', items)).code).toBe('not-eligible');
    expect(asked.refusal(clearChanges('olly', items, { onBehalfOf: 'ann' })).code).toBe('four-eyes');
    const byWay = { onBehalfOf: 'ann', path: ['ann', 'olly'] };
    expect(asked.refusal(clearChanges('vic', items, byWay)).code).toBe('four-eyes');
  });

  it('keep the submitter from being asked: by hand, in addition, in another’s place, or by taking over', () => {
    const story = begun();
    expect(story.refusal(escalate('ann', { to: { user: 'olly' } })).code).toBe('four-eyes');
    expect(story.refusal(addApprover('ada', { user: 'olly' })).code).toBe('four-eyes');
    expect(story.refusal(reassign('ada', seat(story, 'ROLE'), 'olly')).code).toBe('four-eyes');
    expect(story.refusal(takeOver('olly', seat(story, 'ROLE'))).code).toBe('four-eyes');
  });

  it('leave a submitter who may reassign no way to a decision: not himself, not by his delegate, not by a role', () => {
    const byMia = { by: 'mia', may: { reassign: true } };
    const story = Story.of(start(workflow(), byMia));
    const seats = [seat(story, 'ROLE'), seat(story, 'USER')];
    // mia submits and may reassign; mel is a manager too, may as well, and acts for mia.
    const forMia = { onBehalfOf: 'mia', may: { reassign: true } };
    const chosen = [
      ...seats.flatMap((id) => [reassign('mia', id, 'mia'), reassign('mia', id, 'mel'), takeOver('mia', id)]),
      ...seats.flatMap((id) => [reassign('mel', id, 'mel', forMia), reassign('mel', id, 'mia', forMia)]),
      takeOver('mel', seats[1]!, forMia),
      ...[{ user: 'mia' }, { user: 'mel' }, { role: 'manager' }].flatMap((to) => [
        addApprover('mia', to),
        addApprover('mel', to, forMia),
      ]),
      escalate('mia', { ...byMia, to: { user: 'mia' } }),
      escalate('mel', { ...forMia, to: { user: 'mel' } }),
      escalate('mel', { ...forMia, to: { user: 'mia' } }),
    ];
    expect(chosen.map((command) => story.refusal(command).code)).toEqual(chosen.map(() => 'four-eyes'));
    const unnamed = escalate('mel', { ...forMia, to: { user: 'vic' } });
    expect(story.refusal(unnamed).code).toBe('forbidden');
    // The workflow's own role may be asked for by anybody; it gives the submitter nothing.
    const asked = story.and(escalate('mia', { ...byMia, to: { role: 'manager' } }));
    expect(asked.refusal(approve('mia')).code).toBe('four-eyes');
    expect(asked.refusal(approve('mia', { onBehalfOf: 'max' })).code).toBe('four-eyes');
    expect(asked.and(approve('max')).find('DecisionRecorded').actorId).toBe('max');
  });

  it('let somebody without a part ask himself: one person more, who counts once, by name and reason', () => {
    const asked = begun().and(addApprover('ada', { user: 'ada' }, { reason: 'Both officers are away' }));
    expect(asked.find('AssignmentAdded')).toMatchObject({
      addedBy: 'ada',
      reason: 'Both officers are away',
      assignment: { ref: 'ada', origin: 'adhoc' },
    });
    const decided = asked.and(approve('ada'));
    expect(decided.types).toEqual(['DecisionRecorded']);
    expect(decided.and(approve('ada')).last).toEqual([]);
    expect(decided.and(approve('ann')).types).toContain('ReviewApproved');
    const moved = begun();
    expect(moved.and(reassign('mel', seat(moved, 'USER'), 'mel')).and(approve('mel')).types).toEqual([
      'DecisionRecorded',
    ]);
  });

  it('keep the submitter from being asked by a timer', () => {
    const ladder = [{ id: 'r1', at: 'start+1h', action: 'transfer' as const, to: { user: 'olly' } }];
    const story = Story.of(start(definition(step('check', { ladder }))));
    const { executionId } = story.find('StepStarted');
    const fired = story.and(fireTimer({ executionId, kind: 'rung', rungId: 'r1', generation: 1 }));
    expect(fired.find('RungSkipped').reason).toBe('four-eyes');
  });

  it('keep the submitter from clearing the way: dismissing items, changing a decision', () => {
    const asked = begun().and(requestChanges('ann'));
    const items = asked.find('ChangesRequested').items.map(({ itemId }) => itemId);
    expect(asked.refusal(dismissChanges('olly', items)).code).toBe('four-eyes');
    const decided = begun().and(approve('ann'));
    const { decisionId } = decided.find('DecisionRecorded');
    expect(decided.refusal(changeDecision('olly', decisionId, 'reject')).code).not.toBe('step-resolved');
  });

  it('are what is offered: nobody is shown what would be refused', () => {
    const story = begun();
    const olly = eligibility(story.started, directory()).people.find(({ userId }) => userId === 'olly');
    expect(olly).toMatchObject({ may: false, reason: 'four-eyes' });
    const may = { reassign: false, dismiss: false, override: true };
    const offered = actions(
      story.started,
      { userId: 'olly', roles: ['officer'] },
      may,
      directory(),
      '2026-11-22T10:00:00.000Z',
    );
    const allowed = offered.actions.filter((it) => it.allowed).map(({ action }) => action);
    expect(allowed).not.toContain('decide');
    expect(allowed).not.toContain('override');
  });
});

describe('Who four eyes keep out', () => {
  it('is whoever edited the current revision, and no longer once another one did', () => {
    const edited = begun().and(resubmit({ ...loan, term: 12 }, { by: 'ann', onBehalfOf: 'olly' }));
    expect(edited.refusal(approve('ann', { revision: 2 })).code).toBe('four-eyes');
    const same = edited.and(resubmit({ ...loan, term: 12 }, { note: 'As agreed' }));
    expect(same.refusal(approve('ann', { revision: 3 })).code).toBe('four-eyes');
    const again = edited.and(resubmit({ ...loan, term: 24 }));
    expect(again.and(approve('ann', { revision: 3 })).types).toEqual(['DecisionRecorded']);
    const lenient = begun({ editors: false }).and(resubmit({ ...loan, term: 12 }, { by: 'ann', onBehalfOf: 'olly' }));
    expect(lenient.and(approve('ann', { revision: 2 })).types).toEqual(['DecisionRecorded']);
  });

  it('is whom the workflow names as being in conflict, also as the one who acts for another', () => {
    const story = begun({ conflicts: ['ann'] });
    expect(story.refusal(approve('ann')).code).toBe('four-eyes');
    expect(story.refusal(approve('ann', { onBehalfOf: 'bob' })).code).toBe('four-eyes');
    expect(story.and(approve('bob')).types).toEqual(['DecisionRecorded']);
    expect(begun({ conflicts: ['olly'], allowSelf: true }).refusal(approve('olly')).code).toBe('four-eyes');
  });

  it('is who reports to the submitter, however far below, where the workflow says so', () => {
    const people = directory(
      { userId: 'ann', roles: ['officer'], active: true, managerId: 'bob' },
      { userId: 'bob', roles: ['officer'], active: true, managerId: 'olly' },
    );
    const story = begun({ noUpward: true }, { directory: people });
    for (const by of ['ann', 'bob']) expect(story.refusal(approve(by, { directory: people })).code).toBe('four-eyes');
    expect(story.and(approve('mia', { directory: people })).types).toContain('DecisionRecorded');
    const lenient = begun({}, { directory: people });
    expect(lenient.and(approve('bob', { directory: people })).types).toEqual(['DecisionRecorded']);
  });

  it('does not go round in circles where managers do', () => {
    const circle = directory(
      { userId: 'ann', roles: ['officer'], active: true, managerId: 'bob' },
      { userId: 'bob', roles: ['officer'], active: true, managerId: 'ann' },
    );
    const story = begun({ noUpward: true }, { directory: circle });
    expect(story.and(approve('ann', { directory: circle })).types).toEqual(['DecisionRecorded']);
  });

  it('is nobody but those in conflict where submitters may decide', () => {
    expect(begun({ allowSelf: true }).and(approve('olly')).types).toEqual(['DecisionRecorded']);
    expect(begun({ submitter: false, editors: false }).and(approve('olly')).types).toEqual(['DecisionRecorded']);
  });

  it('is whoever decided on an earlier step, where the step asks for other people', () => {
    const distinct = definition(step('check'), step('sign', { distinct: 'review' }));
    const story = Story.of(start(distinct), approve('ann'));
    expect(story.refusal(approve('ann')).code).toBe('four-eyes');
    expect(story.and(approve('bob')).review.status).toBe('approved');
  });

  it('blocks a step that nobody else is left for, and says that only they are asked', () => {
    const story = Story.of(
      start({
        ...definition(step('check', { assignees: [user('ann')] })),
        fourEyes: { submitter: true, editors: true, conflicts: ['ann'] },
      }),
    );
    expect(story.find('StepBlocked').code).toBe('SELF_ONLY');
    expect(runningExecutions(story.review)).toHaveLength(1);
  });
});
