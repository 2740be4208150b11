import { jest } from '@jest/globals';
import fc from 'fast-check';
import { GrantsView } from '#libs/delegations/application/grants-view';
import { grant } from '#libs/delegations/domain/delegation.examples';
import { DomainError } from '#libs/kernel/domain/domain-error';
import type { Directory } from '../directory.js';
import { reviewDecider } from '../review.decider.js';
import type { ReviewEvent } from '../review.events.js';
import {
  at,
  claim,
  definition,
  directory,
  fold,
  hold,
  officer,
  recuse,
  release,
  start,
  step,
  Story,
  takeOver,
} from '../review.examples.js';
import { runningExecutions } from '../review.state.js';
import { mayOf, NAMES, scripts, worldOf, type Grant } from '../simulation/random-scripts.examples.js';
import { simulate } from '../simulation/simulate.js';
import { actions } from './actions.js';
import { mayDecide } from './eligibility.js';

const may = { reassign: true, dismiss: true, override: true };
const people = directory(
  ...Array.from({ length: 100 }, (_, n) => ({ userId: `off-${n}`, roles: ['officer'], active: true })),
);
const rule = { percent: '50', of: 'seated' } as const;

/** The same people, and how often they were looked at. */
function watched(): { view: Directory; looks: () => number } {
  let looks = 0;
  const view: Directory = {
    ...people,
    person: (userId) => (looks++, people.person(userId)),
    holders: (role) => (looks++, people.holders(role)),
  };
  return { view, looks: () => looks };
}

/** Everybody for whom somebody is let act, throughout. */
function lettingAll(grants: readonly Grant[]): GrantsView {
  const all = grants.flatMap(({ delegator, delegate }, n) =>
    delegator === delegate ? [] : [grant(delegator, delegate, { id: `g${n}` })],
  );
  const by = (key: 'delegatorId' | 'delegateId') => Map.groupBy(all, (it) => it[key]);
  return new GrantsView(
    { byDelegator: by('delegatorId'), byDelegate: by('delegateId'), revisions: new Map() },
    () => true,
  );
}

/** A review of two steps side by side, each with so many seats for officers. */
const withSeats = (seats: number) =>
  Story.of(
    start(
      definition(
        step('check', { assignees: [officer({ seats })], rule }),
        step('risk', { assignees: [officer({ seats })], rule, parallel: true }),
      ),
      { directory: people },
    ),
  );

describe('What somebody can do with a review', () => {
  afterEach(() => jest.restoreAllMocks());

  /** How often the rules were asked, and people looked at. */
  function cost(story: Story, userId: string): readonly [tries: number, looks: number] {
    const tries = jest.spyOn(reviewDecider, 'decide');
    const { view, looks } = watched();
    actions(story.started, { userId, roles: [] }, may, view, '2026-11-22T10:00:00.000Z');
    const asked = tries.mock.calls.length;
    tries.mockRestore();
    return [asked, looks()];
  }

  it.each([
    ['an officer', 'off-1', (story: Story) => story],
    ['somebody whom no seat asks', 'ada', (story: Story) => story],
    ['an officer, of a review on hold', 'off-1', (story: Story) => story.and(hold('mia', { directory: people }))],
  ])('is found out by no more tries for many seats than for few: %s', (_, userId, told) => {
    const few = cost(told(withSeats(5)), userId);
    const many = cost(told(withSeats(50)), userId);
    expect(many[0]).toBe(few[0]);
    // What is looked at for one try may grow with the seats, not with their square.
    expect(many[1]).toBeLessThanOrEqual(10 * few[1]);
  });

  it('is what one of all seats would allow, whatever has happened', () => {
    const told = fc.sample(scripts, { numRuns: 120, seed: 11 });
    let allowed = 0;
    for (const { workflow, script, grants } of told) {
      const delegations = lettingAll(grants);
      const world = worldOf(workflow, { facts: ({ person }) => ({ may: mayOf(person), delegations }) });
      const { events } = simulate(script, world);
      const review = fold(events.map(({ type, data }) => ({ type, data }) as ReviewEvent));
      if (review.status === 'not_started') continue;
      const running = runningExecutions(review);
      const seats = (running.length > 0 ? running : review.executions.slice(-1))
        .flatMap(({ assignments }) => assignments)
        .filter(({ live }) => live);
      for (const userId of NAMES) {
        const facts = { directory: world.directory, may: { ...may, reassign: true }, delegations };
        const offered = actions(review, { userId, roles: [] }, facts.may, world.directory, at('10:00'), delegations);
        for (const [action, verb, among] of [
          ['claim', claim, seats.filter(({ kind }) => kind === 'ROLE')],
          ['release', release, seats.filter((seat) => seat.claim !== null)],
          ['take-over', takeOver, seats],
          ['recuse', recuse, seats],
        ] as const) {
          const taken = among.some(({ assignmentId }) => {
            try {
              reviewDecider.decide({ ...verb(userId, assignmentId), facts }, review);
              return true;
            } catch (refusal) {
              if (!(refusal instanceof DomainError)) throw refusal;
              return false;
            }
          });
          if (taken) allowed += 1;
          expect([userId, offered.actions.find((it) => it.action === action)]).toMatchObject([
            userId,
            { allowed: taken },
          ]);
        }
      }
    }
    expect(allowed).toBeGreaterThan(300);
  });

  it('and so is which of many seats side by side is for whom', () => {
    const looks = (seats: number) => {
      const counted = watched();
      expect(mayDecide(withSeats(seats).started, 'ada', counted.view).may).toBe(false);
      return counted.looks();
    };
    expect(looks(50)).toBeLessThanOrEqual(10 * looks(5));
  });
});
