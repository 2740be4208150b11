import type { Step } from '#libs/kernel/domain/workflow-definition';
import { fillerOf } from './standing.js';
import {
  abstain,
  approve,
  at,
  cancel,
  changeDecision,
  claim,
  decide,
  definition,
  directory,
  escalate,
  fireTimer,
  hold,
  loan,
  manager,
  officer,
  override,
  reject,
  reopen,
  requestChanges,
  requestInfo,
  rescind,
  resubmit,
  start,
  step,
  Story,
  user,
  vacateSeats,
  withdraw,
} from './review.examples.js';
import { eligibility } from './views/eligibility.js';

/* The rows of the edge-case table, each a test named after its row. */

const two = definition(step('check', { rule: { count: 2 } }), step('sign', { assignees: [manager()] }));
const inactive = (userId: string, ...roles: string[]) => directory({ userId, roles, active: false });

describe('Edge cases', () => {
  it('A approved, then delegates to B: A’s decision stays; B cannot decide on it again', () => {
    const assignees = [user('ann'), user('bob')];
    const story = Story.of(start(definition(step('check', { assignees, rule: { count: 2 } }))), approve('ann'));
    expect(story.refusal(approve('mia', { onBehalfOf: 'ann' })).code).toBe('assignment-filled');
    const byRole = Story.of(start(two), approve('ann'));
    expect(byRole.refusal(approve('mia', { onBehalfOf: 'ann' })).code).toBe('person-already-counted');
    expect(story.started.decisions).toHaveLength(1);
  });

  it('B decides for A, delegation later revoked: stands, with its evidence', () => {
    const story = Story.of(start(two), approve('mia', { onBehalfOf: 'ann' }));
    expect(story.find('DecisionRecorded')).toMatchObject({
      actorId: 'mia',
      onBehalfOf: 'ann',
      evidence: { rolesAtDecision: ['officer'], delegationRevision: 'd1' },
    });
    expect(story.and(approve('bob')).types).toContain('StepCompleted');
  });

  it('A and delegate B at once on one assignment: first append wins; second 409 assignment-filled', () => {
    const assignees = [user('ann'), manager()];
    const story = Story.of(
      start(definition(step('check', { assignees, rule: { count: 2 } }))),
      approve('bob', { onBehalfOf: 'ann' }),
    );
    const { assignmentId } = story.find('DecisionRecorded');
    expect(story.refusal(approve('ann', { assignmentId }))).toMatchObject({
      code: 'assignment-filled',
      details: { by: 'bob', onBehalfOf: 'ann' },
    });
    expect(story.refusal(approve('ann')).code).toBe('assignment-filled');
  });

  it('B has his own assignment and A’s delegation, two distinct people needed: second decision 409 person-already-counted', () => {
    const story = Story.of(start(two), approve('bob'));
    expect(story.refusal(approve('bob', { onBehalfOf: 'ann' })).code).toBe('person-already-counted');
  });

  it('submitter delegates his own assignment to B: 403 four-eyes', () => {
    const self = definition(step('check', { assignees: [user('olly'), user('ann')] }));
    expect(Story.of(start(self)).refusal(approve('bob', { onBehalfOf: 'olly' })).code).toBe('four-eyes');
  });

  it('role lost before deciding: not eligible, claim released', () => {
    const demoted = directory({ userId: 'ann', roles: ['viewer'], active: true });
    const open = Story.of(start(two));
    const [seat] = open.find('StepStarted').assignments;
    const claimed = open.and(claim('ann', seat?.assignmentId ?? ''));
    expect(claimed.and(vacateSeats('ann', { directory: demoted })).find('AssignmentReleased')).toMatchObject({
      heldBy: 'ann',
      how: 'not-eligible',
    });
    expect(Story.of(start(two)).refusal(approve('ann', { directory: demoted })).code).toBe('not-eligible');
  });

  it('role lost after deciding: decision stays', () => {
    const demoted = directory({ userId: 'ann', roles: ['viewer'], active: true });
    const story = Story.of(start(two), approve('ann'), approve('bob', { directory: demoted }));
    expect(story.find('StepCompleted').proof.have).toBe(2);
  });

  it('role gained while the step is open: count rules: eligible now', () => {
    const promoted = directory({ userId: 'vic', roles: ['officer'], active: true });
    expect(Story.of(start(two), approve('vic', { directory: promoted })).types).toEqual(['DecisionRecorded']);
  });

  it('role gained while the step is open: all: electorate frozen at step start unless electorate: live', () => {
    const promoted = directory({ userId: 'vic', roles: ['officer'], active: true });
    const everybody = (electorate?: 'live') =>
      definition(
        step('check', { rule: { all: true }, assignees: [officer({ seats: 2 })], ...(electorate && { electorate }) }),
      );
    expect(Story.of(start(everybody())).refusal(approve('vic', { directory: promoted })).code).toBe('not-eligible');
    expect(Story.of(start(everybody('live')), approve('vic', { directory: promoted })).types).toEqual([
      'DecisionRecorded',
    ]);
  });

  it('user deactivated while holding a personal assignment: void → fallback (manager → role owner → administrators)', () => {
    const assignees = [user('ann'), user('mia')];
    const story = Story.of(start(definition(step('check', { assignees, rule: { all: true } }))));
    const people = inactive('ann', 'officer');
    const withManager = directory({ userId: 'ann', roles: ['officer'], active: false, managerId: 'max' });
    const toManager = story.and(vacateSeats('ann', { directory: withManager }));
    expect(toManager.types).toEqual(['AssignmentVoided', 'AssignmentAdded']);
    expect(toManager.find('AssignmentAdded').assignment).toMatchObject({ ref: 'max', origin: 'fallback' });
    const toAdministrators = story.and(vacateSeats('ann', { directory: people }));
    expect(toAdministrators.find('AssignmentAdded').assignment).toMatchObject({ kind: 'ROLE', ref: 'admin' });
    const decided = toAdministrators.and(approve('mia', { directory: people }));
    expect(decided.review.status).toBe('in_review');
    expect(decided.and(approve('ada', { directory: people })).review.status).toBe('approved');
  });

  it('role gained while the step is open: percent: electorate frozen at step start unless electorate: live', () => {
    const promoted = directory({ userId: 'vic', roles: ['officer'], active: true });
    const share = (electorate?: 'live' | 'frozen', rule: Step['rule'] = { percent: '50', of: 'cast' }) =>
      definition(step('check', { rule, assignees: [officer({ seats: 2 })], ...(electorate && { electorate }) }));
    const gained = approve('vic', { directory: promoted });
    expect(Story.of(start(share())).refusal(gained).code).toBe('not-eligible');
    expect(Story.of(start(share('live')), gained).types).toContain('DecisionRecorded');
    const inside = { and: [{ any: true as const }, { percent: '50', of: 'seated' as const }] };
    expect(Story.of(start(share(undefined, inside))).refusal(gained).code).toBe('not-eligible');
    expect(Story.of(start(share('frozen', { count: 2 }))).refusal(gained).code).toBe('not-eligible');
  });

  it('user deactivated while holding a personal assignment: never auto-approve, never below the floor', () => {
    const assignees = [user('ann'), user('bob')];
    const story = Story.of(start(definition(step('check', { assignees, rule: { count: 2 } }))));
    const decided = story.and(approve('bob', { directory: inactive('ann', 'officer') }));
    expect(decided.types).toEqual(['DecisionRecorded', 'StepBlocked']);
    expect(decided.find('StepBlocked')).toMatchObject({ need: 2, have: 1, who: ['user:ann'] });
  });

  it('role empty when the step starts: StepBlocked + fallback; visible, clock attributed to blocked', () => {
    const nobody = directory(...['mia', 'max', 'mel'].map((userId) => ({ userId, roles: [], active: true })));
    const story = Story.of(start(definition(step('sign', { assignees: [manager()] })), { directory: nobody }));
    expect(story.find('StepBlocked')).toMatchObject({
      code: 'UNSATISFIABLE',
      need: 1,
      have: 0,
      fallback: ['role:admin'],
    });
    const routed = story.and(
      escalate('olly', { to: { user: 'ada' }, time: '12:00' }),
      approve('ada', { time: '13:00' }),
    );
    expect(routed.started.executions[0]?.clock.attributedMs).toMatchObject({
      blocked: 3 * 3_600_000,
      assignee: 3_600_000,
    });
  });

  it('same person clicks twice: new key, same verdict: no event', () => {
    const story = Story.of(start(two), approve('ann'));
    expect(story.and(approve('ann')).last).toEqual([]);
    const resolved = story.and(approve('bob'));
    expect(resolved.and(approve('ann')).last).toEqual([]);
    expect(resolved.and(approve('mia'), approve('mia')).last).toEqual([]);
  });

  it('same person clicks twice: also while the step is blocked, or the review waits for its submitter', () => {
    const blocked = Story.of(start(two), abstain('ann'));
    expect(blocked.types).toContain('StepBlocked');
    expect(blocked.and(abstain('ann')).last).toEqual([]);
    expect(blocked.refusal(approve('ann')).code).toBe('invalid-state');
    const waiting = Story.of(start(two), approve('ann'), requestChanges('bob'));
    expect(waiting.and(approve('ann')).last).toEqual([]);
    expect(waiting.refusal(reject('ann')).code).toBe('invalid-state');
  });

  it('same person clicks twice: also when it was done for somebody else', () => {
    const story = Story.of(start(two), approve('mia', { onBehalfOf: 'ann' }));
    expect(story.and(approve('mia', { onBehalfOf: 'ann' })).last).toEqual([]);
    expect(story.and(approve('mia')).last).toEqual([]);
    expect(story.refusal(approve('mia', { onBehalfOf: 'bob' })).code).toBe('person-already-counted');
  });

  it('same person clicks twice: other verdict while open: only through ChangeDecision', () => {
    const story = Story.of(start(two), approve('ann'));
    expect(story.refusal(reject('ann'))).toMatchObject({
      code: 'person-already-counted',
      details: { verdict: 'approve' },
    });
  });

  it('same person clicks twice: ChangeDecision turns the verdict around', () => {
    const story = Story.of(start(two), approve('ann'));
    const { decisionId } = story.find('DecisionRecorded');
    expect(story.and(changeDecision('ann', decisionId, 'reject')).review.status).toBe('rejected');
  });

  it('rescind own decision: until its step is resolved', () => {
    const story = Story.of(start(two), approve('ann'));
    const { decisionId } = story.find('DecisionRecorded');
    expect(story.and(rescind('ann', decisionId)).types).toEqual(['DecisionRescinded']);
    expect(story.and(approve('bob')).refusal(rescind('ann', decisionId)).code).toBe('step-resolved');
  });

  it('two decisions both complete the quorum: one StepCompleted; the other 409 step-resolved with the outcome', () => {
    const story = Story.of(start(two), approve('ann'), approve('bob'));
    const people = directory({ userId: 'cat', roles: ['officer'], active: true });
    expect(story.refusal(approve('cat', { directory: people }))).toMatchObject({
      code: 'step-resolved',
      details: { outcome: 'satisfied', step: 'check' },
    });
    const { assignmentId } = story.find('DecisionRecorded');
    expect(story.refusal(approve('mia', { assignmentId })).code).toBe('step-resolved');
    expect(story.events.filter(({ type }) => type === 'StepCompleted')).toHaveLength(1);
  });

  it('approve and veto race: whichever was appended first', () => {
    const assignees = [officer(), manager({ veto: true })];
    const workflow = definition(step('check', { assignees, onReject: 'collect' }));
    expect(Story.of(start(workflow), approve('ann')).refusal(reject('mia')).code).toBe('step-resolved');
    expect(Story.of(start(workflow), reject('mia')).refusal(approve('ann')).code).toBe('step-resolved');
  });

  it('escalation fires while a decision is appended: for transfer the old holder gets 409 assignment-transferred', () => {
    const ladder = [{ id: 'r1', at: 'start+1h', action: 'transfer' as const, to: { user: 'mia' } }];
    const story = Story.of(start(definition(step('check', { assignees: [user('ann')], ladder }))));
    const { executionId } = story.find('StepStarted');
    const timer = fireTimer({ executionId, kind: 'rung', rungId: 'r1', generation: 1 });
    expect(story.and(timer).refusal(approve('ann')).code).toBe('assignment-transferred');
    expect(story.and(approve('ann'), timer).last).toEqual([]);
  });

  it('escalation transfers the seat that is left: its old holders get 409 assignment-transferred, though another is filled', () => {
    const ladder = [{ id: 'r1', at: '0', action: 'transfer' as const, to: { user: 'mia' } }];
    const twoSeats = definition(step('check', { rule: { count: 2 }, ladder }));
    const story = Story.of(start(twoSeats), approve('ann'), escalate('bob'));
    expect(story.types).toEqual(['RungFired', 'AssignmentTransferred']);
    expect(story.refusal(approve('bob')).code).toBe('assignment-transferred');
    expect(story.and(approve('ann')).last).toEqual([]);
  });

  it('escalation target is the submitter or already assigned: RungSkipped / remind only', () => {
    const ladder = [
      { id: 'r1', at: '0', action: 'add' as const, to: { user: 'olly' } },
      { id: 'r2', at: '0', action: 'add' as const, to: { role: 'officer' } },
      { id: 'r3', at: '0', action: 'remind' as const },
    ];
    const story = Story.of(start(definition(step('check', { ladder }))), escalate('ann'));
    expect(story.last.map((event) => (event.type === 'RungSkipped' ? event.data.reason : event.type))).toEqual([
      'four-eyes',
      'already-assigned',
      'RungFired',
    ]);
  });

  it('workflow version published while reviews run: nothing changes for them', () => {
    const story = Story.of(start(two), approve('ann'));
    expect(story.started.steps).toEqual(two.steps);
    expect(story.started.workflow.version).toBe(3);
  });

  it('revision after approval, before the effect: approval not effective: back to in_review for the affected steps', () => {
    const steps = [
      step('check', { assignees: [user('ann', { scope: ['/purpose'] })] }),
      step('sign', { assignees: [manager()] }),
    ];
    const approved = Story.of(start(definition(...steps)), approve('ann'), approve('mia'));
    expect(approved.review.status).toBe('approved');
    const revised = approved.and(resubmit({ ...loan, amountMinor: '9900000' }));
    expect(revised.types).toEqual(['SubjectRevised', 'DecisionsInvalidated', 'StepStarted']);
    expect(revised.find('StepStarted')).toMatchObject({ step: 'sign', round: 2 });
    expect(revised.and(approve('mia', { revision: 2 })).types).toEqual([
      'DecisionRecorded',
      'StepCompleted',
      'ReviewApproved',
    ]);
  });

  it('revision after approval: a step that will be asked again does not claim its outcome', () => {
    const approved = Story.of(start(two), approve('ann'), approve('bob'), approve('mia'));
    const revised = approved.and(resubmit({ ...loan, amountMinor: '9900000' }));
    expect(revised.find('StepStarted').step).toBe('check');
    expect(revised.refusal(approve('mia', { revision: 2 })).code).toBe('not-eligible');
  });

  it('revert to approved bytes: approvals valid again', () => {
    const story = Story.of(start(two), approve('ann'), resubmit({ ...loan, amountMinor: '1' }));
    expect(story.and(approve('bob', { revision: 2 })).review.status).toBe('in_review');
    const reverted = story.and(resubmit(loan));
    expect(reverted.find('StepStarted').carried).toHaveLength(1);
    expect(reverted.and(approve('bob', { revision: 3 })).types).toContain('StepCompleted');
  });

  it('revert to approved bytes: a step whose decisions all count again completes at once, and so does the review', () => {
    const approved = Story.of(start(two), approve('ann'), approve('bob'), approve('mia'));
    const reverted = approved.and(resubmit({ ...loan, amountMinor: '1' }), resubmit(loan));
    expect(reverted.types).toEqual([
      'SubjectRevised',
      'StepStarted',
      'StepCompleted',
      'ReviewApproved',
      'DecisionsRecounted',
    ]);
    expect(reverted.find('ReviewApproved').revision).toBe(3);
  });

  it('revert to approved bytes: several steps complete one after the other in one append', () => {
    const story = Story.of(start(two), approve('ann'), approve('bob'), approve('mia'))
      .and(resubmit({ ...loan, amountMinor: '1' }))
      .and(approve('ann', { revision: 2 }), approve('bob', { revision: 2 }))
      .and(resubmit({ ...loan, amountMinor: '2' }), resubmit(loan));
    expect(story.types).toEqual([
      'SubjectRevised',
      'StepStarted',
      'StepCompleted',
      'StepStarted',
      'StepCompleted',
      'ReviewApproved',
    ]);
  });

  it('withdraw: submitter or his delegate, any time before the end', () => {
    expect(Story.of(start(two), withdraw()).review.status).toBe('withdrawn');
    expect(Story.of(start(two), requestChanges('ann'), withdraw('mia', { onBehalfOf: 'olly' })).review.status).toBe(
      'withdrawn',
    );
    expect(Story.of(start(two), reject('ann')).refusal(withdraw()).code).toBe('step-resolved');
  });

  it('withdraw: also while it is on hold, or a question is open', () => {
    expect(Story.of(start(two), hold(), withdraw()).review.status).toBe('withdrawn');
    expect(Story.of(start(two), requestInfo('ann'), withdraw()).review.status).toBe('withdrawn');
    expect(Story.of(start(two), cancel()).refusal(withdraw()).code).toBe('step-resolved');
  });

  it('reopen a rejected or approved review: permission + reason', () => {
    const rejected = Story.of(start(two), reject('ann'));
    const approved = Story.of(start(two), approve('ann'), approve('bob'), approve('mia'));
    for (const ended of [rejected, approved]) {
      expect(ended.refusal(reopen('smart', { may: { override: false } })).code).toBe('forbidden');
      expect(ended.refusal(reopen('smart', { reason: ' ' })).code).toBe('reason-required');
      for (const mode of ['smart', 'restart'] as const)
        expect(ended.and(reopen(mode)).review).toMatchObject({ status: 'in_review', round: 2 });
    }
  });

  it('reopen a rejected or approved review: at most maxReopens', () => {
    const once = { ...two, reopen: { mode: 'smart' as const, max: 1 } };
    const story = Story.of(start(once), reject('ann'), reopen(), reject('bob'));
    expect(story.refusal(reopen())).toMatchObject({ code: 'invalid-state', details: { maxReopens: 1 } });
  });

  it('reopen a rejected or approved review: refused after an irreversible domain event', () => {
    const approved = Story.of(start(two), approve('ann'), approve('bob'), approve('mia'));
    const effect = { what: 'LoanDisbursed', at: at('12:00') };
    expect(approved.refusal(reopen('restart', { effect })).code).toBe('invalid-state');
  });

  it('override is a command of its own and never lifts four eyes', () => {
    const story = Story.of(start(two));
    expect(story.and(override('approve')).types[0]).toBe('ReviewOverridden');
    expect(story.refusal(override('approve', { by: 'olly' })).code).toBe('four-eyes');
  });

  it('approver list resolves to the submitter only: StepBlocked{SELF_ONLY} → fallback', () => {
    const story = Story.of(start(definition(step('check', { assignees: [user('olly')] }))));
    expect(story.find('StepBlocked')).toMatchObject({ code: 'SELF_ONLY', who: ['user:olly'] });
    const onlyHim = directory({ userId: 'ann', roles: [], active: true }, { userId: 'bob', roles: [], active: true });
    const byRole = Story.of(start(definition(step('check')), { directory: onlyHim }));
    expect(byRole.find('StepBlocked').code).toBe('SELF_ONLY');
  });

  it('clocks: server time only', () => {
    const story = Story.of(start(two), decide('ann', 'approve', { time: '10:42', comment: 'at 23:59 my time' }));
    expect(story.find('DecisionRecorded').at).toBe(at('10:42'));
  });

  it('the assignment of a filled seat is told, of an open one is not', () => {
    const story = Story.of(start(two), approve('ann'));
    const [first, second] = story.find('StepStarted').assignments;
    expect(fillerOf(story.started, 0, first?.assignmentId ?? '')?.actorId).toBe('ann');
    expect(fillerOf(story.started, 0, second?.assignmentId ?? '')).toBeUndefined();
  });

  it('who may decide is the same question as deciding', () => {
    const story = Story.of(start(two), approve('ann'));
    expect(eligibility(story.started, directory())).toEqual({
      people: [
        { userId: 'ann', may: false, via: null, reason: 'person-already-counted' },
        { userId: 'bob', may: true, via: 'role', reason: null },
        { userId: 'olly', may: false, via: null, reason: 'four-eyes' },
      ],
    });
  });
});
