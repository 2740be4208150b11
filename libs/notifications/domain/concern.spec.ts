import {
  addApprover,
  approve,
  at,
  definition,
  directory,
  escalate,
  fireTimer,
  loan,
  officer,
  override,
  recuse,
  rescind,
  resubmit,
  start,
  step as stepOf,
  Story as Told,
  user,
  vacateSeats,
} from '#libs/reviews/domain/review.examples';
import type { ReviewCommand } from '#libs/reviews/domain/review.commands';
import { runningExecutions, type Execution } from '#libs/reviews/domain/review.state';
import { recordedEvents } from '#libs/testing/read-model';
import { tellOf, type Addressed } from './concern.js';
import type { Recipient } from './notice.js';

type Story = { type: string; data: object; id?: string; actor?: object }[];

/** What people were to be told of a story, in order. */
function tell(...story: Story): Addressed[] {
  const events = recordedEvents(story as never);
  return events.flatMap((_, revision) => tellOf(events, revision));
}

const summary = (told: readonly Addressed[]) => told.map(({ notice, to }) => [notice.kind, to]);

const started = {
  type: 'ReviewStarted',
  data: { submittedBy: 'usr_olly', workflow: { key: 'loan-approval' }, subject: { type: 'loan', id: 'loan-1' } },
};
const seat = (assignmentId: string, kind: 'USER' | 'ROLE', ref: string) => ({ assignmentId, kind, ref });
const step = (...assignments: object[]) => ({
  type: 'StepStarted',
  data: { executionId: 'exe_1', step: 'credit', assignments, clock: { dueAt: '2026-11-22T17:00:00.000Z' } },
});
const onStep = (type: string, more: object = {}) => ({ type, data: { executionId: 'exe_1', step: 'credit', ...more } });
const asked = [started, step(seat('a', 'ROLE', 'officer'), seat('b', 'ROLE', 'officer'), seat('c', 'USER', 'usr_ann'))];

describe('whom a review concerns', () => {
  it('is everybody who is asked, a role once, but not who submitted it', () => {
    const [told] = tell(...asked);
    expect(told!.to).toEqual([{ role: 'officer' }, { user: 'usr_ann' }]);
    expect(told!.except).toContain('usr_olly');
    expect(told!.notice).toEqual({
      kind: 'assignment',
      eventType: 'StepStarted',
      reviewId: '1',
      subject: { type: 'loan', id: 'loan-1' },
      workflow: 'loan-approval',
      step: 'credit',
      dueAt: '2026-11-22T17:00:00.000Z',
    });
  });

  it('is, when it is late, only who has not decided', () =>
    expect(
      summary(
        tell(
          ...asked,
          onStep('DecisionRecorded', { assignmentId: 'c', verdict: 'approve' }),
          onStep('AssignmentVoided', { assignmentId: 'b', scope: 'assignment' }),
          onStep('SlaBreached'),
        ),
      ).slice(1),
    ).toEqual([['reminder', [{ role: 'officer' }]]]));

  it('is whoever holds an assignment after it was moved', () =>
    expect(
      summary(
        tell(
          ...asked,
          onStep('AssignmentTransferred', { assignmentId: 'c', successor: seat('d', 'USER', 'usr_bob') }),
          onStep('AssignmentAdded', { assignment: seat('e', 'ROLE', 'manager') }),
          onStep('RungFired', { rung: { action: 'remind', notify: ['ROLE:cro', 'usr_cid'] } }),
        ),
      ).slice(1),
    ).toEqual([
      ['assignment', [{ user: 'usr_bob' }]],
      ['assignment', [{ role: 'manager' }]],
      ['reminder', [{ role: 'officer' }, { user: 'usr_bob' }, { role: 'manager' }]],
      ['escalation', [{ role: 'cro' }, { user: 'usr_cid' }]],
    ]));

  it('is whom an escalation names, or to whom those report who were asked', () =>
    expect(
      summary(
        tell(
          ...asked,
          onStep('RungFired', { rung: { action: 'notify', to: { role: 'manager' } } }),
          onStep('RungFired', { rung: { action: 'notify', to: { manager: true } } }),
          onStep('RungFired', { rung: { action: 'priority' } }),
          onStep('StepBlocked', { fallback: ['role:admin'] }),
        ),
      ).slice(1),
    ).toEqual([
      ['escalation', [{ role: 'manager' }]],
      ['escalation', [{ managerOf: { role: 'officer' } }, { managerOf: { user: 'usr_ann' } }]],
      ['escalation', [{ role: 'admin' }]],
    ]));

  it('is the submitter, and in whose name it was submitted, when there is something to answer and when it is over', () => {
    const forSomebody = { ...started, data: { ...started.data, onBehalfOf: 'usr_eve' } };
    const both = [{ user: 'usr_olly' }, { user: 'usr_eve' }];
    expect(
      summary(
        tell(forSomebody, onStep('ChangesRequested'), onStep('InfoRequested'), { type: 'ReviewApproved', data: {} }),
      ),
    ).toEqual([
      ['changes', both],
      ['changes', both],
      ['outcome', both],
    ]);
  });

  it('is nobody when nobody can act on it any more', () =>
    expect(
      summary(tell(...asked, onStep('StepCompleted'), onStep('SlaBreached'), { type: 'ReviewWithdrawn', data: {} })),
    ).toHaveLength(1));
});

/** What follows from where the review stands. */
type Next = (running: Execution, story: Told) => ReviewCommand;

/** Who is told what, when a review goes on from its start: `reminder: ann, bob`. */
function toldAfter(first: ReviewCommand, ...then: readonly (ReviewCommand | Next)[]): readonly string[] {
  let story = Told.of();
  const events = [first, ...then].flatMap((next) => {
    const command = typeof next === 'function' ? next(runningExecutions(story.started)[0]!, story) : next;
    story = story.and(command);
    const { actor, commandId } = command.metadata;
    return story.last.map((event) => ({ ...event, actor, commandId }));
  });
  const recorded = recordedEvents(events as never);
  return recorded.flatMap((_, revision) => tellOf(recorded, revision)).map(inWords);
}

function inWords({ notice, to, except }: Addressed): string {
  const everybody = directory(rita);
  const people = (recipient: Recipient): readonly string[] => {
    if ('user' in recipient) return [recipient.user];
    if ('role' in recipient) return everybody.holders(recipient.role);
    return people(recipient.managerOf).flatMap((userId) => everybody.person(userId)?.managerId ?? []);
  };
  const told = [...new Set(to.flatMap(people))].filter((userId) => !except.includes(userId));
  return `${notice.kind}: ${told.join(', ')}`;
}

const rita = { userId: 'rita', roles: ['risk'], active: true };
const nobodyYet = directory({ ...rita, roles: [] });
const sla = { value: 8, unit: 'WALL_HOUR' as const };
const overdue: Next = ({ executionId, clock: { generation } }) =>
  fireTimer({ executionId, kind: 'breach', generation }, { time: '18:00' });
const rung =
  (rungId: string): Next =>
  ({ executionId, clock: { generation } }) =>
    fireTimer({ executionId, kind: 'rung', rungId, generation }, { time: '18:00' });
const both = stepOf('check', { sla, assignees: [user('ann'), user('bob')], rule: { count: 2 } });

describe('of a review that goes on, told', () => {
  it('is everybody else of a role when one of them steps back from it', () =>
    expect(
      toldAfter(
        start(definition(stepOf('check', { sla, assignees: [officer()] }))),
        ({ assignments }) => recuse('ann', assignments[0]!.assignmentId),
        overdue,
        resubmit({ ...loan, amountMinor: '1' }, { time: '19:00' }),
      ),
    ).toEqual(['assignment: ann, bob', 'reminder: bob', 'assignment: bob']));

  it('is not whoever has decided, though another seat of the same role is open', () =>
    expect(
      toldAfter(
        start(definition(stepOf('check', { sla, assignees: [officer({ seats: 2 })], rule: { count: 2 } }))),
        approve('ann'),
        overdue,
      ),
    ).toEqual(['assignment: ann, bob', 'reminder: bob']));

  it('is whoever took a decision back', () =>
    expect(
      toldAfter(
        start(definition(both)),
        approve('ann'),
        (_, story) => rescind('ann', story.find('DecisionRecorded').decisionId),
        overdue,
      ),
    ).toEqual(['assignment: ann, bob', 'reminder: ann, bob']));

  it('is whoever lost the assignment to a decision that came back', () => {
    const assignees = [officer({ seats: 1, scope: ['/purpose'] }), officer({ seats: 1, scope: ['/amountMinor'] })];
    const placed = (place: number, by: string, revision: number) => (_: unknown, story: Told) =>
      approve(by, { revision, assignmentId: story.started.executions[0]!.assignments[place]!.assignmentId });
    const told = toldAfter(
      start(definition(stepOf('check', { sla, assignees: [...assignees, user('mel')], rule: { count: 3 } }))),
      placed(0, 'ann', 1),
      resubmit({ ...loan, purpose: 'Two vans' }),
      placed(1, 'ann', 2),
      resubmit(loan),
      placed(1, 'bob', 3),
      (_, story) => rescind('ann', story.started.decisions[0]!.decisionId),
      overdue,
    );
    expect(told.at(-1)).toBe('reminder: bob, mel');
  });

  it('is nobody again whose decision counts on the next revision too', () => {
    const assignees = [user('ann', { scope: ['/amountMinor'] }), user('bob')];
    expect(
      toldAfter(
        start(definition({ ...both, assignees })),
        approve('ann'),
        resubmit({ ...loan, purpose: 'Two vans' }),
        overdue,
      ),
    ).toEqual(['assignment: ann, bob', 'assignment: bob', 'reminder: bob']);
  });

  describe('by its ladder', () => {
    const ladder = (action: 'add' | 'remind', to?: { user: string } | { role: string } | { manager: true }) =>
      definition({
        ...both,
        ladder: [
          { id: 'r1', at: '0', action, ...(to && { to }) },
          { id: 'r2', at: '+8h', action: 'none' },
        ],
      });

    it.each([
      ['who is to be added and is asked already', ladder('add', { user: 'ann' }), 'ann'],
      ['whom the step waits for', ladder('remind'), 'ann, bob'],
      ['whom the rung names, where it names somebody', ladder('remind', { role: 'manager' }), 'max, mel, mia'],
      ['the managers, where it names them', ladder('remind', { manager: true }), 'mia, max'],
    ])('reminds %s', (_, workflow, people) =>
      expect(toldAfter(start(workflow), rung('r1'))).toEqual(['assignment: ann, bob', `reminder: ${people}`]),
    );

    it('reminds only people who are asked when the manager who is to be added is one of them', () => {
      const assignees = [user('ann'), user('mia')];
      const workflow = ladder('add', { manager: true });
      expect(
        toldAfter(start({ ...workflow, steps: workflow.steps.map((it) => ({ ...it, assignees })) }), rung('r1')),
      ).toEqual(['assignment: ann, mia', 'reminder: ann, mia']);
    });

    it('says nothing of a rung that gave way for another reason', () =>
      expect(toldAfter(start(ladder('add', { user: 'olly' })), rung('r1'))).toEqual(['assignment: ann, bob']));
  });

  it('is by hand the one who is named and asked already', () =>
    expect(toldAfter(start(definition(both)), escalate('olly', { to: { user: 'ann' } }))).toEqual([
      'assignment: ann, bob',
      'reminder: ann',
    ]));

  describe('of a step that is blocked', () => {
    const risk = definition(stepOf('check', { sla, assignees: [officer({ id: 'risk' })] }));

    it('waits for whoever gains the role', () =>
      expect(
        toldAfter(start(risk, { directory: nobodyYet }), vacateSeats('rita', { directory: directory(rita) })),
      ).toEqual(['escalation: ada', 'assignment: rita']));

    it('tells whoever is added once, with those who were asked before', () =>
      expect(
        toldAfter(
          start(definition(stepOf('check', { assignees: [user('ann'), user('bob')], rule: { count: 3 } }))),
          addApprover('mia', { user: 'max' }),
        ),
      ).toEqual(['escalation: mia, max, ada', 'assignment: max', 'assignment: ann, bob']));

    it('asks nobody when it is settled in the same breath', () =>
      expect(toldAfter(start(risk, { directory: nobodyYet }), override('approve'))).toEqual([
        'escalation: ada',
        'outcome: olly',
      ]));

    it('tells nobody whose decision is what shows that there are enough people again', () => {
      const two = definition(stepOf('check', { assignees: [officer({ id: 'risk', seats: 2 })], rule: { count: 2 } }));
      const ron = { userId: 'ron', roles: ['risk'], active: true };
      const enough = directory(rita, ron);
      expect(toldAfter(start(two, { directory: directory(rita) }), approve('ron', { directory: enough }))).toEqual([
        'escalation: ada',
        'assignment: rita',
      ]);
    });
  });

  it('is nobody of a vote that was closed by its time', () =>
    expect(
      toldAfter(
        start(definition({ ...both, rule: { percent: '60', of: 'cast', participation: '50' } })),
        approve('ann', { time: at('11:00') }),
        overdue,
      ),
    ).toEqual(['assignment: ann, bob', 'outcome: olly']));
});
