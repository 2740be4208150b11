import { recordedEvents } from '#libs/testing/read-model';
import { follow, noConcern, type Addressed } from './concern.js';

type Story = { type: string; data: object; id?: string; actor?: object }[];

/** What people were to be told of a story, in order. */
function tell(...story: Story): Addressed[] {
  let concern = noConcern;
  return recordedEvents(story as never).flatMap((event) => {
    const { state, tell: told = [] } = follow(event as never, concern);
    concern = state;
    return told;
  });
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
          onStep('AssignmentVoided', { assignmentId: 'b' }),
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
