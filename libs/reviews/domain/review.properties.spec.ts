import fc from 'fast-check';
import { DomainError } from '#libs/kernel/domain/domain-error';
import { evaluateCondition, type Condition } from '#libs/kernel/domain/condition';
import type { Assignee, Definition, FourEyes, Rule, Rung, Step } from '#libs/kernel/domain/workflow-definition';
import type { JsonObject } from '#libs/kernel/domain/json';
import { EventRegistry } from '#libs/event-store/application/event-registry';
import type { Directory } from './directory.js';
import type { EventData } from './event-data.js';
import { evaluate } from './evaluate.js';
import type { ReviewCommand } from './review.commands.js';
import { reviewDecider } from './review.decider.js';
import { reviewEvents, type ReviewEvent } from './review.events.js';
import * as example from './review.examples.js';
import { currentRevision, latestExecution, runningExecutions, type Review } from './review.state.js';
import { stageOf } from './stages.js';
import { eligibility, mayDecide } from './views/eligibility.js';
import { explanation } from './views/explanation.js';
import { receiptState } from './views/receipt-state.js';
import { reviewChain } from './views/review-chain.js';
import { reviewDetail } from './views/review-detail.js';

/* Random workflows, random people doing random things. What must hold, whatever they do. */

const NAMES = ['olly', 'ann', 'bob', 'mia', 'max', 'ada', 'vic'] as const;
/** Raise it to look harder. */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 200);
const registry = new EventRegistry(reviewEvents);

const name = fc.constantFrom(...NAMES);
const assignee: fc.Arbitrary<Assignee> = fc
  .record(
    {
      who: fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom('officer', 'manager').map((id) => ({ type: 'ROLE' as const, id })) },
        { weight: 1, arbitrary: name.map((id) => ({ type: 'USER' as const, id })) },
      ),
      seats: fc.integer({ min: 1, max: 3 }),
      minApprovals: fc.constantFrom(1, 1, 2),
      veto: fc.boolean(),
      scope: fc.constantFrom('/amountMinor', '/purpose').map((path) => [path]),
      group: fc.constantFrom('a', 'a', 'b'),
      weight: fc.constantFrom(1, 2, 3),
    },
    { requiredKeys: ['who'] },
  )
  .map(({ who, seats, minApprovals, ...rest }) => ({
    ...who,
    ...rest,
    ...(who.type === 'ROLE' && seats !== undefined && { seats: Math.max(seats, minApprovals ?? 1) }),
    ...(minApprovals !== undefined && { minApprovals: who.type === 'USER' ? 1 : minApprovals }),
  }));

const rung: fc.Arbitrary<Omit<Rung, 'id'>> = fc.record({
  at: fc.constantFrom('50%', '0', '+4h', 'start+48h'),
  action: fc.constantFrom(
    'remind',
    'add',
    'add',
    'transfer',
    'transfer',
    'priority',
    'none',
    'auto_reject',
    'auto_approve',
    'expire',
  ),
  to: fc.oneof(
    name.map((user) => ({ user })),
    fc.constantFrom('officer', 'manager').map((role) => ({ role })),
  ),
});

const percent = fc.constantFrom('34', '50', '66.67', '100');
const leaf: fc.Arbitrary<Rule> = fc
  .tuple(
    fc.oneof(
      {
        weight: 4,
        arbitrary: fc.constantFrom<Rule>({ count: 1 }, { count: 1 }, { count: 2 }, { count: 2 }, { count: 3 }),
      },
      { weight: 2, arbitrary: fc.constantFrom<Rule>({ any: true }, { all: true }) },
      { weight: 1, arbitrary: fc.constantFrom<Rule>({ weight: 1 }, { weight: 3 }) },
      { weight: 1, arbitrary: percent.map((it): Rule => ({ percent: it, of: 'seated' })) },
      {
        weight: 2,
        arbitrary: fc
          .tuple(percent, fc.option(percent))
          .map(([it, cast]): Rule => ({ percent: it, of: 'cast', ...(cast !== null && { participation: cast }) })),
      },
    ),
    fc.option(fc.constant('a'), { freq: 4 }),
  )
  .map(([rule, group]) => (group === null ? rule : { ...rule, group }));
/** One leaf as a rule, now and then several joined with and/or. */
const rule: fc.Arbitrary<Rule> = fc.oneof(
  { weight: 4, arbitrary: leaf },
  {
    weight: 1,
    arbitrary: fc.letrec<{ rule: Rule }>((tie) => ({
      rule: fc.oneof(
        { maxDepth: 3 },
        leaf,
        fc.array(tie('rule'), { minLength: 1, maxLength: 3 }).map((and) => ({ and })),
        fc.array(tie('rule'), { minLength: 1, maxLength: 3 }).map((or) => ({ or })),
      ),
    })).rule,
  },
);

const stepOver = fc.record({
  assignees: fc.array(assignee, { minLength: 1, maxLength: 3 }),
  rule,
  floor: fc.constantFrom(1, 1, 1, 2, 2, 0),
  distinct: fc.constantFrom('step' as const, 'review' as const),
  onReject: fc.constantFrom('immediate' as const, 'collect' as const),
  staleness: fc.constantFrom('scoped' as const, 'any' as const, 'never' as const),
  sla: fc.constantFrom(null, { value: 8, unit: 'WALL_HOUR' as const }),
  ladder: fc.array(rung, { maxLength: 3 }).map((rungs) => rungs.map((it, at) => ({ id: `r${at}`, ...it }))),
});
const besides = fc.record(
  {
    maxRounds: fc.integer({ min: 1, max: 3 }),
    electorate: fc.constantFrom('frozen' as const, 'live' as const),
    parallel: fc.constant(true as const),
    when: fc.constantFrom<Condition>(
      { eq: ['purpose', 'van'] },
      { gt: ['amountMinor', '1'] },
      { lt: ['amountMinor', '1'] },
      { exists: 'guarantor.name' },
      { gt: ['guarantor.income', '0'] },
    ),
  },
  { requiredKeys: [] },
);
const steps: fc.Arbitrary<Step[]> = fc
  .array(fc.tuple(stepOver, besides), { minLength: 1, maxLength: 3 })
  .map((all) =>
    all.map(([over, { parallel, ...more }], index) =>
      example.step(`step-${index}`, { ...over, ...more, ...(parallel && index > 0 && { parallel }) }),
    ),
  );
const fourEyes: fc.Arbitrary<FourEyes> = fc.constantFrom(
  { submitter: true, editors: true },
  { submitter: true, editors: true },
  { submitter: true, editors: true, conflicts: ['bob'] },
  { submitter: true, editors: true, noUpward: true },
);

const directory: fc.Arbitrary<Directory> = fc.constantFrom(
  example.directory(),
  example.directory(),
  example.directory({ userId: 'vic', roles: ['officer', 'manager'], active: true }),
  example.directory({ userId: 'vic', roles: ['officer', 'manager'], active: true }),
  example.directory({ userId: 'ann', roles: ['viewer'], active: true }),
  example.directory({ userId: 'mia', roles: ['manager'], active: false }, { userId: 'max', roles: [], active: true }),
);

/** A command that is made when its turn comes: it may speak of what is there by then. */
type Move = (review: Review, time: string) => ReviewCommand;
const revisionOf = (review: Review, stale: boolean) =>
  (review.status === 'not_started' ? 1 : currentRevision(review).revision) - (stale ? 1 : 0);
const rarely = fc.integer({ min: 0, max: 9 }).map((n) => n === 0);
const content = fc.record({ amountMinor: fc.constantFrom('1', '2'), purpose: fc.constantFrom('van', 'bus') });
const target = fc.oneof(
  name.map((user) => ({ user })),
  fc.constantFrom('officer', 'manager').map((role) => ({ role })),
);

/** One of those who may act now, nobody in particular when there is none. */
function ableIn(review: Review, people: Directory, turn: number): string {
  const able = review.status === 'not_started' ? [] : NAMES.filter((by) => mayDecide(review, by, people).may);
  return able[turn % Math.max(1, able.length)] ?? 'vic';
}

const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc
      .tuple(
        name,
        fc.constantFrom('approve', 'approve', 'approve', 'approve', 'abstain', 'reject'),
        rarely,
        directory,
        fc.option(name, { nil: undefined, freq: 6 }),
      )
      .map(
        ([by, verdict, stale, people, onBehalfOf]): Move =>
          (review, time) =>
            example.decide(by, verdict as 'approve', {
              revision: revisionOf(review, stale),
              time,
              directory: people,
              ...(onBehalfOf !== undefined && onBehalfOf !== by && { onBehalfOf }),
            }),
      ),
  },
  {
    // Whoever may approve does: so that stories get somewhere.
    weight: 12,
    arbitrary: fc.tuple(fc.nat(6), directory).map(([turn, people]): Move => (review, time) => {
      const by = ableIn(review, people, turn);
      return example.approve(by, { revision: revisionOf(review, false), time, directory: people });
    }),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.nat(6), directory, fc.boolean()).map(
      ([turn, people, blocking]): Move =>
        (review, time) =>
          example.requestChanges(ableIn(review, people, turn), {
            revision: revisionOf(review, false),
            time,
            directory: people,
            items: [{ text: 'Change this' }, { text: 'And this', blocking }],
          }),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(content, directory, rarely).map(
      ([next, people, byBob]): Move =>
        (_, time) =>
          example.resubmit(next, { time, directory: people, ...(byBob && { by: 'bob', onBehalfOf: 'olly' }) }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(name, fc.option(target, { nil: undefined }), directory).map(
      ([by, to, people]): Move =>
        (_, time) =>
          example.escalate(by, { ...(to && { to }), time, directory: people, may: { reassign: true } }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.nat(6), directory).map(([turn, people]): Move => (review, time) => {
      const running = runningExecutions(review);
      const execution = running[turn % Math.max(1, running.length)];
      const which = turn % 4;
      return example.fireTimer(
        {
          executionId: execution?.executionId ?? 'none',
          generation: execution?.clock.generation ?? 1,
          ...(which === 3 ? { kind: 'breach' } : { kind: 'rung', rungId: `r${which}` }),
        },
        { time, directory: people },
      );
    }),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.boolean(), fc.boolean()).map(([own, all]): Move => (review, time) => {
      const request = review.status === 'not_started' ? undefined : review.changeRequests.at(-1);
      const items = (request?.items ?? []).slice(0, all ? 2 : 1).map(({ itemId }) => itemId);
      const by = request?.requestedBy ?? 'vic';
      return own ? example.clearChanges(by, items, { time }) : example.dismissChanges('mia', items, { time });
    }),
  },
  {
    weight: 1,
    arbitrary: rarely.map(
      (yes): Move =>
        (_, time) =>
          example.withdraw(yes ? 'olly' : 'vic', { time }),
    ),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.nat(6), directory, fc.integer({ min: 0, max: 4 }))
      .map(([turn, people, what]): Move => (review, time) => {
        const how = { time, directory: people };
        if (review.status === 'info_requested') return example.provideInfo('olly', how);
        if (review.status === 'on_hold' && what > 0) return example.resume('mia', how);
        return what === 0 ? example.hold('mia', how) : example.requestInfo(ableIn(review, people, turn), how);
      }),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(name, fc.boolean(), rarely, directory)
      .map(([by, yes, cancels, people]): Move => (review, time) => {
        const how = { by, time, directory: people };
        if (cancels) return example.cancel(by, how);
        const [running] = runningExecutions(review);
        return example.override(yes ? 'approve' : 'reject', { ...how, ...(running && { step: running.step }) });
      }),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(name, fc.constantFrom('smart' as const, 'restart' as const), directory).map(
      ([by, mode, people]): Move =>
        (_, time) =>
          example.reopen(mode, { by, time, directory: people }),
    ),
  },
  {
    weight: 8,
    arbitrary: fc
      .tuple(
        fc.constantFrom(
          'claim',
          'claim',
          'claim',
          'release',
          'release',
          'take-over',
          'take-over',
          'reassign',
          'recuse',
        ),
        name,
        fc.nat(5),
        directory,
      )
      .map(([what, by, which, people]): Move => (review, time) => {
        const seat = seatIn(review, which, what === 'release' || what === 'take-over');
        const how = { time, directory: people };
        if (what === 'claim') return example.claim(ableIn(review, people, which), seat, how);
        if (what === 'release') return example.release(holderOf(review, seat) ?? by, seat, how);
        if (what === 'take-over') return example.takeOver(by, seat, how);
        return what === 'recuse' ? example.recuse(by, seat, how) : example.reassign('ada', seat, by, how);
      }),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(target, fc.nat(2), directory).map(([to, which, people]): Move => (review, time) => {
      const running = runningExecutions(review);
      const { step = 'none' } = running[which % Math.max(1, running.length)] ?? {};
      return example.addApprover('ada', to, { step, time, directory: people });
    }),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom('approve', 'reject', 'abstain', 'abstain', 'rescind', 'rescind'), fc.nat(3), directory)
      .map(([what, back, people]): Move => (review, time) => {
        const newest = review.status === 'not_started' ? [] : review.decisions.toReversed();
        const { decisionId = 'none', actorId = 'vic' } = newest[back % Math.max(1, newest.length)] ?? {};
        const how = { time, directory: people, revision: revisionOf(review, false) };
        return what === 'rescind'
          ? example.rescind(actorId, decisionId, how)
          : example.changeDecision(actorId, decisionId, what as 'approve', how);
      }),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(name, directory).map(
      ([who, people]): Move =>
        (_, time) =>
          example.vacateSeats(who, { time, directory: people }),
    ),
  },
);

/** An assignment of a running step; one that is claimed, where there is one and one is wanted. */
function seatIn(review: Review, which: number, isClaimed: boolean): string {
  const all = runningExecutions(review).flatMap(({ assignments }) => assignments);
  const claimed = isClaimed ? all.filter(({ claim }) => claim !== null) : [];
  const seats = claimed.length > 0 ? claimed : all;
  return seats[which % Math.max(1, seats.length)]?.assignmentId ?? 'none';
}

const holderOf = (review: Review, seat: string): string | undefined =>
  runningExecutions(review)
    .flatMap(({ assignments }) => assignments)
    .find(({ assignmentId }) => assignmentId === seat)?.claim?.claimedBy;

interface Run {
  readonly workflow: Definition;
  readonly events: readonly ReviewEvent[];
  readonly people: Directory;
}

/** Lets everybody act in turn; refusals are part of life. */
function play(
  workflow: Definition,
  moves: readonly Move[],
  observe?: (command: ReviewCommand, review: Review) => void,
): Run {
  const events: ReviewEvent[] = [];
  let review: Review = reviewDecider.initialState;
  const act = (command: ReviewCommand) => {
    observe?.(command, review);
    try {
      for (const event of reviewDecider.decide(command, review)) {
        events.push(event);
        review = reviewDecider.evolve(review, event, { revision: 0n, recordedAt: '', actorId: '' });
      }
    } catch (refusal) {
      if (!(refusal instanceof DomainError)) throw refusal;
    }
  };
  act(example.start(workflow, { content: { amountMinor: '1', purpose: 'van' } }));
  moves.forEach((next, turn) =>
    act(next(review, new Date(Date.parse(example.at('09:00')) + turn * 1_200_000).toISOString())),
  );
  return { workflow, events, people: example.directory() };
}

const script = fc.tuple(
  fc.tuple(steps, fourEyes).map(([all, eyes]) => ({ ...example.definition(...all), fourEyes: eyes })),
  fc.array(move, { minLength: 4, maxLength: 20, size: 'max' }),
);
const tell = () => fc.sample(script, { numRuns: RUNS }).map(([workflow, moves]) => play(workflow, moves));
let told: readonly Run[] | undefined;

/** Every property looks at the same stories, told once; of one that does not hold, fast-check looks for the shortest. */
function holds(check: (run: Run) => void, numRuns = RUNS): void {
  try {
    for (const run of (told ??= tell()).slice(0, numRuns)) check(run);
  } catch (fault) {
    fc.assert(
      fc.property(script, ([workflow, moves]) => check(play(workflow, moves))),
      { numRuns },
    );
    throw fault;
  }
}

const dataOf = <Type extends ReviewEvent['type']>(
  events: readonly ReviewEvent[],
  type: Type,
): readonly EventData<Type>[] =>
  events.flatMap((event) => (event.type === type ? [event.data as EventData<Type>] : []));

/** How many people a rule needs at least. */
function fewest(it: Rule): number {
  if ('and' in it) return Math.max(...it.and.map(fewest));
  if ('or' in it) return Math.min(...it.or.map(fewest));
  return 'count' in it ? it.count : 1;
}

describe('Whatever people do to a review', () => {
  it('the stories told here get somewhere', () => {
    const runs = fc.sample(script, { numRuns: 800, seed: 7 }).map(([workflow, moves]) => play(workflow, moves));
    const types = ['ReviewApproved', 'ReviewRejected', 'DecisionsInvalidated', 'StepBlocked', 'StepUnblocked'] as const;
    const more = [
      'ReviewReopened',
      'ReviewOverridden',
      'ReviewHeld',
      'InfoProvided',
      'ChangeItemsCleared',
      'SlaResumed',
      'RungFired',
      'RungSkipped',
      'AssignmentTransferred',
    ] as const;
    const seats = [
      'AssignmentClaimed',
      'AssignmentReleased',
      'AssignmentVoided',
      'DecisionChanged',
      'DecisionRescinded',
    ];
    const rare = [...types, ...more, ...seats].filter(
      (type) => runs.filter(({ events }) => events.some((event) => event.type === type)).length < 4,
    );
    expect(rare).toEqual([]);
  });

  it('the same history and command give the same events', () =>
    fc.assert(
      fc.property(script, ([workflow, moves]) => {
        play(workflow, moves, (command, review) => {
          const outcome = () => {
            try {
              return reviewDecider.decide(command, review);
            } catch (refusal) {
              return (refusal as DomainError).code;
            }
          };
          expect(outcome()).toEqual(outcome());
        });
      }),
      { numRuns: 100 },
    ));

  it('every event can be stored', () =>
    holds(({ events }) => {
      for (const { type, data } of events) registry.get(type)?.validate(JSON.parse(JSON.stringify(data)));
    }));

  it('there is one outcome, and nothing after it but a revision of what was approved, or a reopening', () =>
    holds(({ events }) => {
      let ended: string | null = null;
      for (const { type } of events) {
        // What came with the outcome.
        if (type === 'DecisionsRecounted') continue;
        const goesOn = { ReviewApproved: ['SubjectRevised', 'ReviewReopened'], ReviewRejected: ['ReviewReopened'] };
        if (ended !== null) expect(goesOn[ended as keyof typeof goesOn] ?? []).toContain(type);
        ended = /^Review(Approved|Rejected|Withdrawn|Expired|Cancelled)$/.test(type) ? type : null;
      }
    }));

  it('is approved only when every step was satisfied, or skipped because its condition said no, and not all were', () =>
    holds(({ workflow, events }) => {
      if (events.findLast(({ type }) => type !== 'DecisionsRecounted')?.type !== 'ReviewApproved') return;
      const review = example.fold(events);
      if (review.status === 'not_started') return;
      const content = currentRevision(review).content as JsonObject;
      const outcomes = workflow.steps.map(({ when }, index) => {
        const status = latestExecution(review, index)?.status;
        if (status === 'skipped') expect(when && evaluateCondition(when, content).value).toBe(false);
        return status;
      });
      for (const status of outcomes) expect(['satisfied', 'skipped']).toContain(status);
      expect(outcomes).toContain('satisfied');
    }));

  it('steps start stage by stage: nothing runs beside a stage that is not over', () =>
    holds(({ events }) => {
      events.forEach((_, at) => {
        const review = example.fold(events.slice(0, at + 1));
        const running = runningExecutions(review);
        const [first] = running;
        if (!first || review.status === 'not_started') return;
        for (const { index } of running) expect(stageOf(review.steps, first.index)).toContain(index);
        expect(new Set(running.map(({ index }) => index)).size).toBe(running.length);
      });
    }, 100));

  it('a step execution completes at most once', () =>
    holds(({ events }) => {
      const completed = dataOf(events, 'StepCompleted').map(({ executionId }) => executionId);
      expect(new Set(completed).size).toBe(completed.length);
    }));

  it('a step is never completed by fewer people than it asks for', () =>
    holds(({ workflow, events }) => {
      const decisions = new Map<string, { actorId: string; verdict: string }>();
      for (const { type, data } of events) {
        if (type === 'DecisionRecorded' || type === 'DecisionChanged') decisions.set(data.decisionId, data);
        if (type !== 'StepCompleted') continue;
        const { step: key, proof } = data;
        if (proof.state === 'overridden') continue;
        const step = workflow.steps.find((it) => it.key === key);
        const given = proof.decisions.map((id) => decisions.get(id));
        const people = new Set(given.map((it) => it?.actorId));
        expect(people.size).toBe(given.length);
        const asked = step ? fewest(step.rule) : 1;
        const minima = step?.assignees.reduce((sum, { minApprovals = 0 }) => sum + minApprovals, 0) ?? 0;
        expect(people.size).toBeGreaterThanOrEqual(Math.max(asked, minima, 1));
        expect(given.every((it) => it?.verdict === 'approve')).toBe(true);
      }
    }));

  it('nobody with a part in the subject decides on it', () =>
    holds(({ workflow, events }) => {
      let editor = 'olly';
      for (const { type, data } of events) {
        if (type === 'SubjectRevised') editor = data.revision.editorId;
        if (type !== 'DecisionRecorded' && type !== 'DecisionChanged') continue;
        const hands = [data.actorId, data.onBehalfOf, ...data.delegationPath];
        expect(hands).not.toContain('olly');
        expect(hands).not.toContain(editor);
        for (const person of workflow.fourEyes.conflicts ?? []) expect(hands).not.toContain(person);
      }
    }));

  it('no approval rests on decisions about something else', () =>
    fc.assert(
      fc.property(script, ([workflow, moves]) => {
        const strict = workflow.steps.map((step) => ({ ...step, staleness: 'any' as const }));
        const { events } = play({ ...workflow, steps: strict }, moves);
        const decisions = new Map(
          [...dataOf(events, 'DecisionRecorded'), ...dataOf(events, 'DecisionChanged')].map((it) => [
            it.decisionId,
            it,
          ]),
        );
        const completions = dataOf(events, 'StepCompleted');
        const skipped = new Set(dataOf(events, 'StepSkipped').map(({ step }) => step));
        const overrides = dataOf(events, 'ReviewOverridden');
        for (const { contentHash } of dataOf(events, 'ReviewApproved')) {
          const isAbout = (id: string) => decisions.get(id)?.scopeHash === contentHash;
          for (const { key } of workflow.steps) {
            if (skipped.has(key)) continue; // on the content of that time; the property above holds them to it
            const proofs = completions.filter((it) => it.step === key).map(({ proof }) => proof);
            const held = overrides.some((it) => it.step === key && it.contentHash === contentHash);
            expect(held || proofs.some(({ decisions }) => decisions.every(isAbout))).toBe(true);
          }
        }
      }),
      { numRuns: RUNS },
    ));

  it('nobody with a part in the subject overrides or reopens', () =>
    holds(({ events }) => {
      let editor = 'olly';
      for (const { type, data } of events) {
        if (type === 'SubjectRevised') editor = data.revision.editorId;
        if (type === 'ReviewOverridden') expect(['olly', editor]).not.toContain(data.overriddenBy);
        if (type === 'ReviewReopened') expect(['olly', editor]).not.toContain(data.reopenedBy);
      }
    }));

  it('what a reopening annulled never counts again, whatever is revised and reverted', () =>
    holds(({ events }) => {
      const annulled = new Set<string>();
      for (const { type, data } of events) {
        if (type === 'ReviewReopened') for (const id of data.annulled) annulled.add(id);
        if (type === 'StepStarted')
          expect((data.carried ?? []).filter(({ decisionId }) => annulled.has(decisionId))).toEqual([]);
        if (type === 'StepCompleted') expect(data.proof.decisions.filter((id) => annulled.has(id))).toEqual([]);
      }
    }));

  it('no clock runs, nobody decides and nothing ends by itself while a review waits or is held', () =>
    holds(({ events }) => {
      const waits = ['changes_requested', 'info_requested', 'on_hold'];
      const stirs = [
        'DecisionRecorded',
        'DecisionChanged',
        'StepCompleted',
        'RungFired',
        'SlaBreached',
        'ReviewApproved',
      ];
      let review: Review = reviewDecider.initialState;
      for (const event of events) {
        if (waits.includes(review.status)) expect(stirs).not.toContain(event.type);
        review = reviewDecider.evolve(review, event, { revision: 0n, recordedAt: '', actorId: '' });
      }
      if (waits.includes(review.status))
        for (const { clock } of runningExecutions(review)) expect(clock.runningSince).toBeNull();
    }));

  it('no assignment is ever lost: a step asks for as much as when it started, or more', () =>
    holds(({ events }) => {
      const review = example.fold(events);
      if (review.status === 'not_started') return;
      for (const { executionId, assignments } of dataOf(events, 'StepStarted')) {
        const execution = review.executions.find((it) => it.executionId === executionId);
        expect(execution?.assignments.filter(({ live }) => live).length).toBeGreaterThanOrEqual(assignments.length);
      }
    }));

  it('what somebody keeps for a while, nobody else fills', () =>
    holds(({ events }) => {
      const claims = new Map<string, readonly (string | undefined)[]>();
      for (const { type, data } of events) {
        if (type === 'AssignmentClaimed') {
          expect(claims.has(`${data.executionId} ${data.assignmentId}`)).toBe(false);
          claims.set(`${data.executionId} ${data.assignmentId}`, [data.claimedBy, data.onBehalfOf]);
        }
        if (type === 'AssignmentReleased') claims.delete(`${data.executionId} ${data.assignmentId}`);
        if (type !== 'DecisionRecorded') continue;
        const keepers = claims.get(`${data.executionId} ${data.assignmentId}`);
        if (keepers) expect(keepers.some((it) => it === data.actorId || it === data.onBehalfOf)).toBe(true);
        claims.delete(`${data.executionId} ${data.assignmentId}`);
      }
    }));

  it('a rung fires at most once per step execution and generation', () =>
    holds(({ events }) => {
      const fired = dataOf(events, 'RungFired').map(
        ({ executionId, rung: { id }, generation }) => `${executionId} ${id} ${generation}`,
      );
      expect(new Set(fired).size).toBe(fired.length);
    }));

  it('nothing that could be resolved is left unresolved', () =>
    holds(({ events }) => {
      const review = example.fold(events);
      if (review.status !== 'in_review') return;
      expect(evaluate(review).length).toBeGreaterThan(0);
      for (const { outcome } of evaluate(review)) expect(['pending', 'unsatisfiable']).toContain(outcome);
    }));

  it('the explanation is empty exactly when a transition is possible, at every revision', () =>
    holds(({ events }) => {
      events.forEach((_, at) => {
        const review = example.fold(events.slice(0, at + 1));
        const running = runningExecutions(review);
        if (review.status !== 'in_review' || running.length === 0) return;
        if (running.some(({ status }) => status === 'blocked')) return;
        const waiting = evaluate(review).filter(({ outcome }) => !['satisfied', 'rejected'].includes(outcome));
        const told = new Set(explanation(review).conditions.map(({ evidence }) => evidence.step));
        expect(told.size).toBe(waiting.length);
      });
    }, 150));

  it('eligibility agrees with deciding, for everybody at every revision', () =>
    holds(({ events, people }) => {
      events.forEach((_, at) => {
        const review = example.fold(events.slice(0, at + 1));
        if (review.status === 'not_started') return;
        for (const person of NAMES) {
          const { may, reason } = mayDecide(review, person, people);
          const { revision } = currentRevision(review);
          for (const verdict of ['approve', 'reject'] as const) {
            const command = example.decide(person, verdict, { revision, directory: people, time: '23:00' });
            let answer: string | number;
            try {
              answer = reviewDecider.decide(command, review).length;
            } catch (refusal) {
              if (!(refusal instanceof DomainError)) throw refusal;
              answer = refusal.code;
            }
            if (may) expect(answer).toBeGreaterThan(0);
            else expect([0, reason, 'person-already-counted', 'step-resolved']).toContain(answer);
          }
        }
        const listed = eligibility(review, people).people;
        for (const person of NAMES.filter((it) => !listed.some(({ userId }) => userId === it)))
          expect(mayDecide(review, person, people).may).toBe(false);
      });
    }, 100));

  it('it can be shown at every revision', () =>
    holds(({ events, people }) => {
      events.forEach((_, at) => {
        const review = example.fold(events.slice(0, at + 1));
        if (review.status === 'not_started') return;
        expect(reviewDetail(review, BigInt(at)).steps).toHaveLength(review.steps.length);
        expect(reviewChain(review).steps.length).toBeGreaterThanOrEqual(review.steps.length);
        expect(receiptState(review).status).toBe(review.status);
        expect(eligibility(review, people).people.length).toBeGreaterThan(0);
      });
    }, 100));
});
