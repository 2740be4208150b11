import type { Step } from '#libs/kernel/domain/workflow-definition';
import type { Verdict } from './review.commands.js';
import {
  approve,
  decide,
  definition,
  directory,
  loan,
  officer,
  reject,
  reopen,
  rescind,
  resubmit,
  start,
  step,
  Story,
} from './review.examples.js';
import { reviewDecider } from './review.decider.js';
import { counted, standings } from './standing.js';

describe('What counts', () => {
  it('counts one person once, also when a revert brings an earlier decision back', () => {
    const assignees = [officer({ seats: 1, scope: ['/purpose'] }), officer({ seats: 1 })];
    const workflow = definition(step('check', { assignees, rule: { count: 2 } }));
    const begun = Story.of(start(workflow));
    const [scoped = '', whole = ''] = begun.find('StepStarted').assignments.map(({ assignmentId }) => assignmentId);
    const story = begun
      .and(approve('ann', { assignmentId: whole }), resubmit({ ...loan, amountMinor: '1' }))
      .and(approve('ann', { assignmentId: scoped, revision: 2 }), resubmit(loan));
    expect(standings(story.started, 0).map(({ reason }) => reason)).toEqual([null, 'DUPLICATE_PERSON']);
    expect(story.review.status).toBe('in_review');
    expect(story.and(approve('bob', { revision: 3 })).review.status).toBe('approved');
  });

  describe('when an earlier decision is back on the seat that somebody has filled since', () => {
    const cid = {
      directory: directory(
        { userId: 'cid', roles: ['officer'], active: true },
        { userId: 'dan', roles: ['officer'], active: true },
      ),
    };
    const seat = (seats: number, more = {}) => officer({ seats, scope: ['/amountMinor'], ...more });
    const edited = (content: object, by: string) => {
      const command = resubmit({ ...loan, ...content }, { by, ...cid });
      return { ...command, facts: { ...command.facts, editsDraft: true } };
    };
    /** Ann decides, then edits what she decided on; Bob takes her seat, and Cid edits over her. */
    const told = (check: Partial<Step>, ann: Verdict = 'approve', bob: Verdict = 'approve') => {
      const taken = Story.of(
        start(definition(step('check', check), step('sign')), cid),
        decide('ann', ann, cid),
        edited({ purpose: 'Two' }, 'ann'),
        decide('bob', bob, { revision: 2, ...cid }),
      );
      return { taken, story: taken.and(edited({ purpose: 'Three' }, 'olly')) };
    };
    const reasons = ({ started }: Story) => standings(started, 0).map(({ reason }) => reason);
    const filled = ({ started }: Story) => counted(started, 0).map(({ assignmentId }) => assignmentId);

    it('lets the later one fill a free seat alike', () => {
      const { taken, story } = told({ assignees: [seat(2)], rule: { count: 2 } });
      expect(reasons(taken)).toEqual(['CONTRIBUTOR', null]);
      expect(story.types).toEqual(['SubjectRevised', 'StepStarted', 'StepCompleted', 'StepStarted']);
      expect(reasons(story)).toEqual([null, null]);
      const seats = story.events.flatMap((it) => (it.type === 'StepStarted' ? [it.data] : [])).at(-2);
      expect(seats?.carried).toEqual([
        { assignmentId: seats?.assignments[0]?.assignmentId, decisionId: story.started.decisions[0]?.decisionId },
        { assignmentId: seats?.assignments[1]?.assignmentId, decisionId: story.started.decisions[1]?.decisionId },
      ]);
    });

    it('keeps it there, whatever becomes of the earlier one', () => {
      const { story } = told({ assignees: [seat(3)], rule: { count: 3 } });
      const [first, second] = filled(story);
      const [ann] = story.started.decisions;
      const taken = story.and(rescind('ann', ann?.decisionId ?? '', cid));
      expect(filled(taken)).toEqual([second]);
      expect(taken.find('DecisionRescinded')).toMatchObject({ assignmentId: first, reopens: { ref: 'officer' } });
      expect(taken.and(approve('cid', { revision: 3, ...cid })).find('DecisionRecorded').assignmentId).toBe(first);
    });

    it('counts a no as it counts a yes', () => {
      const board = {
        assignees: [seat(3)],
        rule: { percent: '60', of: 'seated' as const },
        onReject: 'collect' as const,
      };
      const { story } = told(board, 'approve', 'reject');
      expect(story.review.status).toBe('in_review');
      expect(story.and(reject('cid', { revision: 3, ...cid })).review.status).toBe('rejected');
    });

    it('takes no seat of another kind, and says so', () => {
      const assignees = [seat(1), seat(1, { minApprovals: 1 })];
      const { story } = told({ assignees, rule: { count: 2 } });
      const [first, second] = story.started.decisions.map(({ assignmentId }) => assignmentId);
      expect([first === second, reasons(story)]).toEqual([true, [null, 'ASSIGNMENT_FILLED']]);
      expect(story.and(approve('bob', { revision: 3, ...cid })).review.status).toBe('in_review');
    });

    it('takes none that another decision fills, and moves up when that is taken back', () => {
      const check = { assignees: [seat(2), officer()], rule: { count: 3 } };
      const { taken } = told(check);
      const both = taken.and(approve('cid', { revision: 2, ...cid }), edited({ purpose: 'Three' }, 'olly'));
      expect(reasons(both)).toEqual([null, 'ASSIGNMENT_FILLED', null]);
      const last = both.find('DecisionRecorded');
      const free = both.and(rescind('cid', last.decisionId, cid));
      expect(reasons(free)).toEqual([null, null, 'RESCINDED']);
      expect(free.find('DecisionRescinded')).toMatchObject({
        reopens: null,
        revived: [{ assignmentId: last.assignmentId, decisionId: both.started.decisions[1]?.decisionId }],
      });
      const ann = free.and(rescind('ann', both.started.decisions[0]?.decisionId ?? '', cid));
      expect(filled(ann)).toEqual([last.assignmentId]);
      expect(ann.find('DecisionRescinded').reopens).toEqual({ kind: 'ROLE', ref: 'officer' });
    });

    it('takes it back with the rest when the review is reopened', () => {
      const check = { assignees: [seat(2)], rule: { count: 2 } };
      const { story } = told(check);
      const approved = story.and(approve('cid', { revision: 3, ...cid }), reopen('restart', cid));
      expect(approved.find('DecisionsInvalidated').decisionIds).toHaveLength(3);
    });
  });

  it('leaves a seat free that a decision stands on which counts on a step before alone', () => {
    const more = {
      directory: directory(
        { userId: 'cid', roles: ['officer'], active: true },
        { userId: 'dan', roles: ['officer'], active: true },
      ),
    };
    const second = { revision: 2, ...more };
    const story = Story.of(
      start(
        definition(
          step('one', { assignees: [officer({ scope: ['/amountMinor'] })] }),
          step('two', {
            assignees: [officer({ seats: 1, scope: ['/purpose'] }), { type: 'USER', id: 'mia' }],
            rule: { count: 2 },
            distinct: 'review',
          }),
        ),
        more,
      ),
      approve('ann', more),
      approve('bob', more),
      resubmit({ ...loan, amountMinor: '1' }, more),
      approve('bob', second),
      approve('mia', second),
    );
    expect(standings(story.started, 1).map(({ reason }) => reason)).toEqual(['DUPLICATE_PERSON', null]);
    expect(story.and(approve('cid', second)).review.status).toBe('approved');
  });

  it('labels what no longer counts', () => {
    const stale = Story.of(
      start(definition(step('check', { rule: { count: 2 } }))),
      approve('ann'),
      resubmit({ ...loan, x: 1 }),
    );
    expect(standings(stale.started, 0).map(({ reason }) => reason)).toEqual(['STALE']);
    const lenient = definition(step('check', { rule: { count: 2 }, staleness: 'never' }));
    const edited = Story.of(
      start(lenient),
      approve('ann'),
      resubmit({ ...loan, x: 1 }, { by: 'ann', onBehalfOf: 'olly' }),
    );
    expect(standings(edited.started, 0).map(({ reason }) => reason)).toEqual(['CONTRIBUTOR']);
  });

  it('counts nothing on a step that has not been reached', () => {
    expect(counted(Story.of(start(definition(step('check'), step('sign')))).started, 1)).toEqual([]);
  });

  it('is not computed anew of every step for each that starts beside it', () => {
    /** How often each decision is looked at when the subject is revised. */
    const looks = (beside: number) => {
      const assignees = [officer({ seats: 3, scope: ['/amountMinor'] })];
      const all = Array.from({ length: beside }, (_, place) =>
        step(`step-${place}`, { ...(place > 0 && { parallel: true }), assignees, rule: { count: 3 } }),
      );
      const some = Array.from({ length: 9 }, (_, n) => ({ userId: `officer-${n}`, roles: ['officer'], active: true }));
      const known = { directory: directory(...some) };
      const { started } = Story.of(start(definition(...all), known), approve('officer-0', known));
      const [given] = started.decisions;
      let count = 0;
      const decisions = started.executions.flatMap(({ executionId, step: key, assignments }) =>
        assignments.slice(0, 2).map(({ assignmentId }, nth) => ({
          ...given!,
          executionId,
          step: key,
          decisionId: `${key}-${nth}`,
          assignmentId,
          actorId: `officer-${nth}`,
          get scopeHash() {
            count += 1;
            return given!.scopeHash;
          },
        })),
      );
      reviewDecider.decide(resubmit({ ...loan, amountMinor: '7' }, known), { ...started, decisions });
      return count / decisions.length;
    };
    expect(looks(40)).toBeLessThan(2 * looks(4));
  });
});
