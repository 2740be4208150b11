import Value from 'typebox/value';
import fc from 'fast-check';
import { defaultCalendar } from '#libs/kernel/domain/calendar';
import type { Condition } from '#libs/kernel/domain/condition';
import { DefinitionSchema, type Definition, type Step } from '#libs/kernel/domain/workflow-definition';
import { calendarKeys } from '../calendars.js';
import { definition, manager, officer, step, user } from '../review.examples.js';
import { scripts, worldOf } from './random-scripts.examples.js';
import { placesIn, placesOf } from './schema-places.examples.js';
import { simulate, type Script } from './simulate.js';

/* Nothing can be written into a workflow that no test has ever run. */

const BUDGET = { value: 8, unit: 'WALL_HOUR' as const };

const conditions: readonly Condition[] = [
  { eq: ['purpose', 'van'] },
  { ne: ['purpose', 'bus'] },
  { lt: ['amountMinor', '5000000'] },
  { lte: ['amountMinor', '4500000'] },
  { gt: ['amountMinor', '1'] },
  { gte: ['/amountMinor', 1] },
  { in: ['currency', ['USD', 'EUR']] },
  { exists: 'purpose' },
  { and: [{ exists: 'purpose' }, { or: [{ eq: ['vip', true] }, { not: { eq: ['currency', null] } }] }] },
  { cel: 'purpose == "van"' },
];

const ladder: Step['ladder'] = [
  { id: 'r1', at: '50%', action: 'remind' },
  { id: 'r2', at: '-1h', action: 'notify', notify: ['ann', 'ROLE:manager'] },
  { id: 'r3', at: '0', action: 'priority' },
  { id: 'r4', at: '+1h', action: 'add', to: { role: 'manager' } },
  { id: 'r5', at: '+2h', action: 'add', to: { user: 'mel' } },
  { id: 'r6', at: '+3h', action: 'transfer', to: { manager: true } },
  { id: 'r7', at: 'start+40h', action: 'none' },
];
const ending = (action: 'auto_reject' | 'expire' | 'auto_approve'): Step =>
  step('check', {
    sla: BUDGET,
    ladder: [{ id: 'end', at: '+2h', action }],
    ...(action === 'auto_approve' && { floor: 0 }),
  });

/** What random workflows do not write, or seldom. */
const written: readonly Definition[] = [
  ...conditions.map((when) => definition(step('check', { when }), step('sign', { assignees: [manager()] }))),
  definition(step('check', { assignees: [user('ann'), officer()], sla: BUDGET, ladder })),
  ...(['auto_reject', 'expire', 'auto_approve'] as const).map((action) => definition(ending(action))),
  {
    ...definition(
      step('check', { sla: { value: 4, unit: 'BUSINESS_HOUR' }, claimLease: { value: 1, unit: 'BUSINESS_DAY' } }),
      step('sign', {
        assignees: [manager()],
        sla: { value: 2, unit: 'BUSINESS_DAY' },
        claimLease: { value: 4, unit: 'BUSINESS_HOUR' },
        calendar: 'night',
      }),
    ),
    calendar: 'office',
  },
  {
    ...definition(
      step('check', { maxRounds: 1, onMaxRounds: 'escalate', electorate: 'frozen' }),
      step('sign', {
        assignees: [manager()],
        maxRounds: 2,
        onMaxRounds: 'reject',
        electorate: 'live',
        auto: true,
        floor: 0,
      }),
    ),
    fourEyes: { submitter: true, editors: true, allowSelf: false, noUpward: true, conflicts: ['mel'] },
    auto: { ruleset: 'loans' },
    reopen: { mode: 'smart', max: 1 },
  },
  definition(
    step('board', {
      assignees: [
        officer({ group: 'risk', seats: 2, weight: 2 }),
        manager({ group: 'credit', veto: true, scope: ['/purpose'] }),
      ],
      rule: {
        and: [
          {
            or: [
              { weight: 2, group: 'risk' },
              { all: true, group: 'risk' },
            ],
          },
          { any: true, group: 'credit' },
          { count: 1, group: 'risk' },
          { percent: '50', of: 'cast', participation: '10', group: 'risk' },
          { percent: '10', of: 'seated', group: 'credit' },
        ],
      },
    }),
  ),
];

const acts: Script['acts'] = [
  { act: 'decide', by: 'ann', verdict: 'approve' },
  { act: 'decide', by: 'mia', verdict: 'approve' },
  { act: 'request-changes', by: 'bob', items: [{ text: 'Once more' }] },
  { act: 'wait', afterHours: 72 },
  { act: 'decide', by: 'max', verdict: 'approve' },
];
const begins: Script['start'] = {
  by: 'olly',
  subject: {
    type: 'loan',
    id: 'loan-1',
    content: { amountMinor: '4500000', currency: 'USD', purpose: 'van', vip: false },
  },
};

/**
 * The same, but it writes down which of its members somebody reads. A copy (`{...step}`) reads nothing: it asks for the
 * descriptor of each member right before it takes it. What is copied is read when something within it is.
 */
function watched<T extends object>(value: T, read: Set<string>, within?: string): T {
  let copied: string | symbol | undefined;
  const look = (name: string | symbol) => {
    const isCopied = copied === name;
    copied = undefined;
    if (isCopied) return;
    for (const it of [within, name]) if (typeof it === 'string') read.add(it);
  };
  return new Proxy(value, {
    getOwnPropertyDescriptor(target, name) {
      copied = name;
      return Reflect.getOwnPropertyDescriptor(target, name);
    },
    get(target, name) {
      look(name);
      const member: unknown = Reflect.get(target, name);
      const isWithin = typeof member === 'object' && member !== null && typeof name === 'string';
      return isWithin ? watched(member, read, name) : member;
    },
    has(target, name) {
      look(name);
      return Reflect.has(target, name);
    },
  });
}

/** Runs a review under a definition; answers the definition as the review has frozen it, with the steps it came to. */
function executed(workflow: Definition, script: Script): object {
  const { pinned } = worldOf(workflow);
  const calendars = calendarKeys(workflow.steps, workflow.calendar).map((key) => ({ ...defaultCalendar, key }));
  const { events, turns } = simulate(script, worldOf(workflow, { pinned: { ...pinned, calendars } }));
  expect(turns[0]?.refusal).toBeNull();
  const [started] = events;
  if (started?.type !== 'ReviewStarted') throw new Error('Nothing was started.');
  const { steps: all, fourEyes, auto, reopen, calendar } = started.data as unknown as Definition;
  const reached = new Set(events.map(({ data }) => ('step' in data ? data.step : null)));
  const steps = all.filter(({ key }) => reached.has(key));
  const { key, name } = workflow;
  return {
    key,
    name,
    steps,
    fourEyes,
    ...(auto && { auto }),
    ...(reopen && { reopen }),
    ...(calendar !== undefined && { calendar }),
  };
}

describe('The definition of a workflow', () => {
  it('has no key and no enum value that no executed review has come to', () => {
    const run = [
      ...written.map((workflow) => executed(workflow, { at: '2026-11-23T09:00:00.000Z', start: begins, acts })),
      ...fc.sample(scripts, { numRuns: 150, seed: 5 }).map(({ workflow, script }) => executed(workflow, script)),
    ];
    for (const it of run) expect([...Value.Errors(DefinitionSchema, it)]).toEqual([]);
    const met = new Set(run.flatMap((it) => [...placesIn(DefinitionSchema, it)]));
    const places = placesOf(DefinitionSchema);
    expect(places.size).toBeGreaterThan(90);
    expect([...places].filter((place) => !met.has(place))).toEqual([]);
  });

  it('has no key that no code reads while reviews are executed', () => {
    const read = new Set<string>();
    const runs = fc.sample(scripts, { numRuns: 60, seed: 5 });
    for (const workflow of written)
      simulate({ at: '2026-11-23T09:00:00.000Z', start: begins, acts }, worldOf(watched(workflow, read)));
    for (const { workflow, script } of runs) simulate(script, worldOf(watched(workflow, read)));
    const keys = [...placesOf(DefinitionSchema)].map((place) => place.split(' = ')[0]!.split('.').at(-1)!);
    // Whom a rung tells is read by who tells people, and the name of the rules by who looks them up.
    expect([...new Set(keys)].filter((key) => !read.has(key))).toEqual(['notify', 'ruleset']);
  });

  it('is walked to its ends: a new key or value would be missed', () => {
    const places = placesOf(DefinitionSchema);
    for (const place of [
      '.steps.onMaxRounds = escalate',
      'Rule.of = cast',
      'Condition.cel',
      '.steps.ladder.action = expire',
    ])
      expect(places).toContain(place);
  });
});
