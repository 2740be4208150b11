import fc from 'fast-check';
import { GrantsView } from '#libs/delegations/application/grants-view';
import { grant } from '#libs/delegations/domain/delegation.examples';
import type { Delegation } from '#libs/delegations/domain/delegation.state';
import { DomainError } from '#libs/kernel/domain/domain-error';
import type { JsonObject } from '#libs/kernel/domain/json';
import type { Definition } from '#libs/kernel/domain/workflow-definition';
import type { Delegations } from './delegations.js';
import { excluded } from './four-eyes.js';
import { amountOf } from './matter.js';
import type { Decide } from './review.commands.js';
import {
  approve,
  at,
  changeDecision,
  claim,
  clearChanges,
  decide,
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
  vacateSeats,
  withdraw,
} from './review.examples.js';
import { reviewDecider } from './review.decider.js';
import { runningExecutions } from './review.state.js';
import { actions } from './views/actions.js';
import { eligibility, mayDecide } from './views/eligibility.js';

/** These grants, all holding. */
function granted(...grants: readonly Delegation[]): Delegations {
  const by = (key: 'delegatorId' | 'delegateId') => {
    const found = new Map<string, Delegation[]>();
    for (const it of grants) found.set(it[key], [...(found.get(it[key]) ?? []), it]);
    return found;
  };
  return new GrantsView(
    { byDelegator: by('delegatorId'), byDelegate: by('delegateId'), revisions: new Map() },
    () => true,
  );
}

/** A command as it is decided while these grants hold. */
const under = <C extends { facts: object }>(command: C, ...grants: readonly Delegation[]): C => ({
  ...command,
  facts: { ...command.facts, delegations: granted(...grants) },
});

const NOTHING = { reassign: false, dismiss: false, override: false };

const annAndMax = definition(step('check', { assignees: [user('ann'), user('max')], rule: { count: 2 } }));
const story = (workflow: Definition = annAndMax) => Story.of(start(workflow));

describe('Acting for another', () => {
  it('takes the own seat first, and another’s only without one', () => {
    const own = story(definition(step('check', { assignees: [user('ann'), user('bob')], rule: { count: 2 } })));
    expect(own.and(under(approve('bob'), grant('ann', 'bob'))).find('DecisionRecorded')).not.toHaveProperty(
      'onBehalfOf',
    );
    const none = story().and(under(approve('bob'), grant('ann', 'bob')));
    expect(none.find('DecisionRecorded')).toMatchObject({ actorId: 'bob', onBehalfOf: 'ann', delegationPath: ['ann'] });
  });

  it('takes a free seat of the delegator when the own ones are filled', () => {
    const workflow = definition(step('check', { assignees: [officer({ seats: 1 }), user('mia')], rule: { count: 2 } }));
    const filled = story(workflow).and(approve('ann'));
    expect(filled.refusal(approve('bob')).code).toBe('assignment-filled');
    expect(filled.and(under(approve('bob'), grant('mia', 'bob'))).types).toContain('StepCompleted');
  });

  it('goes by the way that four eyes leave open', () => {
    // Bob may act for Ann by Olly, who has submitted it, and by Mel, who has not.
    const grants = [grant('ann', 'olly'), grant('olly', 'bob'), grant('ann', 'mel'), grant('mel', 'bob')];
    const acted = story().and(under(approve('bob'), ...grants));
    expect(acted.find('DecisionRecorded').delegationPath).toEqual(['ann', 'mel']);
    expect(story().refusal(under(approve('bob'), ...grants.slice(0, 2))).code).toBe('four-eyes');
  });

  it('needs everybody on the way to be there, and the delegator to hold the role still', () => {
    const chain = [grant('ann', 'mel'), grant('mel', 'bob')];
    const gone = directory({ userId: 'mel', roles: ['manager'], active: false });
    expect(story().refusal(under(approve('bob', { directory: gone }), ...chain)).code).toBe('not-eligible');
    const byRole = story(definition(step('check', { assignees: [manager()] })));
    const demoted = directory({ userId: 'mia', roles: [], active: true });
    expect(byRole.and(under(approve('ann'), grant('mia', 'ann'))).types).toContain('ReviewApproved');
    expect(byRole.refusal(under(approve('ann', { directory: demoted }), grant('mia', 'ann'))).code).toBe(
      'not-eligible',
    );
  });

  it('is told apart: a delegation for other matters is one, and none is none', () => {
    const elsewhere = grant('ann', 'bob', { scope: { stepKeys: ['sign'] } });
    expect(story().refusal(under(approve('bob'), elsewhere))).toMatchObject({
      code: 'delegation-out-of-scope',
      details: { onBehalfOf: ['ann'] },
    });
    expect(story().refusal(under(approve('bob'), grant('mel', 'bob', { scope: { stepKeys: ['sign'] } }))).code).toBe(
      'not-eligible',
    );
  });

  it('covers the amount as it is now, not as it was', () => {
    const small = grant('ann', 'bob', { scope: { maxAmount: { amountMinor: '5000000', currency: 'USD' } } });
    expect(story().and(under(approve('bob'), small)).types).toEqual(['DecisionRecorded']);
    const dearer = story().and(resubmit({ ...loan, amountMinor: '5000001' }));
    expect(dearer.refusal(under(approve('bob', { revision: 2 }), small)).code).toBe('delegation-out-of-scope');
    const unknown = story().and(resubmit({ purpose: 'A van' }));
    expect(unknown.refusal(under(approve('bob', { revision: 2 }), small)).code).toBe('delegation-out-of-scope');
  });

  it('of steps side by side covers those it is for', () => {
    const workflow = definition(
      step('legal', { assignees: [user('ann')] }),
      step('risk', { assignees: [user('ann')], parallel: true }),
      step('sign', { assignees: [manager()] }),
    );
    const risk = grant('ann', 'bob', { scope: { stepKeys: ['risk'] } });
    const acted = story(workflow).and(under(approve('bob'), risk));
    expect(acted.find('DecisionRecorded').step).toBe('risk');
    expect(acted.refusal(under(decide('bob', 'reject'), risk)).code).toBe('delegation-out-of-scope');
    const [legal] = runningExecutions(acted.started);
    const assignmentId = legal?.assignments[0]?.assignmentId ?? '';
    expect(acted.refusal(under(approve('bob', { assignmentId }), risk)).code).toBe('delegation-out-of-scope');
  });

  it('is done again by the same click, in whichever status', () => {
    const bob = () => under(approve('bob'), grant('ann', 'bob'));
    const once = story().and(bob());
    expect(once.and(bob()).last).toEqual([]);
    expect(once.and(approve('max')).and(bob()).last).toEqual([]);
  });

  it('asks for changes, settles them and takes a decision back in the same name', () => {
    const bob = grant('ann', 'bob');
    const asked = story().and(under(requestChanges('bob'), bob));
    expect(asked.find('ChangesRequested')).toMatchObject({ requestedBy: 'bob', onBehalfOf: 'ann' });
    const items = asked.find('ChangesRequested').items.map(({ itemId }) => itemId);
    expect(asked.and(under(clearChanges('bob', items), bob)).types).toContain('ChangeItemsCleared');
    expect(asked.refusal(clearChanges('bob', items)).code).toBe('not-eligible');
    const decided = story().and(under(approve('bob'), bob));
    const { decisionId } = decided.find('DecisionRecorded');
    const turned = decided.and(under(changeDecision('bob', decisionId, 'abstain'), bob));
    expect(turned.find('DecisionChanged')).toMatchObject({ actorId: 'bob', onBehalfOf: 'ann' });
    expect(decided.refusal(changeDecision('bob', decisionId, 'abstain')).code).toBe('not-eligible');
  });

  it('for the submitter brings the next revision, takes it back and pushes it on; decides nothing', () => {
    const bob = grant('olly', 'bob');
    const revised = story().and(under(resubmit({ ...loan, term: 12 }, { by: 'bob' }), bob));
    expect(revised.find('SubjectRevised')).toMatchObject({ revisedBy: 'bob', onBehalfOf: 'olly' });
    expect(story().and(under(withdraw('bob'), bob)).review.status).toBe('withdrawn');
    const pushed = story().and(under(escalate('bob', { to: { user: 'ann' } }), bob));
    expect(pushed.find('RungFired')).toMatchObject({ firedBy: 'bob', onBehalfOf: 'olly' });
    const steps = grant('olly', 'bob', { scope: { stepKeys: ['check'] } });
    expect(story().refusal(under(withdraw('bob'), steps)).code).toBe('delegation-out-of-scope');
    expect(story().refusal(withdraw('bob')).code).toBe('not-eligible');
  });

  describe('up to an amount, brings no other content in than that', () => {
    const upTo = (amountMinor: string, currency: string | null = 'USD') =>
      grant('olly', 'bob', { scope: { maxAmount: { amountMinor, currency } } });
    const brings = (content: JsonObject) => resubmit({ ...loan, ...content }, { by: 'bob' });

    it.each([
      ['what is within it', upTo('5000000'), { amountMinor: '5000000' }, null],
      ['more', upTo('5000000'), { amountMinor: '5000001' }, 'delegation-out-of-scope'],
      ['less, where more is there', upTo('4000000'), { amountMinor: '1' }, 'delegation-out-of-scope'],
      ['another currency', upTo('5000000'), { currency: 'KWD' }, 'delegation-out-of-scope'],
      ['another currency, where any will do', upTo('5000000', null), { currency: 'KWD' }, null],
      [
        'more of another currency',
        upTo('5000000', null),
        { amountMinor: '5000001', currency: 'KWD' },
        'delegation-out-of-scope',
      ],
      ['nobody knows how much', upTo('5000000'), { amountMinor: 'much' }, 'delegation-out-of-scope'],
    ])('%s', (_, right, content, refused) => {
      if (refused) expect(story().refusal(under(brings(content), right)).code).toBe(refused);
      else
        expect(
          story()
            .and(under(brings(content), right))
            .find('SubjectRevised').onBehalfOf,
        ).toBe('olly');
    });

    it('and in his own name where he may change the draft', () => {
      const command = under(brings({ amountMinor: '5000001' }), upTo('5000000'));
      const edited = story().and({ ...command, facts: { ...command.facts, editsDraft: true } });
      expect(edited.find('SubjectRevised')).not.toHaveProperty('onBehalfOf');
    });

    it('and is told so beforehand', () => {
      const offered = (right: Delegation) =>
        actions(
          story().started,
          { userId: 'bob', roles: ['officer'] },
          NOTHING,
          directory(),
          at('10:00'),
          granted(right),
        ).actions.find(({ action }) => action === 'resubmit');
      expect(offered(upTo('5000000'))).toMatchObject({ allowed: true });
      expect(offered(upTo('4000000'))).toMatchObject({ reason: 'delegation-out-of-scope' });
    });
  });
});

describe('Somebody whose roles let decide nothing', () => {
  const vic = { userId: 'vic', roles: ['viewer'], active: true };
  const people = directory({ ...vic, mayDecide: false });
  const how = { directory: people };
  const forAnn = grant('ann', 'vic');
  const byRole = definition(step('check', { assignees: [officer({ seats: 2 })] }));

  it('decides nothing in the name of another, and is not offered to', () => {
    expect(story().refusal(under(approve('vic', how), forAnn)).code).toBe('not-eligible');
    const offered = (view: ReturnType<typeof directory>) =>
      eligibility(story().started, view, granted(forAnn)).people.find(({ userId }) => userId === 'vic');
    expect(offered(people)).toEqual({ userId: 'vic', may: false, via: null, reason: 'not-eligible' });
    // The role may come later: it is the delegation that has waited for it.
    expect(offered(directory({ ...vic, mayDecide: true }))).toMatchObject({ may: true, via: 'delegated' });
  });

  it('keeps no assignment for another, and takes nothing back or on for him', () => {
    const roles = story(byRole);
    const { assignmentId } = roles.find('StepStarted').assignments[0]!;
    expect(roles.refusal(under(claim('vic', assignmentId, how), forAnn)).code).toBe('not-eligible');
    const asked = story().and(requestChanges('ann'));
    const ids = asked.find('ChangesRequested').items.map(({ itemId }) => itemId);
    expect(asked.refusal(under(clearChanges('vic', ids, how), forAnn)).code).toBe('not-eligible');
    const decided = story().and(under(approve('vic'), forAnn));
    const { decisionId } = decided.find('DecisionRecorded');
    expect(decided.refusal(under(changeDecision('vic', decisionId, 'abstain', how), forAnn)).code).toBe('not-eligible');
    expect(story().refusal(under(escalate('vic', { to: { user: 'mel' }, ...how }), forAnn)).code).toBe('forbidden');
  });

  it('gives back what was claimed for another before', () => {
    const roles = story(byRole);
    const { assignmentId } = roles.find('StepStarted').assignments[0]!;
    const claimed = roles.and(under(claim('vic', assignmentId), forAnn));
    const left = claimed.and(vacateSeats('vic', how));
    expect(left.last.map(({ type }) => type)).toEqual(['AssignmentReleased']);
  });

  it('acts for a submitter all the same', () => {
    const revised = story().and(under(resubmit({ ...loan, term: 12 }, { by: 'vic', ...how }), grant('olly', 'vic')));
    expect(revised.find('SubjectRevised')).toMatchObject({ revisedBy: 'vic', onBehalfOf: 'olly' });
  });
});

describe('A right that comes by several ways', () => {
  const short = [grant('ann', 'olly'), grant('olly', 'bob')];
  const long = [grant('ann', 'mel'), grant('mel', 'ada'), grant('ada', 'bob')];
  const ways = <C extends { facts: object }>(command: C) => under(command, ...short, ...long);
  const path = ['ann', 'mel', 'ada'];

  it('is used by the one that leads by nobody with a part in the subject, also where that one is longer', () => {
    const decided = story().and(ways(approve('bob')));
    expect(decided.find('DecisionRecorded')).toMatchObject({ onBehalfOf: 'ann', delegationPath: path });
    const { decisionId } = decided.find('DecisionRecorded');
    const changed = decided.and(ways(changeDecision('bob', decisionId, 'abstain')));
    expect(changed.find('DecisionChanged').delegationPath).toEqual(path);
    const asked = story().and(requestChanges('ann'));
    const ids = asked.find('ChangesRequested').items.map(({ itemId }) => itemId);
    expect(asked.and(ways(clearChanges('bob', ids))).find('ChangeItemsCleared').delegationPath).toEqual(path);
    expect(asked.refusal(under(clearChanges('bob', ids), ...short)).code).toBe('four-eyes');
  });

  it('is used so for a claim', () => {
    const officers = story(definition(step('check', { assignees: [manager({ seats: 1 })] })));
    const { assignmentId } = officers.find('StepStarted').assignments[0]!;
    const mels = [
      grant('mel', 'olly'),
      grant('olly', 'bob'),
      grant('mel', 'vic'),
      grant('vic', 'ada'),
      grant('ada', 'bob'),
    ];
    const claimed = officers.and(under(claim('bob', assignmentId), ...mels));
    expect(claimed.find('AssignmentClaimed')).toMatchObject({ claimedBy: 'bob', onBehalfOf: 'mel' });
  });
});

describe('The amount of a subject', () => {
  it.each([
    [
      { amountMinor: '4500000', currency: 'USD' },
      { amountMinor: '4500000', currency: 'USD' },
    ],
    [{ amountMinor: 4500000 }, { amountMinor: '4500000', currency: null }],
    [{ amount: { amountMinor: '7', currency: 'EUR' } }, { amountMinor: '7', currency: 'EUR' }],
    [{ amount: '45000.00' }, undefined],
    [{ amountMinor: '-1' }, undefined],
    [{ amountMinor: -1 }, undefined],
    [{ amountMinor: '4.5' }, undefined],
    [{ amountMinor: null }, undefined],
    [{ $erased: true }, undefined],
    [[1], undefined],
    [null, undefined],
  ])('of %j is %j', (content, amount) => expect(amountOf(content)).toEqual(amount));
});

describe('Whoever acts for whomever', () => {
  const PEOPLE = ['olly', 'ann', 'bob', 'mia', 'max', 'mel'] as const;
  const person = fc.constantFrom(...PEOPLE);
  const grants = fc
    .array(fc.tuple(person, person), { maxLength: 8 })
    .map((pairs) => pairs.flatMap(([from, to], i) => (from === to ? [] : [grant(from, to, { id: `g${i}` })])));
  const workflow = fc.constantFrom(
    annAndMax,
    definition(step('check', { rule: { count: 2 } }), step('sign', { assignees: [manager()], distinct: 'review' })),
    definition(
      step('all', { assignees: [officer({ seats: 2 }), user('mia')], rule: { all: true }, onReject: 'collect' }),
    ),
    definition(step('one', { assignees: [user('ann')] }), step('two', { assignees: [user('max')], parallel: true })),
  );
  const act = fc.tuple(person, fc.constantFrom('approve' as const, 'approve' as const, 'reject' as const), grants);

  const told = (check: (before: Story, command: Decide, after: Story | string) => void) =>
    fc.assert(
      fc.property(workflow, fc.array(act, { maxLength: 10 }), (which, acts) => {
        let current = story(which);
        for (const [by, verdict, held] of acts) {
          const command = under(decide(by, verdict), ...held);
          let after: Story | string;
          try {
            after = current.and(command);
          } catch (refusal) {
            if (!(refusal instanceof DomainError)) throw refusal;
            after = refusal.code;
          }
          check(current, command, after);
          if (typeof after !== 'string') current = after;
        }
      }),
      { numRuns: 300 },
    );

  it('nobody decides who must not, by whichever hands, and nobody counts twice on a step', () =>
    told((before, { facts }, after) => {
      if (typeof after === 'string') return;
      for (const event of after.last) {
        if (event.type !== 'DecisionRecorded') continue;
        const { actorId, onBehalfOf, delegationPath, step: key, evidence } = event.data;
        const index = before.started.steps.findIndex((it) => it.key === key);
        const barred = excluded(before.started, index, facts.directory);
        const hands = [actorId, ...(onBehalfOf === undefined ? [] : [onBehalfOf]), ...delegationPath];
        expect(hands.filter((it) => barred.has(it))).toEqual([]);
        expect(delegationPath[0]).toBe(onBehalfOf);
        expect(delegationPath.length).toBeLessThanOrEqual(3);
        expect(evidence.delegationRevision === null).toBe(onBehalfOf === undefined);
        const earlier = before.started.decisions.filter((it) => it.step === key && !it.rescinded);
        const voices = earlier.flatMap((it) => [it.actorId, it.onBehalfOf]);
        expect(voices.filter((it) => it !== null && (it === actorId || it === onBehalfOf))).toEqual([]);
      }
    }));

  it('what is offered is what is taken, to everybody', () =>
    told((before, { facts }) => {
      if (before.review.status !== 'in_review') return;
      for (const by of PEOPLE) {
        const { may } = mayDecide(before.started, by, facts.directory, facts.delegations);
        const takes = (verdict: 'approve' | 'reject') => {
          try {
            const command = { ...decide(by, verdict), facts };
            return reviewDecider.decide(command, before.review).length > 0;
          } catch (refusal) {
            if (!(refusal instanceof DomainError)) throw refusal;
            return false;
          }
        };
        expect({ by, may }).toEqual({ by, may: takes('approve') || takes('reject') });
      }
    }));
});
