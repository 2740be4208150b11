import { queriesOver } from '#libs/testing/given-read-models';
import { readModelSpec } from '#libs/testing/read-model';
import {
  approve,
  claim,
  definition,
  directory,
  manager,
  override,
  reassign,
  recuse,
  rescind,
  resubmit,
  start,
  step,
  Story,
  user,
  withdraw,
} from '../../../domain/review.examples.js';
import { superiorsOf } from '../../../domain/four-eyes.js';
import type { ReviewCommand } from '../../../domain/review.commands.js';
import { core, review } from '../read-models.examples.js';
import type { Holder } from '../../../application/seats-held.js';
import { ReviewSeatsHeld, seatsHeldSql } from './seats-held.query.js';

const one = definition(step('check'));
const two = definition(step('check', { rule: { count: 2 } }));
const both = definition(step('check', { assignees: [user('ann'), user('bob')], rule: { count: 2 } }));
const seat = (story: Story, which = 0) => story.find('StepStarted').assignments[which]?.assignmentId ?? '';
const told = (story: Story, next: (story: Story) => ReviewCommand) => story.and(next(story));
const crowd = directory(
  ...Array.from({ length: 9 }, (_, n) => ({ userId: `off-${n}`, roles: ['officer'], active: true })),
);
const fourEyes = { submitter: true, editors: true };
const upward = { ...one, fourEyes: { ...fourEyes, noUpward: true } };
const inConflict = { ...one, fourEyes: { ...fourEyes, conflicts: ['bob'] } };
const distinct = definition(step('first', { assignees: [manager()] }), step('check', { distinct: 'review' }));
/** Ann and carl work for the submitter. */
const staff = directory(
  { userId: 'ann', roles: ['officer'], active: true, managerId: 'olly' },
  { userId: 'carl', roles: ['officer'], active: true, managerId: 'olly' },
);
const officers = (people = directory()) =>
  people.holders('officer').map((userId) => ({ userId, superiors: superiorsOf(userId, people) }));

const given = readModelSpec(core)(
  ...review('named', Story.of(start(both))),
  ...review('decided', Story.of(start(both), approve('ann'))),
  ...review(
    'rescinded',
    told(Story.of(start(both), approve('ann')), (story) => rescind('ann', story.find('DecisionRecorded').decisionId)),
  ),
  ...review(
    'moved',
    told(Story.of(start(both)), (story) => reassign('ada', seat(story), 'mia')),
  ),
  ...review(
    'recused',
    told(Story.of(start(both)), (story) => recuse('ann', seat(story))),
  ),
  ...review('over', Story.of(start(both), withdraw())),
  ...review(
    'claimed',
    told(Story.of(start(one, { directory: crowd })), (story) => claim('ann', seat(story))),
  ),
  ...review('crowded', Story.of(start(two, { directory: crowd }))),
  ...review('short', Story.of(start(two))),
  ...review('enough', Story.of(start(one))),
  ...review('upward', Story.of(start(upward, { directory: staff }))),
  ...review('in-conflict', Story.of(start(inConflict))),
  ...review('overridden', Story.of(start(distinct), override('approve', { by: 'bob' }))),
  ...review(
    'stepped-back',
    told(Story.of(start(one)), (story) => recuse('bob', seat(story))),
  ),
  ...review('edited', Story.of(start(one), resubmit({ amountMinor: '1' }, { by: 'bob', onBehalfOf: 'olly' }))),
  ...review('elsewhere', Story.of(start(both)), {}, { workspaceId: 'other' }),
);

const held = (userId: string, ...roles: { role: string; holders: readonly Holder[] }[]) =>
  given.query((tables) => new ReviewSeatsHeld(...queriesOver(tables)).find({ workspaceId: 'demo', userId, roles }));

describe('what somebody who leaves leaves behind', () => {
  it('is what asks for that person by name and nobody has filled', async () => {
    expect(await held('bob')).toEqual(['decided', 'moved', 'named', 'recused', 'rescinded']);
    expect(await held('mia')).toEqual(['moved', 'recused']);
    expect(await held('olly')).toEqual([]);
  });

  it('and what that person has claimed', async () => {
    expect(await held('ann')).toEqual(['claimed', 'named', 'rescinded']);
  });

  it('and what asks for a role that too few hold now', async () => {
    const without = (people = directory()) => ({
      role: 'officer',
      holders: officers(people).filter(({ userId }) => userId !== 'bob'),
    });
    expect(await held('vic', without())).toEqual(['claimed', 'crowded', 'short']);
    expect(await held('vic', without(crowd))).toEqual(['short']);
    expect(await held('vic', { role: 'officer', holders: officers() })).toEqual([]);
    expect(await held('vic', { role: 'manager', holders: [] })).toEqual([]);
  });

  it('and what asks for a role whose holders are kept out of the matter', async () => {
    const without = (userId: string, people = directory()) =>
      held(userId, { role: 'officer', holders: officers(people).filter((it) => it.userId !== userId) });
    // Olly, who submits, and bob are left.
    const keptOut = ['edited', 'in-conflict', 'overridden', 'stepped-back'];
    const others = (await without('ann')).filter(
      (it) => !['claimed', 'crowded', 'named', 'rescinded', 'short'].includes(it),
    );
    expect(others).toEqual(keptOut);
    expect(await without('bob', staff)).toContain('upward');
    expect(await without('carl', staff)).not.toContain('upward');
  });

  it('is found by index', () =>
    given.query(async (tables) => {
      const [database] = queriesOver(tables);
      const leaver = { workspaceId: 'demo', userId: 'ann', roles: [{ role: 'officer', holders: officers() }] };
      const query = seatsHeldSql(leaver, tables.table('review_party').replaceAll('"', '')).compile(database.kysely());
      const client = await tables.pool.connect();
      try {
        await client.query('SET enable_seqscan = off');
        const { rows } = await client.query(`EXPLAIN ${query.sql}`, [...query.parameters]);
        const plan = rows.map((row) => String(row['QUERY PLAN'])).join('\n');
        expect(plan).not.toContain('Seq Scan');
      } finally {
        await client.query('RESET enable_seqscan');
        client.release();
      }
    }));
});
