import { definition, directory, fold, loan, manager, officer, step, user } from '../review.examples.js';
import type { Definition } from '#libs/kernel/domain/workflow-definition';
import { verbs, type Act } from './acts.js';
import { readContinuation, readScript } from './read-script.js';
import { simulate, whatIf, type World } from './simulate.js';
import type { ReviewCommand } from '../review.commands.js';
import type { ReviewEvent } from '../review.events.js';

const may = { reassign: false, dismiss: false, override: false };

const world = (workflow: Definition): World => ({
  seed: 'seed-1',
  reviewId: 'rev_1',
  directory: directory(),
  facts: ({ person }) => ({ may: person?.roles.includes('manager') ? { ...may, reassign: true, dismiss: true } : may }),
  pinned: {
    published: {
      workflowId: 'wf_1',
      key: workflow.key,
      name: workflow.name,
      version: 1,
      contentHash: 'h',
      definition: workflow,
    },
    subjectRef: 'subject-1',
  },
});

const begins = { by: 'olly', subject: { type: 'loan', id: 'loan-1', content: loan } };
const play = (workflow: Definition, ...acts: Act[]) =>
  simulate({ at: '2026-11-22T09:00:00.000Z', start: begins, acts }, world(workflow));

/** Commands of the system itself: no script orders them, they follow. */
type OfTheSystem = 'StartReview' | 'FireTimer' | 'ExpireClaim' | 'VacateSeats' | 'Reproject';
type Named = (typeof verbs)[keyof typeof verbs]['command'];
const forgotten: readonly Exclude<ReviewCommand['type'], Named | OfTheSystem>[] = [];

describe('A script', () => {
  it('has a verb for every command of a person', () => {
    const told: readonly never[] = forgotten;
    expect(told).toEqual([]);
    expect(new Set(Object.values(verbs).map(({ command }) => command)).size).toBe(Object.keys(verbs).length);
  });

  const two = definition(step('check', { rule: { count: 2 }, assignees: [officer({ seats: 2 })] }));

  it('is played on the very rules: what follows, what waits, and where it ends', () => {
    const { turns, state } = play(
      two,
      { act: 'decide', by: 'ann', verdict: 'approve' },
      { act: 'decide', by: 'olly', verdict: 'approve' },
      { act: 'decide', by: 'bob', verdict: 'approve', afterHours: 2 },
    );
    expect(turns.map(({ act, by, refusal }) => [act, by, refusal?.code ?? null])).toEqual([
      ['start', 'olly', null],
      ['decide', 'ann', null],
      ['decide', 'olly', 'four-eyes'],
      ['decide', 'bob', null],
    ]);
    expect(turns[1]?.explanation?.conditions).toMatchObject([{ code: 'approvals', have: 1, need: 2 }]);
    expect(turns[3]?.at).toBe('2026-11-22T11:00:00.000Z');
    expect(state).toMatchObject({ status: 'approved', waitingOn: [] });
  });

  it('fires what is due meanwhile, each at its own instant', () => {
    const sla = { value: 8, unit: 'WALL_HOUR' as const };
    const ladder = [
      { id: 'half', at: '50%', action: 'remind' as const },
      { id: 'late', at: '+4h', action: 'add' as const, to: { role: 'manager' } },
    ];
    const { turns, events } = play(definition(step('check', { sla, ladder })), { act: 'wait', afterHours: 24 });
    expect(turns.filter(({ act }) => act === 'timer').map(({ at }) => at)).toEqual([
      '2026-11-22T13:00:00.000Z',
      '2026-11-22T17:00:00.000Z',
      '2026-11-22T21:00:00.000Z',
    ]);
    expect(events.map(({ type }) => type)).toEqual([
      'ReviewStarted',
      'StepStarted',
      'RungFired',
      'SlaBreached',
      'RungFired',
      'AssignmentAdded',
    ]);
    expect(turns.at(-1)).toMatchObject({ act: 'wait', at: '2026-11-23T09:00:00.000Z' });
  });

  it('names what only it brings about by its number', () => {
    const { turns, state } = play(
      definition(step('check')),
      { act: 'request-changes', by: 'ann', items: [{ text: 'Proof of income' }, { text: 'Address' }] },
      { act: 'resubmit', by: 'olly', content: { ...loan, income: '1' }, answers: [{ itemId: '#1', text: 'Here' }] },
      { act: 'clear-changes', by: 'ann', items: ['#1', '#2'] },
      { act: 'reassign', by: 'mia', assignmentId: '#1', to: 'bob', reason: 'Ann is abroad' },
      { act: 'decide', by: 'bob', verdict: 'approve' },
      { act: 'rescind', by: 'bob', decisionId: '#1', reason: 'Too late' },
    );
    expect(turns.map(({ refusal }) => refusal?.code ?? null)).toEqual([
      null,
      null,
      null,
      null,
      null,
      null,
      'step-resolved',
    ]);
    expect(state.status).toBe('approved');
  });

  it('takes away what somebody who leaves has held, and gives it to others', () => {
    const { turns } = play(
      definition(step('check', { assignees: [user('ann')] })),
      { act: 'people', people: [{ userId: 'ann', roles: ['officer'], active: false, managerId: 'mia' }] },
      { act: 'decide', by: 'ann', verdict: 'approve' },
      { act: 'decide', by: 'mia', verdict: 'approve' },
    );
    expect(turns.map(({ act, refusal }) => [act, refusal?.code ?? null])).toEqual([
      ['start', null],
      ['people', null],
      ['directory', null],
      ['decide', 'not-eligible'],
      ['decide', null],
    ]);
    expect(turns.at(-1)?.state.status).toBe('approved');
  });

  it('goes on with a blocked step when somebody comes whom it waits for, or gets the role', () => {
    const workflow = definition(step('check', { assignees: [{ type: 'ROLE', id: 'risk' }] }));
    const ann = { userId: 'ann', roles: ['officer'] };
    const { turns, state } = play(
      workflow,
      { act: 'people', people: [{ userId: 'rob', roles: ['officer'] }] },
      { act: 'people', people: [{ ...ann, roles: ['officer', 'risk'] }] },
      { act: 'decide', by: 'ann', verdict: 'approve' },
    );
    expect(turns.map(({ act, by }) => [act, by])).toEqual([
      ['start', 'olly'],
      ['people', ''],
      ['people', ''],
      ['directory', 'system:directory'],
      ['decide', 'ann'],
    ]);
    expect(turns[3]?.events).toHaveLength(1);
    expect(state.status).toBe('approved');
    const came = play(workflow, { act: 'people', people: [{ userId: 'rita', roles: ['risk'] }] });
    expect(came.events.at(-1)).toMatchObject({ type: 'StepUnblocked', actorId: 'system:directory' });
  });

  it('ends a claim when its lease does', () => {
    const { events } = play(
      definition(step('check', { claimLease: { value: 2, unit: 'WALL_HOUR' } })),
      { act: 'claim', by: 'ann', assignmentId: '#1' },
      { act: 'wait', afterHours: 3 },
    );
    expect(events.at(-1)).toMatchObject({ type: 'AssignmentReleased', recordedAt: '2026-11-22T11:00:00.000Z' });
  });

  it('is refused when there would be too much to tell', () => {
    const seats = Array.from({ length: 3 }, () => officer());
    const steps = Array.from({ length: 20 }, (_, i) =>
      step(`s${i}`, {
        assignees: seats,
        rule: { and: Array.from({ length: 3 }, () => ({ count: 3 })) },
        ...(i > 0 && { parallel: true }),
      }),
    );
    const wait: Act = { act: 'wait', afterHours: 1 };
    const acts = (many: number) => Array.from({ length: many }, () => wait);
    expect(play(definition(...steps), ...acts(50)).turns.length).toBeGreaterThan(50);
    const refused = expect.objectContaining({ code: 'validation-failed' });
    expect(() => play(definition(...steps), ...acts(200))).toThrow(refused);
  });

  it('the same script gives the same events, to the last id', () => {
    const acts: Act[] = [{ act: 'decide', by: 'ann', verdict: 'approve' }];
    expect(play(two, ...acts)).toEqual(play(two, ...acts));
  });
});

describe('What if, on a review that runs', () => {
  it('goes on from where it stands, and records nothing', () => {
    const workflow = definition(step('check'), step('sign', { assignees: [manager()] }));
    const before = play(workflow, { act: 'decide', by: 'ann', verdict: 'approve' });
    const review = fold(before.events.map(({ type, data }) => ({ type, data }) as ReviewEvent));
    const { events, state } = whatIf(
      { review, revision: before.events.length - 1, now: '2026-11-23T09:00:00.000Z' },
      { acts: [{ act: 'decide', by: 'mia', verdict: 'reject' }] },
      world(workflow),
    );
    expect(events[0]).toMatchObject({
      revision: before.events.length,
      type: 'DecisionRecorded',
      recordedAt: '2026-11-23T09:00:00.000Z',
    });
    expect(state.status).toBe('rejected');
    expect(review.status).toBe('in_review');
  });
});

describe('A script as it is sent', () => {
  const otherwise = { by: 'ada', at: '2026-11-22T09:00:00.000Z' };
  const subject = { type: 'loan', id: 'loan-1', content: {} };
  const faults = (read: () => unknown): readonly string[] => {
    try {
      read();
      return [];
    } catch (refusal) {
      return (refusal as { details: { errors: { pointer: string }[] } }).details.errors.map(({ pointer }) => pointer);
    }
  };

  it('says who starts and when, else whoever asks does, now', () => {
    expect(readScript({ start: { subject }, acts: [] }, otherwise)).toEqual({
      at: otherwise.at,
      start: { by: 'ada', subject },
      acts: [],
    });
    expect(readScript({ at: '2026-11-22T10:00:00+01:00', start: { subject }, acts: [] }, otherwise).at).toBe(
      otherwise.at,
    );
  });

  it('is refused with all its faults at once, each at its place', () => {
    const acts = [
      { act: 'decide', by: 'ann', verdict: 'maybe' },
      { act: 'dcide', by: 'ann' },
      { act: 'wait', at: '2026-11-22', afterHours: 1 },
      { act: 'resubmit', by: 'olly', content: { rate: 0.5 } },
      { act: 'people', people: [{ userId: 'x' }] },
      { act: 'withdraw', by: 'olly', because: 'x' },
      7,
    ];
    const found = faults(() => readScript({ start: { subject: { type: 'loan' } }, acts, more: 1 }, otherwise));
    for (const place of [
      '/start/subject',
      '/more',
      '/acts/0/verdict',
      '/acts/1/act',
      '/acts/2/at',
      '/acts/2/afterHours',
      '/acts/3/content/rate',
      '/acts/4/people/0',
      '/acts/5',
      '/acts/6',
    ])
      expect(found).toContain(place);
  });

  it('is not played when it is too long', () => {
    const acts = Array.from({ length: 201 }, () => ({ act: 'wait' }));
    expect(faults(() => readContinuation({ acts }))).toEqual(['/acts']);
    expect(faults(() => readContinuation({ acts: acts.slice(1) }))).toEqual([]);
  });
});
