import type { Rung } from '#libs/kernel/domain/workflow-definition';
import {
  approve,
  definition,
  directory,
  escalate,
  loan,
  manager,
  officer,
  requestChanges,
  resubmit,
  start,
  step,
  Story,
  user,
  withdraw,
} from '../review.examples.js';

const rung = (id: string, action: Rung['action'], more: Partial<Rung> = {}): Rung => ({ id, at: '0', action, ...more });
const laddered = (...ladder: readonly Rung[]) =>
  definition(step('check', { rule: { count: 2 }, sla: { value: 8, unit: 'WALL_HOUR' }, ladder }));

describe('Escalate', () => {
  it('lets nobody who acts for the submitter ask themselves', () => {
    const story = Story.of(start(laddered()));
    const himself = escalate('bob', { to: { user: 'bob' }, onBehalfOf: 'olly' });
    expect(story.refusal(himself).code).toBe('four-eyes');
  });

  it('fires the next rung of the ladder that has not fired', () => {
    const story = Story.of(
      start(laddered(rung('r1', 'remind'), rung('r2', 'add', { to: { role: 'manager' } }))),
      escalate('olly'),
    );
    expect(story.types).toEqual(['RungFired']);
    const next = story.and(escalate('olly'));
    expect(next.types).toEqual(['RungFired', 'AssignmentAdded']);
    expect(next.find('RungFired')).toMatchObject({
      rung: { id: 'r2' },
      by: 'hand',
      firedBy: 'olly',
      reason: 'The client waits',
    });
    expect(next.find('AssignmentAdded').assignment).toMatchObject({
      kind: 'ROLE',
      ref: 'manager',
      origin: 'escalation',
    });
  });

  it('asks whom the person names in addition, which lowers nothing', () => {
    const story = Story.of(start(laddered()), escalate('ada', { to: { user: 'mia' }, may: { reassign: true } }));
    expect(story.types).toEqual(['RungFired', 'AssignmentAdded']);
    const approved = story.and(approve('mia'));
    expect(approved.review.status).toBe('in_review');
    expect(approved.and(approve('ann')).review.status).toBe('approved');
  });

  it('refuses when the ladder has no rung left and nobody is named', () => {
    expect(Story.of(start(laddered())).refusal(escalate('olly')).code).toBe('validation-failed');
  });

  it('needs a reason', () => {
    expect(Story.of(start(laddered())).refusal(escalate('olly', { reason: ' ' })).code).toBe('reason-required');
  });

  it('is for the submitter, a holder of an open assignment, or who may reassign', () => {
    const story = Story.of(start(laddered(rung('r1', 'remind'))));
    expect(story.and(escalate('ann')).types).toEqual(['RungFired']);
    expect(story.and(escalate('mel', { may: { reassign: true } })).types).toEqual(['RungFired']);
    expect(story.refusal(escalate('mel'))).toMatchObject({
      code: 'forbidden',
      details: { requiredPermission: 'review:reassign' },
    });
    expect(story.and(approve('ann')).refusal(escalate('vic')).code).toBe('forbidden');
  });

  it('never asks the submitter', () => {
    expect(Story.of(start(laddered())).refusal(escalate('ann', { to: { user: 'olly' } })).code).toBe('four-eyes');
  });

  it('only reminds somebody who is asked already', () => {
    const story = Story.of(start(laddered()), escalate('ann', { to: { role: 'officer' } }));
    expect(story.types).toEqual(['RungFired']);
    expect(story.find('RungFired').rung).toMatchObject({ action: 'remind', to: { role: 'officer' } });
  });

  it('only reminds where everybody it could ask is needed where asked already', () => {
    const how = { directory: directory({ userId: 'ann', roles: ['officer', 'lead'], active: true }) };
    const ladder = [rung('r1', 'add', { to: { role: 'lead' } }), rung('r2', 'none')];
    const assignees = [user('ann'), user('bob')];
    const story = Story.of(start(definition(step('check', { assignees, ladder, rule: { all: true } })), how));
    const named = story.and(escalate('olly', { to: { role: 'lead' }, ...how }));
    expect(named.types).toEqual(['RungFired']);
    expect(named.find('RungFired').rung).toMatchObject({ action: 'remind', to: { role: 'lead' } });
    expect(story.and(escalate('olly', how)).types).toEqual(['RungSkipped', 'RungFired']);
    expect(named.and(approve('ann', how), approve('bob', how)).review.status).toBe('approved');
  });

  it('refuses somebody who has decided, and somebody unknown', () => {
    const story = Story.of(start(laddered()), approve('ann'));
    expect(story.refusal(escalate('bob', { to: { user: 'ann' } })).code).toBe('person-already-counted');
    expect(story.refusal(escalate('bob', { to: { user: 'nobody' } })).code).toBe('not-eligible');
    expect(story.refusal(escalate('bob', { to: { role: 'nobody' } })).code).toBe('not-eligible');
  });

  it('goes on to the next rung when one has to be skipped', () => {
    const story = Story.of(
      start(laddered(rung('r1', 'add', { to: { user: 'olly' } }), rung('r2', 'notify'))),
      escalate('ann'),
    );
    expect(story.types).toEqual(['RungSkipped', 'RungFired']);
    expect(story.find('RungSkipped').reason).toBe('four-eyes');
  });

  it('does not end the review only because a rung was skipped', () => {
    const ladder = [rung('r1', 'add', { to: { user: 'olly' } }), rung('r2', 'auto_reject')];
    const story = Story.of(start(laddered(...ladder)), escalate('ann'));
    expect(story.types).toEqual(['RungSkipped']);
    expect(story.refusal(escalate('ann')).code).toBe('validation-failed');
  });

  it.each(['auto_reject', 'auto_approve', 'expire'] as const)(
    'never hastens an ending: %s keeps its own time, and the refusal says which',
    (action) => {
      const story = Story.of(start(laddered(rung('r1', 'remind'), rung('r2', action, { at: '+16h' }))));
      const reminded = story.and(escalate('ann'));
      expect(reminded.types).toEqual(['RungFired']);
      for (const by of ['ann', 'olly'])
        expect(reminded.refusal(escalate(by))).toMatchObject({
          code: 'validation-failed',
          message: expect.stringMatching(new RegExp(`r2 \\(${action}\\).*2026-11-23T09:00:00.000Z`, 'u')),
          details: { errors: [{ pointer: '/to', code: 'required' }] },
        });
      expect(reminded.and(escalate('ann', { to: { role: 'officer' } })).types).toEqual(['RungFired']);
    },
  );

  it('does not end a vote of others', () => {
    const board = step('board', {
      assignees: [manager({ seats: 3 })],
      rule: { percent: '50', of: 'seated' },
      onReject: 'collect',
      sla: { value: 8, unit: 'WALL_HOUR' },
      ladder: [rung('r1', 'auto_reject', { at: '+16h' })],
    });
    const story = Story.of(start(definition(board)), approve('mia'));
    expect(story.refusal(escalate('max')).code).toBe('validation-failed');
    expect(story.and(approve('max')).review.status).toBe('approved');
  });

  it('transfers open assignments and keeps what they stand for', () => {
    const assignees = [user('ann', { minApprovals: 1 })];
    const ladder = [rung('r1', 'transfer', { to: { user: 'mia' } })];
    const story = Story.of(start(definition(step('check', { assignees, ladder }))), escalate('olly'));
    expect(story.types).toEqual(['RungFired', 'AssignmentTransferred']);
    expect(story.find('AssignmentTransferred').successor).toMatchObject({ kind: 'USER', ref: 'mia', assignee: 0 });
    expect(story.and(approve('mia')).review.status).toBe('approved');
  });

  it('asks the manager of the person who is waited for', () => {
    const assignees = [user('bob'), user('ann')];
    const ladder = [rung('r1', 'add', { to: { manager: true } })];
    const story = Story.of(start(definition(step('check', { assignees, ladder }))), escalate('olly'));
    expect(story.find('AssignmentAdded').assignment).toMatchObject({ kind: 'USER', ref: 'max' });
  });

  it('is refused while changes are awaited and after the end', () => {
    const story = Story.of(start(laddered(rung('r1', 'remind'))));
    expect(story.and(requestChanges('ann')).refusal(escalate('olly')).code).toBe('invalid-state');
    expect(story.and(withdraw()).refusal(escalate('olly')).code).toBe('step-resolved');
  });

  describe('by somebody who may not reassign', () => {
    const ladder = [
      rung('r1', 'add', { to: { role: 'manager' } }),
      rung('r2', 'add', { to: { user: 'vic' } }),
      rung('r3', 'add', { to: { manager: true } }),
    ];
    const named = () => Story.of(start(laddered(...ladder)));

    it.each(['olly', 'ann'])('asks nobody of the choice of %s', (by) => {
      const story = Story.of(start(laddered()));
      for (const to of [{ user: 'mia' }, { user: 'ada' }, { role: 'manager' }, { role: 'admin' }])
        expect(story.refusal(escalate(by, { to }))).toMatchObject({
          code: 'forbidden',
          message: expect.stringContaining('role:officer'),
          details: { requiredPermission: 'review:reassign' },
        });
    });

    it('asks whom the step or its ladder names: a role, somebody who holds it, or a person', () => {
      for (const to of [{ role: 'manager' }, { user: 'mel' }, { user: 'vic' }, { user: 'bob' }])
        expect(named().and(escalate('olly', { to })).types).toEqual(['RungFired', 'AssignmentAdded']);
      expect(named().refusal(escalate('olly', { to: { user: 'ada' } })).code).toBe('forbidden');
    });

    it('asks no holder who came after the electorate was settled', () => {
      const people = directory({ userId: 'vic', roles: ['officer'], active: true });
      const story = Story.of(start(definition(step('check', { rule: { all: true } }))));
      expect(story.refusal(escalate('olly', { to: { user: 'vic' }, directory: people })).code).toBe('forbidden');
    });

    it('asks the manager of a person who is waited for where the ladder says so', () => {
      const assignees = [user('bob'), user('ann')];
      const story = Story.of(start(definition(step('check', { assignees, ladder: [ladder[2]!] }))));
      expect(story.and(escalate('olly', { to: { user: 'max' } })).types).toContain('AssignmentAdded');
      const plain = Story.of(start(definition(step('check', { assignees }))));
      expect(plain.refusal(escalate('olly', { to: { user: 'max' } })).code).toBe('forbidden');
    });

    it('asks on a blocked step the managers of whom it waits for, and the administrators', () => {
      const people = directory({ userId: 'bob', roles: ['officer'], active: false, managerId: 'max' });
      const story = Story.of(start(definition(step('check', { assignees: [user('bob')] })), { directory: people }));
      expect(story.types).toContain('StepBlocked');
      const how = { directory: people };
      for (const to of [{ user: 'max' }, { role: 'admin' }, { user: 'ada' }])
        expect(story.and(escalate('olly', { ...how, to })).types).toContain('AssignmentAdded');
      expect(story.refusal(escalate('olly', { ...how, to: { user: 'mel' } })).code).toBe('forbidden');
    });

    it('is bound so also with the permission, when it is the submitter, the editor, or one in conflict', () => {
      const may = { reassign: true };
      expect(named().refusal(escalate('olly', { to: { user: 'ada' }, may })).code).toBe('forbidden');
      const edited = named().and(resubmit({ ...loan, term: 12 }, { by: 'mia', onBehalfOf: 'olly' }));
      expect(edited.refusal(escalate('mia', { to: { user: 'ada' }, may })).code).toBe('forbidden');
      const inConflict = Story.of(
        start({ ...laddered(), fourEyes: { submitter: true, editors: true, conflicts: ['mel'] } }),
      );
      expect(inConflict.refusal(escalate('mel', { to: { user: 'ada' }, may })).code).toBe('forbidden');
      expect(inConflict.and(escalate('mia', { to: { user: 'ada' }, may })).types).toContain('AssignmentAdded');
    });
  });

  it('says in whose name, where somebody acts for the submitter or for whom the step asks', () => {
    const story = Story.of(start(laddered(rung('r1', 'remind'))));
    const forOlly = story.and(escalate('vic', { onBehalfOf: 'olly' }));
    expect(forOlly.find('RungFired')).toMatchObject({ firedBy: 'vic', onBehalfOf: 'olly', delegationPath: ['olly'] });
    const forAnn = story.and(escalate('vic', { onBehalfOf: 'ann' }));
    expect(forAnn.find('RungFired')).toMatchObject({ firedBy: 'vic', onBehalfOf: 'ann', delegationPath: ['ann'] });
    expect(story.refusal(escalate('vic', { onBehalfOf: 'ann', path: ['ann', 'olly'] })).code).toBe('forbidden');
    expect(story.and(escalate('ann', { onBehalfOf: 'bob' })).find('RungFired')).not.toHaveProperty('onBehalfOf');
  });

  describe('on a blocked step', () => {
    it('routes it to whom it names', () => {
      const self = Story.of(start(definition(step('check', { assignees: [user('olly')] }))));
      const story = self.and(escalate('ada', { to: { user: 'mia' }, may: { reassign: true } }));
      expect(story.types).toEqual(['RungFired', 'AssignmentAdded', 'StepUnblocked']);
      expect(story.and(approve('mia')).review.status).toBe('approved');
    });

    it('lets the added person stand in where an assignee has too few', () => {
      const assignees = [officer({ minApprovals: 3 })];
      const short = Story.of(start(definition(step('check', { assignees, rule: { count: 3 } }))));
      const story = short.and(escalate('ada', { to: { role: 'manager' }, may: { reassign: true } }));
      expect(story.types).toEqual(['RungFired', 'AssignmentAdded', 'StepUnblocked']);
      expect(story.find('AssignmentAdded').assignment).toMatchObject({ origin: 'fallback', assignee: 0 });
      expect(story.and(approve('ann'), approve('bob')).review.status).toBe('in_review');
      expect(story.and(approve('ann'), approve('bob'), approve('mia')).review.status).toBe('approved');
    });

    it('hands the empty seat over where everybody has to agree', () => {
      const assignees = [user('ann'), user('olly')];
      const story = Story.of(
        start(definition(step('check', { assignees, rule: { all: true } }))),
        escalate('ada', { to: { user: 'mia' }, may: { reassign: true } }),
      );
      expect(story.types).toEqual(['RungFired', 'AssignmentTransferred', 'StepUnblocked']);
      expect(story.and(approve('ann'), approve('mia')).review.status).toBe('approved');
    });

    it('stays blocked when one more is not enough', () => {
      const short = Story.of(start(definition(step('check', { rule: { count: 4 } }))));
      expect(short.and(escalate('olly', { to: { user: 'ada' } })).types).toEqual(['RungFired', 'AssignmentAdded']);
    });

    it('goes on after all rounds are used up', () => {
      const ladder = [rung('r1', 'add', { to: { role: 'manager' } })];
      const story = Story.of(
        start(
          definition(
            step('check', {
              maxRounds: 1,
              onMaxRounds: 'escalate',
              ladder,
              assignees: [officer(), manager({ seats: 1 })],
            }),
          ),
        ),
        requestChanges('ann'),
        escalate('olly', { to: { user: 'ada' } }),
      );
      expect(story.types).toEqual(['RungFired', 'AssignmentAdded', 'StepUnblocked']);
      expect(story.and(approve('ada')).types).toEqual(['DecisionRecorded']);
    });
  });

  it('asks people who have come since', () => {
    const people = directory({ userId: 'cat', roles: ['lead'], active: true });
    const ladder = [rung('r1', 'add', { to: { role: 'lead' } })];
    const story = Story.of(start(laddered(...ladder)), escalate('olly', { to: { role: 'lead' }, directory: people }));
    expect(story.find('AssignmentAdded').assignment.ref).toBe('lead');
  });
});
