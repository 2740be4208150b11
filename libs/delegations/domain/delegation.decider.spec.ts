import { specFor } from '#libs/testing/given';
import { delegationDecider } from './delegation.decider.js';
import {
  DelegationReasonRequired,
  DelegationRefused,
  NoSuchDelegation,
  NotYoursToDelegate,
} from './delegation.errors.js';
import { at, created, delegate, grant, MONDAY, NEXT_MONDAY, revoke } from './delegation.examples.js';
import type { Delegation } from './delegation.state.js';

const given = specFor(delegationDecider);

const grantedBy =
  (...grants: Delegation[]) =>
  (delegatorId: string) =>
    grants.filter((it) => it.delegatorId === delegatorId);

function faultsOf(command: ReturnType<typeof delegate>): readonly string[] {
  try {
    delegationDecider.decide(command, delegationDecider.initialState);
  } catch (refusal) {
    const { errors } = (refusal as DelegationRefused).details as { errors: { pointer: string; code: string }[] };
    return errors.map(({ pointer, code }) => `${pointer} ${code}`);
  }
  throw new Error('It was not refused.');
}

describe('A delegation', () => {
  it('is made by the delegator for a time', () => given().when(delegate()).then(created('ann', 'bob')));

  it('names workflows that there are', () => {
    const isWorkflow = (key: string) => key === 'loans';
    const scope = { workflowKeys: ['loans', 'laons'] };
    expect(faultsOf(delegate({ scope }, { isWorkflow }))).toEqual(['/scope/workflowKeys/1 unknown']);
  });

  it('overlaps another one when the delegator wants that', () =>
    given(created('ann', 'max')).when(delegate()).then(created('ann', 'bob')));

  it('is made in the name of another only with the permission, and with a reason', () => {
    const inHerName = { source: 'administrator', reason: 'Ann is ill' } as const;
    given()
      .when(delegate(inHerName, {}, 'mia'))
      .thenRefuses(NotYoursToDelegate);
    given()
      .when(delegate({ source: 'administrator', reason: ' ' }, { mayForOthers: true }, 'mia'))
      .thenRefuses(DelegationReasonRequired);
    given()
      .when(delegate(inHerName, { mayForOthers: true }, 'mia'))
      .then({
        type: 'DelegationCreated',
        data: { ...created('ann', 'bob').data, ...inHerName, createdBy: 'mia' } as never,
      });
  });

  it('is not made by the delegate, whatever the permission', () => {
    const forBob = { source: 'administrator', reason: 'Ann is ill' } as const;
    expect(faultsOf(delegate(forBob, { mayForOthers: true }, 'bob'))).toEqual(['/delegate own-hand']);
  });

  it('may follow from an absence, which nobody has to give a reason for', () =>
    given()
      .when(delegate({ source: 'absence' }, {}, 'system:absences'))
      .then({
        type: 'DelegationCreated',
        data: { ...created('ann', 'bob').data, source: 'absence', createdBy: 'system:absences' } as never,
      }));

  it('is refused to oneself, to strangers, to people who have left, and for a time that is none', () => {
    expect(faultsOf(delegate({ delegateId: 'ann' }))).toEqual(['/delegate self']);
    expect(faultsOf(delegate({}, { delegate: 'unknown' }))).toEqual(['/delegate unknown']);
    expect(faultsOf(delegate({}, { delegate: 'inactive', delegator: 'inactive' }))).toEqual([
      '/delegator inactive',
      '/delegate inactive',
    ]);
    expect(faultsOf(delegate({ until: MONDAY }))).toEqual(['/until out-of-range']);
    expect(faultsOf(delegate({ from: at(1), until: at(19) }))).toEqual(['/until out-of-range']);
  });

  it('is refused when it closes a circle, however long', () => {
    const [bobAnn, bobMia, miaAnn] = [grant('bob', 'ann'), grant('bob', 'mia'), grant('mia', 'ann')];
    expect(faultsOf(delegate({}, { grantedBy: grantedBy(bobAnn) }))).toEqual(['/delegate cycle']);
    expect(faultsOf(delegate({}, { grantedBy: grantedBy(bobMia, miaAnn) }))).toEqual(['/delegate cycle']);
    given()
      .when(delegate({}, { grantedBy: grantedBy(bobMia) }))
      .then(created('ann', 'bob'));
  });

  it('closes no circle with one for another time, or for other matters', () => {
    const later = grant('bob', 'ann', { from: NEXT_MONDAY, until: '2026-12-07T00:00:00.000Z' });
    given()
      .when(delegate({}, { grantedBy: grantedBy(later) }))
      .then(created('ann', 'bob'));
    const scope = { workflowKeys: ['loan-approval'] };
    const other = grant('bob', 'ann', { scope: { workflowKeys: ['document-release'] } });
    given()
      .when(delegate({ scope }, { grantedBy: grantedBy(other) }))
      .then(created('ann', 'bob', { scope }));
    // Each two have something in common, all three have nothing.
    const ring = [
      grant('bob', 'mia', { scope: { workflowKeys: ['b', 'c'] } }),
      grant('mia', 'ann', { scope: { workflowKeys: ['c', 'a'] } }),
    ];
    given()
      .when(delegate({ scope: { workflowKeys: ['a', 'b'] } }, { grantedBy: grantedBy(...ring) }))
      .then(created('ann', 'bob', { scope: { workflowKeys: ['a', 'b'] } }));
  });

  it('is ended before its time by the delegator, once', () => {
    const ended = {
      type: 'DelegationRevoked',
      data: { delegationId: 'ann-bob', delegatorId: 'ann', delegateId: 'bob', revokedBy: 'ann', at: at(25) },
    } as const;
    given(created('ann', 'bob')).when(revoke()).then(ended);
    given(created('ann', 'bob'), ended)
      .when(revoke('ann', { now: at(26) }))
      .thenNothing();
  });

  it('that is over by itself needs no ending', () =>
    given(created('ann', 'bob'))
      .when(revoke('ann', { now: NEXT_MONDAY }))
      .thenNothing());

  it('of another person is ended with the permission and a reason only', () => {
    given(created('ann', 'bob')).when(revoke('bob')).thenRefuses(NotYoursToDelegate);
    given(created('ann', 'bob'))
      .when(revoke('mia', { mayForOthers: true }))
      .thenRefuses(DelegationReasonRequired);
    expect(
      delegationDecider.decide(
        revoke('mia', { mayForOthers: true, reason: 'Back early' }),
        delegationDecider.evolve(delegationDecider.initialState, created('ann', 'bob'), {
          revision: 0n,
          recordedAt: at(20),
          actorId: 'ann',
        }),
      ),
    ).toMatchObject([{ type: 'DelegationRevoked', data: { revokedBy: 'mia', reason: 'Back early' } }]);
  });

  it('that nobody made cannot be ended', () =>
    given(created('ann', 'max')).when(revoke()).thenRefuses(NoSuchDelegation));
});
