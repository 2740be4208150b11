import type { Assignee, Rule, Step } from '#libs/kernel/domain/workflow-definition';
import type { ReviewCommand } from '../review.commands.js';
import { reviewDecider } from '../review.decider.js';
import * as example from '../review.examples.js';
import { currentRevision, isOpen, type StartedReview } from '../review.state.js';
import { explanation } from '../views/explanation.js';
import { explore, History, type Append, type Encounter, type Exploration } from './explore.examples.js';
import { faultsOf } from './plain-judgement.examples.js';

/* Steps with three assignments under every kind of rule, and what four people may try on them at the same time. */

const people = example.directory(
  { userId: 'cat', roles: ['officer'], active: true, managerId: 'mia' },
  { userId: 'dan', roles: ['viewer'], active: true },
);
const how = { directory: people, time: '10:00' };
const gone = {
  ...how,
  directory: example.directory(
    { userId: 'ann', roles: ['officer'], active: false, managerId: 'mia' },
    { userId: 'cat', roles: ['officer'], active: true, managerId: 'mia' },
  ),
};

const byName = (more: readonly Partial<Assignee>[] = []): Assignee[] =>
  ['ann', 'bob', 'cat'].map((id, at) => example.user(id, more[at] ?? {}));
const bySeats: Assignee[] = [example.officer({ seats: 3 })];

/** A rung that hands over what is open when it fires. */
const ladder: Step['ladder'] = [{ id: 'r1', at: 'start+1h', action: 'transfer', to: { user: 'max' } }];

const three = (rule: Rule, over: Partial<Step> = {}) =>
  example.step('check', { assignees: byName(), rule, ladder, ...over });

/** Every kind of rule over three assignments. */
export const steps: Readonly<Record<string, Step>> = {
  any: three({ any: true }),
  all: three({ all: true }),
  'count 1': three({ count: 1 }),
  'count 2': three({ count: 2 }),
  'count 2 of a role': three({ count: 2 }, { assignees: bySeats }),
  'count 2, rejections collected': three({ count: 2 }, { onReject: 'collect' }),
  'count 3': three({ count: 3 }),
  'all, rejections collected': three({ all: true }, { onReject: 'collect' }),
  'half of the seated': three({ percent: '50', of: 'seated' }, { onReject: 'collect' }),
  'two thirds of the seated': three({ percent: '66.66', of: 'seated' }, { onReject: 'collect' }),
  'half of the votes cast': three({ percent: '50', of: 'cast' }, { onReject: 'collect' }),
  'half of the votes, most taking part': three(
    { percent: '50', of: 'cast', participation: '60' },
    { onReject: 'collect' },
  ),
  'weight 3': three({ weight: 3 }, { assignees: byName([{ weight: 2 }]), onReject: 'collect' }),
  'a veto': three({ count: 2 }, { assignees: byName([{ veto: true }]), onReject: 'collect' }),
  'any, but two people': three({ any: true }, { floor: 2 }),
  'one and the other group': three(
    {
      and: [
        { any: true, group: 'risk' },
        { count: 1, group: 'credit' },
      ],
    },
    { assignees: byName([{ group: 'risk' }, { group: 'credit' }, { group: 'credit' }]) },
  ),
  'one or the other group': three(
    {
      or: [
        { all: true, group: 'risk' },
        { count: 2, group: 'credit' },
      ],
    },
    { assignees: byName([{ group: 'risk' }, { group: 'credit' }, { group: 'credit' }]), onReject: 'collect' },
  ),
  'two of one assignee besides': three(
    { count: 1 },
    { assignees: [example.officer({ seats: 2, minApprovals: 2 }), example.manager({ seats: 1 })] },
  ),
};

type Attempts = Readonly<{
  /** What has happened before. */
  before?: readonly ReviewCommand[];
  commands: (review: StartedReview) => readonly ReviewCommand[];
}>;

const seatOf = (review: StartedReview, ref: string): string => {
  const seats = review.executions.at(-1)?.assignments ?? [];
  return (seats.find((seat) => seat.ref === ref) ?? seats.at(-1))?.assignmentId ?? 'none';
};
const firstSeat = ({ executions }: StartedReview): string => executions.at(-1)?.assignments[0]?.assignmentId ?? 'none';
const decisionOf = (review: StartedReview, by: string): string =>
  review.decisions.find(({ actorId }) => actorId === by)?.decisionId ?? 'none';
const approve = (by: string, more: object = {}) => example.approve(by, { ...how, ...more });
const reject = (by: string) => example.reject(by, how);
const changed = { ...example.loan, amountMinor: '1' };
/** Ids of what commands make are theirs: the same in every run. */
const named = (commands: readonly ReviewCommand[], where: string): readonly ReviewCommand[] =>
  commands.map((command, at) => ({
    ...command,
    metadata: { ...command.metadata, commandId: `00000000-0000-5000-8000-${where}${String(at).padStart(8, '0')}` },
  }));

/** What may come at the same moment. */
export const attempts: Readonly<Record<string, Attempts>> = {
  'three approvals, one of them twice': {
    commands: () => [approve('ann'), approve('bob'), approve('cat'), approve('ann')],
  },
  'approvals against a rejection and an abstention': {
    commands: () => [approve('ann'), approve('bob'), reject('cat'), example.abstain('ann', how)],
  },
  'two rejections and two approvals': {
    commands: () => [reject('ann'), reject('bob'), approve('cat'), approve('bob')],
  },
  'the submitter among them': {
    commands: () => [approve('olly'), approve('ann'), approve('bob'), reject('olly')],
  },
  'a seat moves while it is filled': {
    commands: (review) => [
      approve('bob'),
      example.reassign('mia', seatOf(review, 'bob'), 'max', how),
      approve('max'),
      approve('ann'),
    ],
  },
  'a new revision under the hands of the approvers': {
    commands: () => [example.resubmit(changed, how), approve('ann'), approve('bob'), approve('ann', { revision: 2 })],
  },
  'a new revision after an approval, and one that reverts it': {
    before: [approve('ann')],
    commands: () => [
      example.resubmit(changed, how),
      example.resubmit(example.loan, how),
      approve('bob'),
      approve('cat', { revision: 3 }),
    ],
  },
  'changes are asked for': {
    commands: () => [
      example.requestChanges('ann', how),
      approve('bob'),
      approve('cat'),
      example.resubmit(changed, how),
    ],
  },
  'changes that were asked for are brought': {
    before: [example.requestChanges('ann', how)],
    commands: () => [
      example.resubmit(changed, how),
      approve('bob', { revision: 2 }),
      approve('cat', { revision: 2 }),
      approve('ann', { revision: 2 }),
    ],
  },
  'a decision is taken back': {
    before: [approve('ann')],
    commands: (review) => [
      example.rescind('ann', decisionOf(review, 'ann'), how),
      approve('bob'),
      approve('cat'),
      approve('ann'),
    ],
  },
  'a decision is turned around': {
    before: [approve('ann')],
    commands: (review) => [
      example.changeDecision('ann', decisionOf(review, 'ann'), 'reject', how),
      approve('bob'),
      approve('cat'),
      example.rescind('ann', decisionOf(review, 'ann'), how),
    ],
  },
  'somebody steps back': {
    commands: (review) => [
      example.recuse('ann', seatOf(review, 'ann'), how),
      approve('ann'),
      approve('bob'),
      approve('cat'),
    ],
  },
  'somebody is asked in addition': {
    commands: () => [example.addApprover('mia', { user: 'max' }, how), approve('max'), approve('ann'), reject('bob')],
  },
  'people act for others, and for the submitter': {
    commands: () => [
      approve('dan', { onBehalfOf: 'ann' }),
      approve('ann'),
      approve('dan', { onBehalfOf: 'olly' }),
      approve('olly', { onBehalfOf: 'bob' }),
    ],
  },
  'people act for others by way of the submitter': {
    commands: () => [
      approve('dan', { onBehalfOf: 'ann', path: ['ann', 'olly'] }),
      approve('olly', { onBehalfOf: 'bob' }),
      approve('ann'),
      approve('bob'),
    ],
  },
  'a rung hands over what is open': {
    commands: ({ executions }) => [
      example.fireTimer(
        { executionId: executions.at(-1)?.executionId ?? 'none', kind: 'rung', rungId: 'r1', generation: 1 },
        { ...how, time: '11:00' },
      ),
      approve('bob'),
      approve('max'),
      approve('ann'),
    ],
  },
  'somebody keeps a seat': {
    commands: (review) => [
      example.claim('ann', firstSeat(review), how),
      approve('bob'),
      example.release('ann', firstSeat(review), how),
      approve('cat'),
    ],
  },
  'somebody leaves': {
    commands: () => [example.vacateSeats('ann', gone), approve('ann'), approve('bob'), approve('cat')],
  },
  'a question is asked and answered': {
    commands: () => [example.requestInfo('ann', how), example.provideInfo('olly', how), approve('bob'), approve('cat')],
  },
  'it is decided from above, also by its submitter': {
    commands: () => [
      example.override('approve', { ...how, by: 'ada' }),
      example.override('approve', { ...how, by: 'olly' }),
      approve('ann'),
      reject('bob'),
    ],
  },
  'it is cancelled': {
    commands: () => [example.cancel('ada', how), approve('ann'), approve('bob'), approve('cat')],
  },
  'it is withdrawn': {
    commands: () => [example.withdraw('olly', how), approve('ann'), approve('bob'), approve('cat')],
  },
  'it is held': {
    commands: () => [example.hold('mia', how), example.resume('mia', how), approve('ann'), approve('bob')],
  },
};

export interface Size {
  readonly append?: Append;
  readonly only?: (name: string) => boolean;
  /** How many of the commands come; all four unless told. */
  readonly commands?: number;
  /** How schedules are followed; those that meet are looked at once unless told. */
  readonly follow?: (encounter: Encounter) => Exploration;
}

/** All steps × all attempts × fresh and remembered state. */
export function exploreAll({
  append,
  only = () => true,
  commands: most = 4,
  follow = explore,
}: Size = {}): Exploration {
  const faults = new Set<string>();
  const endings = new Set<string>();
  let schedules = 0;
  for (const [rule, step] of Object.entries(steps))
    for (const [attempt, { before = [], commands }] of Object.entries(attempts)) {
      const name = `${rule}: ${attempt}`;
      if (!only(name)) continue;
      const start = begun(step, before);
      if (start.review.status === 'not_started') throw new Error('Nothing was started.');
      const all = named(commands(start.review), '0001').slice(0, most);
      for (const remembered of [false, true]) {
        const found = follow({
          start,
          commands: all,
          remembered,
          ...(append && { append }),
          judge: (end, ended) => [
            ...faultsOf(end.appends, step),
            ...(ended.includes('gave up') ? ['gave up'] : []),
            ...standstill(end),
          ],
        });
        schedules += found.schedules;
        for (const fault of found.faults) faults.add(`${name}: ${fault}`);
        for (const ending of found.endings) endings.add(ending);
      }
    }
  return { schedules, faults, endings };
}

function begun(step: Step, before: readonly ReviewCommand[]): History {
  const told = named([example.start(example.definition(step), how), ...before], '0000');
  return told.reduce<History>(
    (history, command, at) => {
      const answer = history.decide(command, at);
      return 'events' in answer && answer.events.length > 0 ? history.with(answer.events, `before ${at}`) : history;
    },
    History.of(reviewDecider, []),
  );
}

/** An open review that nobody can move any more, and that does not say so. */
function standstill(end: History): readonly string[] {
  const { review } = end;
  if (!isOpen(review)) return [];
  if (explanation(review).conditions.length === 0) return ['open, and it waits for nothing'];
  if (review.status !== 'in_review' || review.executions.some(({ status }) => status === 'blocked')) return [];
  const names = ['ann', 'bob', 'cat', 'mia', 'max', 'mel', 'ada'];
  const { revision } = currentRevision(review);
  const canGoOn = names.some((name, at) => 'events' in end.decide(approve(name, { revision }), 100 + at));
  return canGoOn ? [] : ['nobody can go on'];
}
