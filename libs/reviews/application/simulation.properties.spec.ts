import fc from 'fast-check';
import { scripts, worldOf } from '../domain/simulation/random-scripts.examples.js';
import { simulate } from '../domain/simulation/simulate.js';
import type { Clock } from '../domain/review.events.js';
import { foldsAtInstantsAreTrue, inEarnest, simulationsAreReal } from './simulation-in-earnest.examples.js';

/** Of a clock that an event starts. */
const budgetOf = (data: object) => ('clock' in data ? (data.clock as Clock | null)?.budget : undefined);

describe('A simulation', () => {
  it('of a script is what the script would have been in earnest, event for event', () => simulationsAreReal(150));

  it('has a past: folded at 200 random instants it is what was answered then', () => foldsAtInstantsAreTrue(200));

  it('is of scripts that get somewhere: every kind of end, every verb carried out', () => {
    const runs = fc
      .sample(scripts, { numRuns: 600, seed: 11 })
      .map(({ workflow, script }) => simulate(script, worldOf(workflow)));
    const count = <T>(all: readonly T[]) => Map.groupBy(all, (it) => it);
    const done = count(runs.flatMap(({ turns }) => turns.flatMap((it) => (it.events.length > 0 ? [it.act] : []))));
    const ends = count(runs.map(({ state }) => state.status));
    const rare = ['decide', 'request-changes', 'resubmit', 'escalate', 'claim', 'reassign', 'recuse', 'timer'].filter(
      (act) => (done.get(act as 'decide')?.length ?? 0) < 10,
    );
    expect(rare).toEqual([]);
    const recorded = count(runs.flatMap(({ events }) => events.map(({ type }) => type)));
    for (const type of ['AutoRulesEvaluated', 'StepSkipped', 'SlaBreached', 'RungFired'] as const)
      expect([type, (recorded.get(type)?.length ?? 0) > 10]).toEqual([type, true]);
    const unblocked = runs.flatMap(({ turns, events }) =>
      turns.filter((it) => it.act === 'directory' && it.events.some((at) => events[at]?.type === 'StepUnblocked')),
    );
    expect(unblocked.length).toBeGreaterThan(10);
    const units = new Set(runs.flatMap(({ events }) => events.map(({ data }) => budgetOf(data)?.unit)));
    expect([...units]).toEqual(expect.arrayContaining(['WALL_HOUR', 'BUSINESS_HOUR', 'BUSINESS_DAY']));
    for (const status of ['approved', 'rejected', 'in_review', 'changes_requested', 'expired', 'on_hold'] as const)
      expect([status, (ends.get(status)?.length ?? 0) > 3]).toEqual([status, true]);
  });

  it('is of scripts in which people act for each other', async () => {
    const told = await Promise.all(
      fc
        .sample(scripts, { numRuns: 80, seed: 11 })
        .filter(({ grants }) => grants.length > 0)
        .map(inEarnest),
    );
    const inAnothersName = told
      .flatMap((run) => run.told)
      .filter((it) => 'type' in it && typeof (it.data as { onBehalfOf?: unknown }).onBehalfOf === 'string');
    expect(inAnothersName.length).toBeGreaterThan(5);
  });
});
