import fc from 'fast-check';
import { GrantsView } from '#libs/delegations/application/grants-view';
import type { Delegation } from '#libs/delegations/domain/delegation.state';
import { queriesOver } from '#libs/testing/given-read-models';
import { readModelSpec } from '#libs/testing/read-model';
import { inboxOwner } from '../../../application/inbox-owner.js';
import { inOwnName } from '../../../domain/acting.js';
import type { Directory, Person } from '../../../domain/directory.js';
import { reviewDecider } from '../../../domain/review.decider.js';
import { directory as everybody } from '../../../domain/review.examples.js';
import type { ReviewEvent } from '../../../domain/review.events.js';
import { currentRevision, notStarted, type Review } from '../../../domain/review.state.js';
import { takeSeat } from '../../../domain/seats.js';
import type { Act } from '../../../domain/simulation/acts.js';
import { mayOf, NAMES, scripts, worldOf, type Grant } from '../../../domain/simulation/random-scripts.examples.js';
import { simulate, type SimulatedEvent } from '../../../domain/simulation/simulate.js';
import { eligibility } from '../../../domain/views/eligibility.js';
import { inboxes, recorded } from '../read-models.examples.js';
import { Inbox } from './inbox.query.js';

/** Grants that hold throughout; every other one on one step only. */
function lets(grants: readonly Grant[]): GrantsView {
  const all = grants
    .filter(({ delegator, delegate }) => delegator !== delegate)
    .map(({ delegator, delegate }, index) => ({
      delegatorId: delegator,
      delegateId: delegate,
      scope: index % 2 === 0 ? {} : { stepKeys: ['step-0'] },
    })) as unknown as readonly Delegation[];
  const by = (key: 'delegatorId' | 'delegateId') => Map.groupBy(all, (it) => it[key]);
  const grantsBy = { byDelegator: by('delegatorId'), byDelegate: by('delegateId'), revisions: new Map() };
  return new GrantsView(grantsBy, () => true);
}

function after(acts: readonly Act[]): Directory {
  const changes = acts.flatMap((act) => (act.act === 'people' ? act.people : []));
  const now = new Map(
    changes.map(({ active = true, ...person }): [string, Person] => [person.userId, { ...person, active }]),
  );
  const before = everybody();
  return {
    revision: before.revision,
    person: (userId) => now.get(userId) ?? before.person(userId),
    holders: (role) =>
      [
        ...before.holders(role).filter((userId) => !now.has(userId)),
        ...[...now.values()].filter(({ active, roles }) => active && roles.includes(role)).map(({ userId }) => userId),
      ].toSorted(),
  };
}

const folded = (events: readonly SimulatedEvent[]): Review =>
  events.reduce<Review>(
    (review, { revision, type, data, recordedAt, actorId }) =>
      reviewDecider.evolve(review, { type, data } as ReviewEvent, { revision: BigInt(revision), recordedAt, actorId }),
    notStarted,
  );

/** What happened, who is who then, and who acts for whom. */
const moments = fc.tuple(scripts, fc.nat(16)).map(([{ workflow, script, grants }, cut]) => {
  const acts = script.acts.slice(0, Math.max(1, cut));
  const delegations = lets(grants);
  const world = worldOf(workflow, { facts: ({ person }) => ({ may: mayOf(person), delegations }) });
  const { events } = simulate({ ...script, acts }, world);
  return { events, directory: after(acts), delegations, told: { workflow, acts, grants } };
});

describe('Whatever has happened, an inbox', () => {
  it('lists a review for those whom `eligibility` says may act on it, and a decision on the row is taken', async () => {
    const stories = fc.sample(moments, { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 300), seed: 20_261_123 });
    const told = stories.flatMap(({ events }, index) =>
      recorded(events.map(({ type, data }) => ({ type, data })) as never, { workspaceId: `w${index}` }, `${index}`).map(
        (event) =>
          event.type === 'ReviewStarted'
            ? { ...event, data: { ...(event.data as object), reviewId: `${index}` } }
            : event,
      ),
    );
    let listed = 0;
    const wrong: unknown[] = [];
    await readModelSpec(inboxes)(...(told as never[])).query(async (tables) => {
      const inbox = new Inbox(...queriesOver(tables));
      for (const [index, { events, directory, delegations, told: story }] of stories.entries()) {
        const review = folded(events);
        if (review.status === 'not_started') continue;
        const expected = eligibility(review, directory, delegations).people.flatMap((it) =>
          it.may ? [it.userId] : [],
        );
        const found: string[] = [];
        const unexpected: string[] = [];
        for (const userId of NAMES) {
          const owner = inboxOwner({ workspaceId: `w${index}`, userId }, directory, delegations);
          const [row] = (await inbox.list({ ...owner, limit: 5 })).data;
          if (!row) continue;
          found.push(userId);
          const { revision: reviewedRevision } = currentRevision(review);
          const attempt = { who: inOwnName(userId), verdict: 'approve' as const, reviewedRevision };
          const seat = takeSeat(review, { ...attempt, assignmentId: row.assignmentId }, directory, delegations);
          if (seat?.assignment.assignmentId !== row.assignmentId) wrong.push({ userId, row, story });
          if (!expected.includes(userId)) unexpected.push(userId);
        }
        listed += found.length;
        const missing = expected.filter((userId) => !found.includes(userId));
        if (unexpected.length + missing.length > 0) wrong.push({ unexpected, missing, story });
      }
    });
    expect(wrong).toEqual([]);
    expect(listed).toBeGreaterThan(stories.length / 4);
  }, 300_000);
});
