import fc from 'fast-check';
import type { Assignee, Definition, Rule, Rung, Step } from '#libs/kernel/domain/workflow-definition';
import { defaultCalendar } from '#libs/kernel/domain/calendar';
import type { PinnedRuleset } from '#libs/kernel/domain/ruleset';
import { calendarKeys } from '../calendars.js';
import type { Person } from '../directory.js';
import * as example from '../review.examples.js';
import type { May, Published } from '../review.commands.js';
import type { Act, ScriptPerson } from './acts.js';
import type { Script, World } from './simulate.js';

/* Random workflows, and random people who do whatever the API lets them try. */

export const NAMES = ['olly', 'ann', 'bob', 'mia', 'max', 'mel', 'ada', 'vic'] as const;
const name = fc.constantFrom(...NAMES);
const role = fc.constantFrom('officer', 'manager');
const target = fc.oneof(
  name.map((user) => ({ user })),
  role.map((id) => ({ role: id })),
);
const few = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 3 });

/** Members that are undefined are none at all. */
const tidy = <T extends object>(value: object): T =>
  Object.fromEntries(Object.entries(value).filter(([, it]) => it !== undefined)) as T;

const assignee: fc.Arbitrary<Assignee> = fc
  .record({
    who: fc.oneof(
      { weight: 4, arbitrary: role.map((id) => ({ type: 'ROLE' as const, id })) },
      { weight: 2, arbitrary: name.map((id) => ({ type: 'USER' as const, id })) },
      // A role that nobody holds, until somebody comes.
      { weight: 1, arbitrary: fc.constant({ type: 'ROLE' as const, id: 'risk' }) },
    ),
    seats: few(fc.integer({ min: 1, max: 3 })),
    minApprovals: fc.constantFrom(undefined, undefined, undefined, 1, 2),
    group: fc.constantFrom(undefined, 'risk', 'credit'),
    weight: fc.constantFrom(undefined, undefined, 2, 3),
    veto: fc.constantFrom(undefined, undefined, true, false),
    scope: few(fc.constantFrom('/amountMinor', '/purpose').map((path) => [path])),
  })
  .map(({ who, seats, minApprovals, ...rest }) =>
    tidy<Assignee>({
      ...who,
      ...rest,
      ...(who.type === 'ROLE' && seats !== undefined && { seats: Math.max(seats, minApprovals ?? 1) }),
      ...(minApprovals !== undefined && { minApprovals: who.type === 'USER' ? 1 : minApprovals }),
    }),
  );

const leaf: fc.Arbitrary<Rule> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(1, 1, 2, 2, 3).map((count) => ({ count })) },
  fc.constantFrom<Rule>({ any: true }, { all: true }, { any: true, group: 'risk' }),
  fc.constantFrom<Rule>(
    { percent: '50', of: 'seated' },
    { percent: '66.67', of: 'seated' },
    { percent: '50', of: 'cast' },
    { percent: '60', of: 'cast', participation: '50' },
  ),
  fc.constantFrom(2, 3, 4).map((weight) => ({ weight })),
);
export const rule: fc.Arbitrary<Rule> = fc.oneof(
  { weight: 6, arbitrary: leaf },
  { weight: 1, arbitrary: fc.array(leaf, { minLength: 1, maxLength: 2 }).map((and) => ({ and })) },
  { weight: 1, arbitrary: fc.array(leaf, { minLength: 2, maxLength: 2 }).map((or) => ({ or })) },
);

const rung: fc.Arbitrary<Omit<Rung, 'id'>> = fc
  .record({
    at: fc.constantFrom('50%', '0', '-2h', '+4h', '-1bh', '+2bh', 'start+30h'),
    action: fc.constantFrom<Rung['action']>(
      'remind',
      'add',
      'add',
      'transfer',
      'transfer',
      'priority',
      'none',
      'auto_reject',
      'expire',
    ),
    to: fc.oneof({ weight: 4, arbitrary: target }, fc.constant({ manager: true as const })),
  })
  .map(({ at, action, to }) => ({ at, action, ...((action === 'add' || action === 'transfer') && { to }) }));

/** What decides by itself under workflows that ask rules: a yes, a no, and what is for people. */
export const autoRules: PinnedRuleset = {
  rulesetId: 'rs_loan-auto',
  version: 1,
  contentHash: 'h1',
  ruleset: {
    key: 'loan-auto',
    name: 'Loans without people',
    match: 'first',
    rules: [
      {
        name: 'large buses',
        mode: 'enforce',
        when: { and: [{ gt: ['amountMinor', '1'] }, { eq: ['purpose', 'bus'] }] },
        outcome: 'reject',
      },
      { name: 'buses', mode: 'enforce', when: { eq: ['purpose', 'bus'] }, outcome: 'approve' },
    ],
  },
};

const step = (index: number): fc.Arbitrary<Step> =>
  fc
    .record({
      assignees: fc.array(assignee, { minLength: 1, maxLength: 3 }),
      rule,
      floor: fc.constantFrom(1, 1, 1, 2),
      distinct: fc.constantFrom('step', 'step', 'review'),
      onReject: fc.constantFrom('immediate', 'collect'),
      staleness: fc.constantFrom('scoped', 'any', 'never'),
      sla: fc.constantFrom(
        null,
        { value: 8, unit: 'WALL_HOUR' as const },
        { value: 6, unit: 'BUSINESS_HOUR' as const },
        { value: 1, unit: 'BUSINESS_DAY' as const },
      ),
      ladder: fc.array(rung, { maxLength: 3 }).map((rungs) => rungs.map((it, at) => ({ id: `r${at}`, ...it }))),
      maxRounds: fc.constantFrom(undefined, undefined, 1, 2),
      electorate: fc.constantFrom(undefined, undefined, 'frozen', 'live'),
      claimLease: fc.constantFrom(undefined, { value: 3, unit: 'WALL_HOUR' as const }),
      when: fc.constantFrom(
        undefined,
        undefined,
        undefined,
        { eq: ['purpose', 'van'] as const },
        { gt: ['amountMinor', '1'] as const },
      ),
      parallel: fc.constantFrom(undefined, undefined, true as const),
      auto: fc.constantFrom(undefined, undefined, undefined, true as const),
    })
    .map(({ parallel, ...over }) =>
      tidy<Step>(example.step(`step-${index}`, { ...over, ...(index > 0 && { parallel }) } as Partial<Step>)),
    );

export const definition: fc.Arbitrary<Definition> = fc
  .tuple(
    fc.integer({ min: 1, max: 3 }).chain((steps) => fc.tuple(...Array.from({ length: steps }, (_, at) => step(at)))),
    fc.record({ submitter: fc.constant(true), editors: fc.boolean(), noUpward: fc.constantFrom(undefined, true) }),
    fc.constantFrom(undefined, { mode: 'smart' as const, max: 2 }, { mode: 'restart' as const, max: 1 }),
    fc.constantFrom(undefined, undefined, { ruleset: autoRules.ruleset.key }),
  )
  .map(([steps, fourEyes, reopen, auto]) => ({
    ...example.definition(...steps),
    fourEyes: tidy<Definition['fourEyes']>(fourEyes),
    ...(reopen && { reopen }),
    ...(auto && { auto }),
  }));

const content = fc.record({ amountMinor: fc.constantFrom('1', '2'), purpose: fc.constantFrom('van', 'bus') });
const reason = fc.constant('It has to be');
const nth = fc.integer({ min: 1, max: 5 }).map((n) => `#${n}`);
const nths = fc.array(nth, { minLength: 1, maxLength: 2 });
const verdict = fc.constantFrom<'approve' | 'reject' | 'abstain'>('approve', 'approve', 'approve', 'abstain', 'reject');
/** Who works on reviews, more often than who does not. */
const worker = fc.constantFrom('ann', 'bob', 'mia', 'max', 'mel', 'vic', ...NAMES);
const lead = fc.constantFrom('mia', 'mia', 'max', 'ann', 'ada');

const people: readonly (readonly Person[])[] = [
  [{ userId: 'ann', roles: ['viewer'], active: true }],
  [{ userId: 'ann', roles: ['officer'], active: true, managerId: 'mia' }],
  [{ userId: 'bob', roles: ['officer', 'manager'], active: true, managerId: 'max' }],
  [{ userId: 'mia', roles: ['manager'], active: false }],
  [{ userId: 'mia', roles: ['manager'], active: true }],
  [{ userId: 'max', roles: [], active: true }],
  [{ userId: 'vic', roles: ['officer', 'manager'], active: true, managerId: 'olly' }],
];

/** Who comes to a role that nobody holds. */
const comers: readonly ScriptPerson[][] = [
  [{ userId: 'vic', roles: ['risk'] }],
  [{ userId: 'mel', roles: ['manager', 'risk'] }],
  [
    { userId: 'ann', roles: ['officer', 'risk'] },
    { userId: 'vic', roles: ['officer', 'risk'] },
    { userId: 'ada', roles: ['admin', 'risk'] },
  ],
];
const comes = fc.constantFrom(...comers).map((all): Act => ({ act: 'people', people: all }));
const asksForRisk = ({ steps }: Definition) => steps.some(({ assignees }) => assignees.some(({ id }) => id === 'risk'));

type Timeless = Act extends infer A ? (A extends Act ? Omit<A, 'at' | 'afterHours'> : never) : never;
const does = (weight: number, act: fc.Arbitrary<{ readonly act: Act['act'] }>) => ({
  weight,
  arbitrary: act.map((it) => tidy<Timeless>(it)),
});
const as = <V extends string>(act: V) => fc.constant(act);

const timeless: fc.Arbitrary<Timeless> = fc.oneof(
  does(14, fc.record({ act: as('decide'), by: worker, verdict })),
  does(
    2,
    fc.record({
      act: as('decide'),
      by: worker,
      verdict,
      assignmentId: few(nth),
      reviewedRevision: fc.constantFrom(undefined, 1, 2),
      comment: few(fc.constant('Because')),
    }),
  ),
  does(
    2,
    fc.record({
      act: as('request-changes'),
      by: worker,
      items: fc
        .array(fc.boolean(), { minLength: 1, maxLength: 2 })
        .map((all) => all.map((blocking) => ({ text: 'Change this', blocking }))),
    }),
  ),
  does(
    3,
    fc.record({
      act: as('resubmit'),
      by: fc.constantFrom('olly', 'olly', 'olly', 'ann'),
      content,
      note: few(fc.constant('Mended')),
      answers: few(fc.constant([{ itemId: '#1', text: 'Done' }])),
    }),
  ),
  does(2, fc.record({ act: as('escalate'), by: fc.constantFrom('olly', 'mia', 'ann'), reason, to: few(target) })),
  does(1, fc.record({ act: as('clear-changes'), by: worker, items: nths })),
  does(1, fc.record({ act: as('dismiss-changes'), by: lead, items: nths, reason })),
  does(3, fc.record({ act: as('claim'), by: worker, assignmentId: nth })),
  does(1, fc.record({ act: as('release'), by: worker, assignmentId: nth })),
  does(1, fc.record({ act: as('take-over'), by: lead, assignmentId: nth, reason })),
  does(2, fc.record({ act: as('reassign'), by: lead, assignmentId: nth, to: worker, reason })),
  does(
    1,
    fc.record({ act: as('add-approver'), by: lead, step: fc.constantFrom('step-0', 'step-1'), to: target, reason }),
  ),
  does(1, fc.record({ act: as('recuse'), by: worker, assignmentId: nth, reason })),
  does(1, fc.record({ act: as('change-decision'), by: worker, decisionId: nth, verdict })),
  does(1, fc.record({ act: as('rescind'), by: worker, decisionId: nth, reason })),
  does(1, fc.record({ act: as('hold'), by: lead, reason })),
  does(2, fc.record({ act: as('resume'), by: lead, reason: few(reason) })),
  does(1, fc.record({ act: as('request-info'), by: worker, question: as('How much?') })),
  does(2, fc.record({ act: as('provide-info'), by: fc.constantFrom('olly', 'ann'), answer: as('So much') })),
  does(1, fc.record({ act: as('reopen'), by: fc.constantFrom('ada', 'mia'), reason })),
  does(
    1,
    fc.oneof(
      fc.record({ act: as('withdraw'), by: fc.constantFrom('vic', 'ann', 'olly') }),
      fc.record({ act: as('cancel'), by: fc.constantFrom('ann', 'mia', 'ada'), reason }),
      fc.record({
        act: as('override'),
        by: fc.constantFrom('ada', 'mia'),
        outcome: fc.constantFrom('approve' as const, 'reject' as const),
        reason,
      }),
    ),
  ),
  does(2, fc.record({ act: as('people'), people: fc.constantFrom(...people).map((all) => [...all]) })),
);

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .tuple(timeless, fc.constantFrom(undefined, undefined, 1, 2))
      .map(([what, afterHours]) => tidy<Act>({ ...what, afterHours })),
  },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 12 }).map((afterHours): Act => ({ act: 'wait', afterHours })) },
);

/** Somebody lets another act for him for so many hours from the start. */
export type Grant = Readonly<{ delegator: string; delegate: string; hours: number }>;
const seated = fc.constantFrom('ann', 'bob', 'mia', 'max', 'mel');
const standIn = fc.constantFrom('vic', 'vic', 'ada', ...NAMES);
const grants: fc.Arbitrary<readonly Grant[]> = fc.oneof(
  fc.constant([]),
  fc.array(fc.record({ delegator: seated, delegate: standIn, hours: fc.constantFrom(3, 500, 500) }), {
    minLength: 1,
    maxLength: 3,
  }),
);

/** What a workspace has decided for workflows that say nothing. */
export type House = Readonly<{ slaHours: number | null; calendar: string }>;
const houses: fc.Arbitrary<House> = fc.record({
  slaHours: fc.constantFrom(null, null, 5),
  calendar: fc.constantFrom('default', 'default', 'house'),
});

/** A definition, what happens under it, who acts for whom meanwhile, and where. */
export interface Told {
  readonly workflow: Definition;
  readonly script: Script;
  readonly grants: readonly Grant[];
  readonly house: House;
}
export const scripts: fc.Arbitrary<Told> = fc
  .tuple(definition, fc.array(act, { minLength: 3, maxLength: 16, size: 'max' }), grants, houses, comes, fc.nat(4))
  .map(([workflow, acts, given, house, arrival, when]) => ({
    workflow,
    grants: given,
    house,
    script: {
      at: example.at('09:00'),
      start: {
        by: 'olly',
        subject: { type: 'loan', id: 'loan-1', title: 'A van', content: { amountMinor: '1', purpose: 'van' } },
      },
      // Whoever was let act does, before others have.
      acts: [
        ...given.map(({ delegate: by }): Act => ({ act: 'decide', by, verdict: 'approve' })),
        ...(asksForRisk(workflow) ? acts.toSpliced(when, 0, arrival) : acts),
      ],
    },
  }));

/** What people may do by their roles, as the permission table has it. */
export const mayOf = (person: Pick<Person, 'roles'> | undefined): May => {
  const isLead = person?.roles.some((it) => it === 'manager' || it === 'admin') ?? false;
  return { reassign: isLead, dismiss: isLead, override: person?.roles.includes('admin') ?? false };
};

export const publishedOf = (workflow: Definition): Published => ({
  workflowId: `wf_${workflow.key}`,
  key: workflow.key,
  name: workflow.name,
  version: 1,
  contentHash: 'h',
  definition: workflow,
});

/** The people of the examples under a workflow. */
export const worldOf = (workflow: Definition, over: Partial<World> = {}): World => ({
  seed: 'seed',
  reviewId: example.REVIEW_ID,
  directory: example.directory(),
  facts: ({ person }) => ({ may: mayOf(person) }),
  pinned: {
    published: publishedOf(workflow),
    subjectRef: 'subject-1',
    calendars: calendarKeys(workflow.steps, workflow.calendar).map((key) => ({ ...defaultCalendar, key })),
    ...(workflow.auto && { rules: autoRules }),
  },
  ...(workflow.auto && { onResubmit: { rules: autoRules } }),
  ...over,
});
