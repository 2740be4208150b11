import { jest } from '@jest/globals';
import type { Step } from '#libs/kernel/domain/workflow-definition';
import type * as EvaluateModule from '../evaluate.js';
import type * as EvolveModule from '../review.evolve.js';
import type * as FourEyesModule from '../four-eyes.js';
import type * as ExplorerModule from './scenarios.examples.js';
import type * as HistoryModule from './explore.examples.js';
import type * as RuleModule from '../rule.js';
import type * as ScopeModule from '../scope-hash.js';
import type * as SeatsModule from '../seats.js';
import type { CaseFile } from '../review.state.js';

/*
 * Mistakes that somebody could make, each put in the place of one function of the product while the explorer runs. An
 * explorer that finds nothing wrong with one of them would find nothing wrong with the real one either.
 */

type Explorer = typeof ExplorerModule;
type Variant = (real: never) => object;
type Where = (name: string) => boolean;

/** One mistake: the module it is made in, the functions it replaces, and where it must be found. */
interface Bug {
  readonly path: string;
  readonly variant: Variant;
  readonly only: Where;
}

const load = async <M>(path: string): Promise<M> => (await import(path)) as M;

const found = (path: string, variant: Variant, only: Where): Bug => ({ path, variant, only });

/**
 * The explorer over rules in which functions of one module can be exchanged. Everything else is real; the module's own
 * functions are those of the rules as they were loaded first.
 */
async function exchanging(path: string) {
  jest.resetModules();
  const real = await load<Record<string, unknown>>(path);
  jest.resetModules();
  let variant: Record<string, unknown> = {};
  const exchangeable = Object.entries(real).map(([name, it]) => [
    name,
    typeof it === 'function'
      ? (...given: unknown[]) => ((variant[name] ?? it) as (...all: unknown[]) => unknown)(...given)
      : it,
  ]);
  jest.unstable_mockModule(path, () => Object.fromEntries(exchangeable) as object);
  const { exploreAll } = await load<Explorer>('./scenarios.examples.js');
  jest.unstable_unmockModule(path);
  return ({ variant: make, only }: Bug): ReadonlySet<string> => {
    variant = make(real as never) as Record<string, unknown>;
    try {
      return exploreAll({ only }).faults;
    } finally {
      variant = {};
    }
  };
}

const rule =
  (change: (real: typeof RuleModule.evaluateRule) => typeof RuleModule.evaluateRule) =>
  ({ evaluateRule }: typeof RuleModule) => ({ evaluateRule: change(evaluateRule) });

/** Steps judged otherwise, wherever the rules ask how a step stands. */
const judging =
  (otherwise: (review: CaseFile) => CaseFile) =>
  ({ evaluateStep }: typeof EvaluateModule) => {
    const judged = ((review, ...more) => evaluateStep(otherwise(review), ...more)) as typeof evaluateStep;
    return {
      evaluateStep: judged,
      stillSatisfied: (review: CaseFile, index: number) =>
        review.executions.findLast((it) => it.index === index)?.status === 'satisfied' &&
        judged(review, index).outcome === 'satisfied',
    };
  };

/** The step judged as if it asked for something else. */
const asIf = (change: (step: Step) => Step) => judging((review) => ({ ...review, steps: review.steps.map(change) }));

const evolve =
  (change: (real: typeof EvolveModule.evolve) => typeof EvolveModule.evolve) =>
  ({ evolve: real }: typeof EvolveModule) => ({ evolve: change(real) });

/** The guard, told of other people than there are. */
const guard =
  (told: (identities: FourEyesModule.Identities) => FourEyesModule.Identities) =>
  ({ guardFourEyes: real }: typeof FourEyesModule) => ({
    guardFourEyes: ((review, index, identities, directory) =>
      real(review, index, told(identities), directory)) as typeof real,
  });

const under =
  (...words: string[]) =>
  (name: string) =>
    words.every((word) => name.includes(word));

const bugs: Readonly<Record<string, Bug>> = {
  'a quorum is reached one approval early': found(
    '../rule.js',
    rule(
      (real) =>
        (asked, ...rest) =>
          real('count' in asked ? { ...asked, count: Math.max(1, asked.count - 1) } : asked, ...rest),
    ),
    under('count 2: three approvals'),
  ),
  'a quorum waits for one approval too many': found(
    '../rule.js',
    rule(
      (real) =>
        (asked, ...rest) =>
          real('count' in asked ? { ...asked, count: asked.count + 1 } : asked, ...rest),
    ),
    under('count 2: three approvals'),
  ),
  'a share is rounded down': found(
    '../rule.js',
    rule(
      (real) =>
        (asked, casts, ...rest) =>
          real(
            'percent' in asked
              ? { count: Math.max(1, Math.floor((Number(asked.percent) * casts.length) / 100)) }
              : asked,
            casts,
            ...rest,
          ),
    ),
    under('half of the seated: three approvals'),
  ),
  'all means any': found(
    '../rule.js',
    rule(
      (real) =>
        (asked, ...rest) =>
          real('all' in asked ? { any: true } : asked, ...rest),
    ),
    under('all: three approvals'),
  ),
  'an abstention counts as an approval': found(
    '../rule.js',
    rule(
      (real) =>
        (asked, casts, ...rest) =>
          real(
            asked,
            casts.map((it) => (it.verdict === 'abstain' ? { ...it, verdict: 'approve' as const } : it)),
            ...rest,
          ),
    ),
    under('count 2: approvals against'),
  ),
  'a rejection that is collected is lost': found(
    '../rule.js',
    rule(
      (real) =>
        (asked, casts, ...rest) =>
          real(
            asked,
            casts.map((it) => (it.verdict === 'reject' ? { ...it, verdict: null } : it)),
            ...rest,
          ),
    ),
    under('rejections collected: two rejections'),
  ),
  'every vote weighs the same': found(
    '../rule.js',
    rule(
      (real) =>
        (asked, casts, ...rest) =>
          real(
            asked,
            casts.map((it) => ({ ...it, weight: 1 })),
            ...rest,
          ),
    ),
    under('weight 3: three approvals'),
  ),
  'either group will do where both are asked': found(
    '../rule.js',
    rule(
      (real) =>
        (asked, ...rest) =>
          real('and' in asked ? { or: asked.and } : asked, ...rest),
    ),
    under('one and the other group: three approvals'),
  ),
  'a veto is one vote among others': found(
    '../evaluate.js',
    judging((review) => ({
      ...review,
      executions: review.executions.map((execution) => ({
        ...execution,
        assignments: execution.assignments.map((it) => ({ ...it, veto: false })),
      })),
    })),
    under('a veto: two rejections'),
  ),
  'the first rejection no longer ends the step': found(
    '../evaluate.js',
    asIf((step) => ({ ...step, onReject: 'collect' })),
    under('count 2: two rejections'),
  ),
  'the floor of different people is forgotten': found(
    '../evaluate.js',
    asIf((step) => ({ ...step, floor: 1 })),
    under('any, but two people: three approvals'),
  ),
  'what one assignee owes besides is forgotten': found(
    '../evaluate.js',
    asIf((step) => ({ ...step, assignees: step.assignees.map((it) => ({ ...it, minApprovals: 1 })) })),
    under('two of one assignee besides: three approvals'),
  ),
  'a step that was only started counts as satisfied': found(
    '../evaluate.js',
    () => ({ stillSatisfied: (review: CaseFile) => review.executions.length > 0 }),
    under('count 2: a new revision under'),
  ),
  'one person is counted twice': found(
    '../standing.js',
    () => ({ voices: () => [] }),
    under('count 2 of a role: approvals against'),
  ),
  'the hash of what was approved is not looked at': found(
    '../scope-hash.js',
    () => ({ scopeHash: (): ReturnType<typeof ScopeModule.scopeHash> => 'always' }),
    under('count 2: a new revision'),
  ),
  'the revision that was seen is not looked at': found(
    '../seats.js',
    ({ takeSeat }: typeof SeatsModule) => ({
      takeSeat: ((review, attempt, ...rest) =>
        takeSeat(review, { ...attempt, reviewedRevision: review.revisions.length }, ...rest)) as typeof takeSeat,
    }),
    under('count 2: a new revision under'),
  ),
  'the guard is skipped on the way to a seat': found(
    '../four-eyes.js',
    () => ({ guardFourEyes: () => undefined }),
    under('count 2 of a role: the submitter'),
  ),
  'the guard looks at the principal only': found(
    '../four-eyes.js',
    guard(({ actorId, onBehalfOf }) => ({ actorId: onBehalfOf ?? actorId, onBehalfOf: null, delegationPath: [] })),
    under('count 2: people act for others by way'),
  ),
  'the guard forgets the path': found(
    '../four-eyes.js',
    guard((identities) => ({ ...identities, delegationPath: [] })),
    under('count 2: people act for others by way'),
  ),
  'whoever has stepped back is not remembered': found(
    '../review.evolve.js',
    evolve(
      (real) => (review, event) =>
        real(
          review,
          event.type === 'AssignmentVoided' ? { ...event, data: { ...event.data, cause: 'role-lost' } } : event,
        ),
    ),
    under('count 2 of a role: somebody steps back'),
  ),
  'a seat that was moved can still be filled': found(
    '../review.evolve.js',
    evolve((real) => (review, event) => {
      const next = real(review, event);
      if (event.type !== 'AssignmentTransferred' || next.status === 'not_started') return next;
      const executions = next.executions.map((execution) => ({
        ...execution,
        assignments: execution.assignments.map((it) =>
          it.assignmentId === event.data.assignmentId ? { ...it, live: true, gone: null } : it,
        ),
      }));
      return { ...next, executions };
    }),
    under('all: a seat moves'),
  ),
  'what somebody keeps is not kept': found(
    '../review.evolve.js',
    evolve((real) => (review, event) => (event.type === 'AssignmentClaimed' ? review : real(review, event))),
    under('count 2 of a role: somebody keeps'),
  ),
  'a rung that fired moves nothing': found(
    '../review.evolve.js',
    evolve((real) => (review, event) => (event.type === 'AssignmentTransferred' ? review : real(review, event))),
    under('all: a rung hands over'),
  ),
  'whoever has left still counts': found(
    '../review.evolve.js',
    evolve((real) => (review, event) => (event.type === 'AssignmentVoided' ? review : real(review, event))),
    under('count 2: somebody leaves'),
  ),
  'a decision taken back still counts': found(
    '../review.evolve.js',
    evolve((real) => (review, event) => (event.type === 'DecisionRescinded' ? review : real(review, event))),
    under('count 2: a decision is taken back'),
  ),
  'a decision turned around stays what it was': found(
    '../review.evolve.js',
    evolve((real) => (review, event) => (event.type === 'DecisionChanged' ? review : real(review, event))),
    under('count 2: a decision is turned around'),
  ),
  'items to change no longer keep a step open': found(
    '../evaluate.js',
    judging((review) => ({ ...review, changeRequests: [] })),
    under('count 2: changes that were'),
  ),
};

/** Appending done wrong: no function of the product, but what the stream handler promises. */
const appends: Readonly<Record<string, HistoryModule.Append>> = {
  'an append does not look at the revision': (log, _, events, by) => log.with(events, by),
  'what was overtaken once is appended as it was decided': (log, seen, events, by) =>
    log.appends.length - seen.appends.length === 1 ? log.with(events, by) : exactlyAt(log, seen, events, by),
};

const exactlyAt: HistoryModule.Append = (log, seen, events, by) => (log === seen ? log.with(events, by) : 'conflict');

describe('A mistake in the rules is found', () => {
  it('there are enough of them', () =>
    expect(Object.keys(bugs).length + Object.keys(appends).length).toBeGreaterThanOrEqual(20));

  describe.each([...Map.groupBy(Object.entries(bugs), ([, { path }]) => path)])('in %s', (path, planted) => {
    let explorer: Awaited<ReturnType<typeof exchanging>>;
    beforeAll(async () => {
      explorer = await exchanging(path);
    });

    it.each(planted)('%s', (_, bug) => {
      expect(explorer({ ...bug, variant: () => ({}) })).toEqual(new Set());
      expect(explorer(bug).size).toBeGreaterThan(0);
    });
  });

  it.each(Object.entries(appends))('%s', async (_, append) => {
    const { exploreAll } = await load<Explorer>('./scenarios.examples.js');
    expect(exploreAll({ append, only: under('count 2: three approvals') }).faults.size).toBeGreaterThan(0);
  });
});
