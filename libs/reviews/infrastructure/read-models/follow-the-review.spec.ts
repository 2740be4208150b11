import fc from 'fast-check';
import { defaultCalendar, defaultRules, refOf } from '#libs/kernel/domain/calendar';
import { DomainError } from '#libs/kernel/domain/domain-error';
import type { Definition } from '#libs/kernel/domain/workflow-definition';
import type { Projection } from '#libs/processing/application/projection';
import { asFold, WorkingSet, type Row } from '#libs/processing/application/working-set';
import { recordedEvents } from '#libs/testing/read-model';
import type { ReviewCommand } from '../../domain/review.commands.js';
import {
  abstain,
  addApprover,
  approve,
  cancel,
  changeDecision,
  claim,
  clearChanges,
  definition,
  directory,
  dismissChanges,
  escalate,
  expireClaim,
  fireTimer,
  hold,
  loan,
  manager,
  officer,
  override,
  provideInfo,
  reassign,
  recuse,
  reject,
  reproject,
  release,
  reopen,
  requestChanges,
  requestInfo,
  rescind,
  resubmit,
  resume,
  REVIEW_ID,
  rulesOf,
  start,
  step,
  Story,
  takeOver,
  user,
  withdraw,
} from '../../domain/review.examples.js';
import { evolve } from '../../domain/review.evolve.js';
import { reviewEvents } from '../../domain/review.events.js';
import {
  currentRevision,
  isOpen,
  isRunning,
  isStarted,
  isUrgent,
  notStarted,
  type Review,
  runningExecution,
  runningExecutions,
  type StartedReview,
} from '../../domain/review.state.js';
import { counted, openSeats } from '../../domain/standing.js';
import { eligibility } from '../../domain/views/eligibility.js';
import { isParty } from '../../domain/views/parties.js';
import { approvalChain } from './approval-chain/approval-chain.projection.js';
import type { ApprovalChainRow } from './approval-chain/approval-chain.table.js';
import { inbox } from './inbox/inbox.projection.js';
import type { InboxRow } from './inbox/inbox.table.js';
import { recorded, rowsOf } from './read-models.examples.js';
import { reviewParty } from './review-party/review-party.projection.js';
import { isBranch, type ReviewPartyRow } from './review-party/review-party.table.js';
import { stepWork } from './step-work/step-work.projection.js';
import type { StepWorkRow } from './step-work/step-work.table.js';
import { reviewStatus } from './review-status/review-status.projection.js';
import {
  reviewStatuses,
  reviewTransitions,
  type ReviewStatus,
  type ReviewStatusRow,
} from './review-status/review-status.table.js';

/*
 * Read models know a review only by its events; the domain folds the same events into its state. Whatever people do,
 * in whatever order: after every command both must tell the same.
 */

const workflows: readonly Definition[] = [
  definition(
    step('open-hours', {
      rule: { count: 2 },
      sla: { value: 2, unit: 'BUSINESS_HOUR' },
      ladder: [
        { id: 'r1', at: '50%', action: 'add', to: { role: 'manager' } },
        { id: 'r2', at: '+1bh', action: 'expire' },
      ],
    }),
    step('sign', { assignees: [manager()], sla: { value: 1, unit: 'BUSINESS_DAY' } }),
  ),
  definition(
    step('check', { rule: { count: 2 }, sla: { value: 8, unit: 'WALL_HOUR' } }),
    step('sign', { assignees: [manager()] }),
  ),
  definition(
    step('all', { assignees: [officer(), user('mia')], rule: { all: true }, staleness: 'scoped' }),
    step('any', { assignees: [manager(), user('ann')], rule: { any: true }, distinct: 'review' }),
  ),
  definition(
    step('scoped', {
      assignees: [officer({ scope: ['/amountMinor'] }), manager({ scope: ['/purpose'], minApprovals: 1 })],
      rule: { count: 2 },
      onReject: 'collect',
      maxRounds: 2,
      sla: { value: 1, unit: 'WALL_HOUR' },
      ladder: [
        { id: 'r1', at: '50%', action: 'priority' },
        { id: 'r2', at: '0', action: 'add', to: { role: 'manager' } },
        { id: 'r3', at: '+1h', action: 'transfer', to: { user: 'mel' } },
        { id: 'r4', at: '+2h', action: 'expire' },
      ],
    }),
    step('sign', { assignees: [user('max')], staleness: 'never' }),
  ),
  {
    ...definition(step('self', { assignees: [user('olly'), officer()] })),
    fourEyes: { submitter: true, editors: true, allowSelf: true },
  },
  definition(
    step('handed-over', {
      rule: { count: 2 },
      assignees: [officer({ seats: 2 }), user('mia')],
      ladder: [
        { id: 'r1', at: 'start+0h', action: 'transfer', to: { role: 'manager' } },
        { id: 'r2', at: 'start+0h', action: 'transfer', to: { user: 'mel' } },
        { id: 'r3', at: 'start+1h', action: 'auto_reject' },
      ],
    }),
  ),
  definition(
    step('too-many', { assignees: [user('ann'), user('bob')], rule: { count: 2 }, floor: 3 }),
    step('sign', { assignees: [manager()] }),
  ),
  definition(
    step('large', { when: { gt: ['amountMinor', '4700000'] }, assignees: [manager()] }),
    step('lorry', { when: { eq: ['purpose', 'A lorry'] }, sla: { value: 8, unit: 'WALL_HOUR' } }),
  ),
  definition(
    step('credit', { rule: { count: 2 }, sla: { value: 8, unit: 'WALL_HOUR' } }),
    step('risk', { assignees: [manager()], parallel: true, distinct: 'review', sla: { value: 1, unit: 'WALL_HOUR' } }),
    step('van', { when: { eq: ['purpose', 'A van'] }, assignees: [officer(), user('mel')], parallel: true }),
    step('sign', { assignees: [manager(), user('ann')], distinct: 'review' }),
  ),
  definition(
    step('vote', {
      assignees: [officer({ seats: 2, weight: 2 }), manager({ seats: 2, group: 'board' })],
      rule: {
        or: [
          { percent: '60', of: 'cast', participation: '50' },
          { all: true, group: 'board' },
        ],
      },
      onReject: 'collect',
      sla: { value: 1, unit: 'WALL_HOUR' },
    }),
    step('conflict', { assignees: [manager({ veto: true }), user('max')], rule: { weight: 2 }, parallel: true }),
  ),
  {
    ...definition(step('own-words', { assignees: [officer({ seats: 2 })] })),
    fourEyes: { submitter: false, editors: true },
  },
  {
    ...definition(
      step('check', { auto: true, floor: 0, sla: { value: 8, unit: 'WALL_HOUR' } }),
      step('sign', { assignees: [manager()], auto: true }),
    ),
    auto: { ruleset: 'loan-auto' },
  },
  // Where decisions come back, and others move for them.
  definition(
    step('matters', {
      assignees: [officer({ scope: ['/purpose'] }), officer({ scope: ['/amountMinor'] }), manager()],
      rule: { count: 2 },
      onReject: 'collect',
    }),
    step('sign', { assignees: [manager({ seats: 2 })], distinct: 'review' }),
  ),
  {
    ...definition(
      step('check', {
        auto: true,
        floor: 0,
        assignees: [officer({ seats: 2, scope: ['/purpose'] })],
        rule: { count: 2 },
      }),
      step('sign', { assignees: [manager()] }),
    ),
    auto: { ruleset: 'loan-auto' },
  },
];

/** What the workflow that asks rules gets to hear. */
const rules = rulesOf(
  { name: 'lorries', when: { eq: ['purpose', 'A lorry'] }, outcome: 'reject' },
  { name: 'small', when: { lte: ['amountMinor', '4500000'] }, outcome: 'approve' },
);

const PEOPLE = ['olly', 'ann', 'bob', 'mia', 'max', 'mel', 'ada', 'vic'] as const;
const ROLES = ['officer', 'manager', 'admin', 'viewer'] as const;
const person = fc.constantFrom(...PEOPLE);
const contents = [loan, { ...loan, amountMinor: '5000000' }, { ...loan, purpose: 'A lorry' }];

/** What somebody tries; whatever the rules refuse is simply not done. */
type Attempt = (review: StartedReview, time: string) => ReviewCommand;
const deciding: readonly fc.Arbitrary<Attempt>[] = [approve, approve, approve, reject, abstain, requestChanges].map(
  (act) =>
    person.map(
      (by): Attempt =>
        (review, time) =>
          act(by, { time, revision: currentRevision(review).revision }),
    ),
);
const revising: fc.Arbitrary<Attempt> = fc.constantFrom(...contents).map(
  (content): Attempt =>
    (review, time) =>
      resubmit(content, { time, ...(review.auto && { rules }) }),
);
const thinkingAgain: fc.Arbitrary<Attempt> = fc
  .tuple(fc.nat(3), fc.constantFrom('approve', 'reject', 'abstain', 'rescind'))
  .map(([back, what]): Attempt => (review, time) => {
    const newest = review.decisions.toReversed();
    const { decisionId = '', actorId = 'vic' } = newest[back % Math.max(1, newest.length)] ?? {};
    const { revision } = currentRevision(review);
    return what === 'rescind'
      ? rescind(actorId, decisionId, { time })
      : changeDecision(actorId, decisionId, what as 'approve', { time, revision });
  });
const attempt: fc.Arbitrary<Attempt> = fc.oneof(
  ...deciding,
  revising,
  person.map(
    (by): Attempt =>
      (_, time) =>
        escalate(by, { time, to: { user: 'mel' }, may: { reassign: true } }),
  ),
  fc.constant<Attempt>((_, time) => escalate('olly', { time })),
  fc.constant<Attempt>((_, time) => withdraw('olly', { time })),
  ...[claim, claim, release, takeOver, recuse].map((act) =>
    fc.tuple(person, fc.nat(5)).map(
      ([by, which]): Attempt =>
        (review, time) =>
          act(by, seatOf(review, which), { time }),
    ),
  ),
  fc.tuple(person, fc.nat(5)).map(
    ([to, which]): Attempt =>
      (review, time) =>
        reassign('ada', seatOf(review, which), to, { time }),
  ),
  fc
    .oneof(
      person.map((user) => ({ user })),
      fc.constantFrom('officer', 'manager').map((role) => ({ role })),
    )
    .map(
      (to): Attempt =>
        (review, time) =>
          addApprover('ada', to, { time, step: runningExecution(review)?.step ?? '' }),
    ),
  thinkingAgain,
  thinkingAgain,
  fc.nat(5).map((which): Attempt => (review, time) => {
    const claims = review.executions.flatMap(({ assignments }) => assignments.flatMap((it) => it.claim ?? []));
    return expireClaim('', claims[which % Math.max(1, claims.length)]?.claimId ?? '', { time });
  }),
  fc.constant<Attempt>((_, time) => cancel('ada', { time })),
  fc.constant<Attempt>((_, time) => hold('mia', { time })),
  fc.constant<Attempt>((_, time) => resume('mia', { time })),
  fc.constant<Attempt>((_, time) => provideInfo('olly', { time })),
  person.map(
    (by): Attempt =>
      (review, time) =>
        review.status === 'info_requested' ? provideInfo('olly', { time }) : requestInfo(by, { time }),
  ),
  fc.constantFrom('approve' as const, 'reject' as const).map((outcome): Attempt => (review, time) => {
    const [running] = runningExecutions(review);
    return override(outcome, { time, ...(running && { step: running.step }) });
  }),
  fc.constantFrom('smart' as const, 'restart' as const).map(
    (mode): Attempt =>
      (_, time) =>
        reopen(mode, { time }),
  ),
  ...[clearChanges, clearChanges, dismissChanges, dismissChanges].map((lift) =>
    person.map(
      (by): Attempt =>
        (review, time) =>
          lift(by, itemsOf(review), { time }),
    ),
  ),
  fc.nat(3).map(
    (version): Attempt =>
      (_, time) =>
        reproject({ ...defaultCalendar, version, rules: longDays }, { time }),
  ),
  fc.constantFrom('breach', 'r1', 'r2', 'r3', 'r4').map((what): Attempt => (review, time) => {
    const execution = runningExecutions(review).findLast(({ clock }) => clock.breachedAt === null);
    const which = { executionId: execution?.executionId ?? '', generation: execution?.clock.generation ?? 1 };
    return fireTimer(what === 'breach' ? { ...which, kind: what } : { ...which, kind: 'rung', rungId: what }, { time });
  }),
);

const seatOf = (review: StartedReview, which: number): string => {
  const { assignments = [] } = runningExecution(review) ?? review.executions.at(-1) ?? {};
  return assignments[which % Math.max(1, assignments.length)]?.assignmentId ?? '';
};

const longDays = { ...defaultRules, week: { ...defaultRules.week, sunday: [{ from: '08:00', to: '20:00' }] } };

const itemsOf = ({ changeRequests }: StartedReview) =>
  changeRequests.flatMap(({ items }) => items.map(({ itemId }) => itemId));

/** Every story that one row of attempts tells, one command longer each. */
function* stories(workflow: Definition, attempts: readonly Attempt[]): Generator<Story> {
  let story = Story.of(start(workflow, { time: '08:00', ...(workflow.auto && { rules }) }));
  yield story;
  for (const [i, next] of attempts.entries()) {
    const time = new Date(Date.parse('2026-11-22T08:00:00.000Z') + (i + 1) * 20 * 60_000).toISOString();
    try {
      story = story.and(next(story.started, time));
    } catch (refusal) {
      if (!(refusal instanceof DomainError)) throw refusal;
      continue;
    }
    yield story;
  }
}

const attempted = fc.tuple(
  fc.constantFrom(...workflows),
  fc.oneof(
    fc.array(attempt, { maxLength: 20, size: 'max' }),
    // What counts comes and goes.
    fc.array(fc.oneof(...deciding.slice(0, 4), revising, revising, thinkingAgain), { maxLength: 20, size: 'max' }),
  ),
);
const tell = (numRuns: number) =>
  fc.sample(attempted, { numRuns }).flatMap(([workflow, attempts]) => [...stories(workflow, attempts)]);
const RUNS = 500;
let told: readonly Story[] | undefined;

/** Every test looks at the same stories, told once; of one that does not hold, fast-check looks for the shortest. */
function always(check: (story: Story) => void): void {
  try {
    for (const story of (told ??= tell(RUNS))) check(story);
  } catch (fault) {
    fc.assert(
      fc.property(attempted, ([workflow, attempts]) => {
        for (const story of stories(workflow, attempts)) check(story);
      }),
      { numRuns: RUNS },
    );
    throw fault;
  }
}

/** As a runner that forgets everything between events, and whose table answers backwards. */
function eventByEvent(projection: Projection, { events }: Story): Row[] {
  const table = new Map<string, Row>();
  const { primaryKey } = asFold(projection).table;
  const keyOf = (row: Row) => primaryKey.map((column) => row[column]).join();
  for (const event of recordedEvents(recorded(events))) {
    const set = new WorkingSet(asFold(projection), true);
    set.load(REVIEW_ID, structuredClone([...table.values()].toReversed()));
    set.apply(REVIEW_ID, event);
    const { inserts, updates, deletes } = set.take();
    for (const row of deletes) table.delete(keyOf(row));
    for (const row of [...inserts, ...updates]) table.set(keyOf(row), row);
  }
  return [...table.values()];
}

const sorted = (rows: readonly Row[]) => rows.map((row) => JSON.stringify(row)).toSorted();

describe('Whatever happens to a review', () => {
  it('its status tells the same as its stream', () =>
    always((story) => {
      const review = story.started;
      const running = runningExecutions(review);
      const clocks = running.map(({ clock }) => clock);
      const [row, ...more] = rowsOf<ReviewStatusRow>(reviewStatus, story);
      expect(more).toEqual([]);
      expect(row).toMatchObject({
        status: review.status,
        round: review.round,
        current_step: running[0]?.step ?? null,
        due_at:
          clocks.flatMap(({ runningSince, dueAt }) => (runningSince === null ? [] : (dueAt ?? []))).toSorted()[0] ??
          null,
        ended_at: isOpen(review) ? null : (review as { endedAt: string }).endedAt,
        decided_at: review.status === 'approved' || review.status === 'rejected' ? review.endedAt : null,
      });
      const budgeted = clocks.filter(({ budget }) => budget !== null);
      const expected = clocks.some(({ breachedAt }) => breachedAt !== null)
        ? 'breached'
        : budgeted.some(({ runningSince }) => runningSince !== null)
          ? 'running'
          : budgeted.length > 0
            ? 'paused'
            : 'none';
      expect(row?.sla_state).toBe(expected);
    }));

  it('it becomes what its status may become next', () => {
    const seen = new Set<ReviewStatus>();
    always(({ events }) => {
      let review: Review = notStarted;
      for (const event of events) {
        const next = evolve(review, event);
        if (isStarted(review) && isStarted(next)) {
          const { status } = review;
          expect([status, [status, ...reviewTransitions[status]]]).toEqual([
            status,
            expect.arrayContaining([next.status]),
          ]);
        }
        if (isStarted(next)) seen.add(next.status);
        review = next;
      }
    });
    expect(seen.size).toBeGreaterThan(reviewStatuses.length / 2);
  });

  it('whose turn it is tells the same as the open seats', () =>
    always((story) => {
      const review = story.started;
      const expected = runningExecutions(review).flatMap(({ index, step: key }) =>
        openSeats(review, index).map((seat) => ({ ...seat, key })),
      );
      const open = rowsOf<ReviewPartyRow>(reviewParty, story).flatMap(({ principal, open_seats }) =>
        open_seats.map((seated) => `${principal} ${seated}`),
      );
      expect(open.toSorted()).toEqual(
        expected
          .map(
            ({ kind, ref, key, assignmentId }) => `${kind === 'USER' ? 'user' : 'role'}:${ref} ${key}/${assignmentId}`,
          )
          .toSorted(),
      );
    }));

  it('it is listed for exactly those who may read it as their own business', () =>
    always((story) => {
      const review = story.started;
      const listed = rowsOf<ReviewPartyRow>(reviewParty, story).map(({ principal }) => principal);
      const people = PEOPLE.filter((userId) => isParty(review, { userId, roles: [] }));
      const roles = ROLES.filter((role) => isParty(review, { userId: '', roles: [role] }));
      expect(listed.filter((principal) => !isBranch(principal)).toSorted()).toEqual(
        [...people.map((it) => `user:${it}`), ...roles.map((it) => `role:${it}`)].toSorted(),
      );
    }));

  it('and for those in whose name somebody asked, or had claimed', () => {
    const story = Story.of(start(workflows[1]!));
    const onBehalfOf = 'ann';
    for (const told of [
      story.and(requestChanges('vic', { onBehalfOf })),
      story.and(requestInfo('vic', { onBehalfOf })),
      story.and(claim('vic', seatOf(story.started, 0), { onBehalfOf })),
    ]) {
      const listed = rowsOf<ReviewPartyRow>(reviewParty, told).map(({ principal }) => principal);
      expect(listed).toEqual(expect.arrayContaining(['user:vic', 'user:ann']));
      expect(PEOPLE.filter((userId) => isParty(told.started, { userId, roles: [] })).toSorted()).toEqual([
        'ann',
        'olly',
        'vic',
      ]);
    }
  });

  it('it stands in the inboxes of exactly those who may decide, once each, and says why', () =>
    always((story) => {
      const people = directory();
      const rows = rowsOf<InboxRow>(inbox, story);
      const able = new Map(
        eligibility(story.started, people).people.flatMap(({ userId, may, via }) => (may ? [[userId, via]] : [])),
      );
      for (const userId of PEOPLE) {
        const roles = people.person(userId)?.roles ?? [];
        const mine = [`user:${userId}`, ...roles.map((role) => `role:${role}`)];
        const seen = rows.filter(
          ({ assignee, listed, excluded, spoken, electorate, claimed_by }) =>
            listed &&
            mine.includes(assignee) &&
            !excluded.includes(userId) &&
            !spoken.includes(userId) &&
            (electorate === null || electorate.includes(userId)) &&
            (claimed_by === null || claimed_by.includes(userId)),
        );
        expect({ userId, sees: seen.length > 0 }).toEqual({ userId, sees: able.has(userId) });
        expect(new Set(seen.map(({ step: key, assignee }) => `${key} ${assignee}`)).size).toBe(seen.length);
        if (seen.length === 1 && able.get(userId) !== 'escalated') expect(seen[0]?.via).toBe(able.get(userId));
      }
    }));

  it('it is urgent in inboxes where it is urgent, and no other step of it is', () => {
    let urgent = 0;
    always((story) => {
      const rows = rowsOf<InboxRow>(inbox, story).filter(({ known }) => known === null);
      const marked = new Map(runningExecutions(story.started).map((it) => [it.step, isUrgent(it)]));
      expect(rows.map((row) => [row.step, row.urgent])).toEqual(rows.map(({ step: key }) => [key, marked.get(key)]));
      urgent += rows.filter((row) => row.urgent).length;
    });
    expect(urgent).toBeGreaterThan(10);
  });

  it('its chain lists every execution, every decision once, and counts those that count', () =>
    always((story) => {
      const review = story.started;
      const rows = rowsOf<ApprovalChainRow>(approvalChain, story);
      const steps = rows.filter(({ kind }) => kind === 'step').map(({ entry_id, status }) => [entry_id, status]);
      expect(steps).toEqual(review.executions.map(({ executionId, status }) => [executionId, status]));
      const decisions = rows.filter(({ kind }) => kind === 'decision').map(({ entry_id }) => entry_id);
      expect(decisions.toSorted()).toEqual(review.decisions.map(({ decisionId }) => decisionId).toSorted());
      expect(
        rows.flatMap(({ entry_id, status, ref }) => (status === 'counted' ? [`${entry_id} on ${ref}`] : [])).toSorted(),
      ).toEqual(
        review.steps
          .flatMap((_, index) => counted(review, index))
          .map(({ decisionId, assignmentId }) => `${decisionId} on ${assignmentId}`)
          .toSorted(),
      );
      for (const execution of review.executions)
        expect(
          rows.filter(({ kind, execution_id }) => kind === 'assignment' && execution_id === execution.executionId),
        ).toHaveLength(execution.assignments.length);
    }));

  it('the dashboard knows whom its steps wait for, since when, and whose time it was', () =>
    always((story) => {
      const review = story.started;
      const rows = rowsOf<StepWorkRow>(stepWork, story);
      const steps = rows.filter(({ kind }) => kind === 'step');
      const started = review.executions.filter(({ status }) => status !== 'skipped');
      expect(steps.map(({ entry_id }) => entry_id)).toEqual(started.map(({ executionId }) => executionId));
      for (const [i, execution] of started.entries()) {
        const { clock, endedAt, index, executionId } = execution;
        const row = steps[i]!;
        expect(row).toMatchObject({ since: execution.startedAt, ended_at: endedAt });
        if (isRunning(execution)) {
          expect(row).toMatchObject({
            turn: clock.holder,
            due_at: clock.runningSince === null ? null : clock.dueAt,
            outcome: null,
          });
          const seats = openSeats(review, index).map(({ kind, ref, claim: lease }) =>
            lease ? `user:${lease.claimedBy}` : `${kind.toLowerCase()}:${ref}`,
          );
          const submitters = clock.holder === 'submitter' ? ['submitter'] : [];
          expect(row.waits_for).toEqual(clock.holder === 'assignee' ? seats.toSorted() : submitters);
          continue;
        }
        const continued = review.executions.some(({ continues }) => continues === executionId);
        expect(row.outcome).toBe(continued ? 'continued' : execution.status);
        const { assignee, submitter, system, blocked } = clock.attributedMs;
        expect([row.approver_ms, row.submitter_ms, row.hold_ms, row.blocked_ms].map(Number)).toEqual([
          assignee,
          submitter,
          system,
          blocked,
        ]);
        if (clock.budget !== null && clock.breachedAt !== null) expect(row.sla).toBe('breached');
      }
      const made = review.decisions.filter(({ rescinded }) => !rescinded).map(({ decisionId }) => decisionId);
      const told = rows.filter(({ kind }) => kind === 'decision').map(({ entry_id }) => entry_id);
      expect(told.toSorted()).toEqual(made.toSorted());
    }));

  it.each([
    ['status', reviewStatus],
    ['parties', reviewParty],
    ['chain', approvalChain],
    ['inbox', inbox],
    ['steps at work', stepWork],
  ])(
    'its %s comes out the same in one go or event by event, in whatever order stored rows come back',
    (_, projection) =>
      always((story) => {
        const inOneGo = rowsOf<Row>(projection, story);
        expect(sorted(eventByEvent(projection, story))).toEqual(sorted(inOneGo));
      }),
  );

  it('the dashboard keeps no version of a calendar that it can do without', () =>
    always((story) => {
      const rows = rowsOf<StepWorkRow>(stepWork, story);
      const used = new Set(rows.map(({ ledger }) => ledger?.clock.calendar));
      const known = rows.flatMap(({ calendars }) => calendars ?? []);
      const newest = known.map(({ version }) => version).toSorted((a, b) => b - a)[0] ?? 0;
      const kept = known.filter((it) => it.version === newest || used.has(refOf(it)));
      // An end of a step leaves what it counted by until a calendar comes again.
      if (story.last.at(-1)?.type === 'SlaReprojected') expect(known).toEqual(kept);
    }));

  it('the dashboard goes on with a clock that was moved twice, once while it stood', () => {
    const moved = (version: number, time: string) =>
      reproject({ ...defaultCalendar, version, rules: longDays }, { time });
    const story = Story.of(start(workflows[0]!, { time: '08:00' }))
      .and(moved(2, '08:20'))
      .and(requestChanges('ann', { time: '09:20' }))
      .and(moved(3, '09:40'))
      .and(resubmit({ ...loan, purpose: 'A lorry' }, { time: '10:00' }));
    const [earlier, running] = rowsOf<StepWorkRow>(stepWork, story).filter(({ kind }) => kind === 'step');
    expect(earlier).toMatchObject({ outcome: 'continued', approver_ms: String(60 * 60_000) });
    expect(running).toMatchObject({ outcome: null, due_at: story.started.executions[1]!.clock.dueAt });
    expect(running!.ledger!.clock.attributedMs).toEqual(story.started.executions[1]!.clock.attributedMs);
  });

  it('is told with every kind of event there is', () => {
    const types = new Set(tell(4_000).flatMap(({ last }) => last.map(({ type }) => type)));
    const missing = reviewEvents.map(({ type }) => type).filter((type) => !types.has(type));
    expect(missing).toEqual(['StartAbandoned']);
  });
});
