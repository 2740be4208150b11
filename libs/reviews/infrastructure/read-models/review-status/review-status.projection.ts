import type { Recorded } from '#libs/kernel/domain/message';
import { fold, type Rows } from '#libs/processing/application/projection';
import type { ReviewEvent } from '../../../domain/review.events.js';
import { readable, reviewOf } from '../review-of.js';
import { reviewCounters } from './review-counters.js';
import { reviewStatusTable, type ReviewStatusRow, type SlaState, type StepClock } from './review-status.table.js';

type Event<Type extends ReviewEvent['type']> = Recorded<Extract<ReviewEvent, { type: Type }>>;
type Change = Partial<Omit<ReviewStatusRow, 'review_id' | 'workspace_id'>>;

/** One row per review: where it stands now. Serves `GET /reviews` and, by its counters, the dashboard. */
export const reviewStatus = fold<ReviewEvent, ReviewStatusRow>({
  table: reviewStatusTable,
  partitionColumn: 'review_id',
  partition: reviewOf,
  counters: reviewCounters,
  on: {
    ReviewStarted: (rows, event) => rows.put(started(event)),
    AutoRulesEvaluated: change((_, { status }) => (status === 'submitted' ? { status: 'in_review' } : {})),
    StepStarted: change(({ data }, row) => {
      const { executionId, step, index, clock, continues } = data;
      const breached = row.clocks.some((it) => it.executionId === continues && it.state === 'breached');
      const started = {
        executionId,
        step,
        index,
        dueAt: clock.dueAt,
        state: running(clock.dueAt, breached),
        over: false,
      };
      const others = row.clocks.filter((it) => it.step !== step);
      return {
        status: 'in_review',
        round: data.round,
        decided_at: null,
        ended_at: null,
        ...clocked([...others, started]),
      };
    }),
    StepBlocked: change(() => ({ status: 'in_review' })),
    StepCompleted: change(({ data }, row) => stop(data, row)),
    StepRejected: change(({ data }, row) => stop(data, row)),
    ReviewApproved: change(({ data: { approvedAt } }) => over('approved', approvedAt, approvedAt)),
    ReviewRejected: change(({ data: { rejectedAt } }) => over('rejected', rejectedAt, rejectedAt)),
    ReviewWithdrawn: change(({ data }) => over('withdrawn', data.at, null)),
    ReviewExpired: change(({ data }) => over('expired', data.at, null)),
    ReviewCancelled: change(({ data }) => over('cancelled', data.at, null)),
    ReviewHeld: change(() => ({ status: 'on_hold' })),
    ReviewResumed: change(({ data }) => ({ status: data.status })),
    ReviewReopened: change(({ data }) => ({
      status: 'in_review',
      round: data.round,
      decided_at: null,
      ended_at: null,
    })),
    InfoRequested: change(() => ({ status: 'info_requested' })),
    InfoProvided: change(() => ({ status: 'in_review' })),
    ChangesRequested: change(() => ({ status: 'changes_requested' })),
    SubjectRevised: change(({ data }, row) => ({
      status: 'in_review',
      round: data.round,
      decided_at: null,
      ended_at: null,
      clocks: row.clocks.map((it) => ({ ...it, over: true })),
    })),
    SlaPaused: change(({ data }, row) =>
      clock(data, row, ({ state }) => ({ dueAt: null, state: state === 'running' ? 'paused' : state })),
    ),
    SlaResumed: change(({ data }, row) => ({
      status: 'in_review',
      ...clock(data, row, ({ state }) => ({
        dueAt: data.clock.dueAt,
        state: running(data.clock.dueAt, state === 'breached'),
      })),
    })),
    SlaReprojected: change(({ data }, row) => {
      const { clock: next } = data;
      if (next === null) return {};
      return clock(data, row, ({ state }) => ({ dueAt: next.dueAt, state: running(next.dueAt, state === 'breached') }));
    }),
    SlaBreached: change(({ data }, row) => clock(data, row, () => ({ state: 'breached' }))),
  },
});

type Of = { readonly executionId: string };

const clock = ({ executionId }: Of, { clocks }: ReviewStatusRow, how: (it: StepClock) => Partial<StepClock>): Change =>
  clocked(clocks.map((it) => (it.executionId === executionId ? { ...it, ...how(it) } : it)));

/** A step has its outcome; while no other runs, it stays the one that people look at. */
const stop = ({ executionId }: Of, row: ReviewStatusRow): Change => {
  const { current_step } = row;
  return { current_step, ...clocked(row.clocks.filter((it) => it.executionId !== executionId)) };
};

/** What the clocks of the steps that run say together: the first step, the first due time, the worst state. */
function clocked(clocks: readonly StepClock[]): Change {
  const live = clocks.filter(({ over }) => !over).toSorted((a, b) => a.index - b.index);
  const due = live.flatMap(({ dueAt }) => dueAt ?? []).toSorted();
  const [first] = live;
  return {
    clocks,
    ...(first && { current_step: first.step }),
    due_at: due[0] ?? null,
    sla_state:
      (['breached', 'running', 'paused'] as const).find((it) => live.some(({ state }) => state === it)) ?? 'none',
  };
}

function started({ data, workspaceId }: Event<'ReviewStarted'>): ReviewStatusRow {
  const { workflow, subject } = data;
  const title = readable(subject.title);
  return {
    review_id: data.reviewId,
    workspace_id: workspaceId,
    branch_id: data.branchId,
    // Until the automatic rules were asked, which follows in the same append.
    status: data.rulesetVersion === null ? 'in_review' : 'submitted',
    workflow_id: workflow.id,
    workflow_key: workflow.key,
    workflow_version: workflow.version,
    subject_type: subject.type,
    subject_id: subject.id,
    subject_title: title,
    current_step: null,
    round: 1,
    submitted_by: data.submittedBy,
    submitted_at: data.submittedAt,
    due_at: null,
    sla_state: 'none',
    clocks: [],
    decided_at: null,
    ended_at: null,
    search: [title, subject.type, subject.id, workflow.key, workflow.name].join('\n').toLowerCase(),
  };
}

function change<E extends Recorded<ReviewEvent>>(how: (event: E, row: ReviewStatusRow) => Change) {
  return (rows: Rows<ReviewStatusRow>, event: E): void => {
    const row = rows.get(reviewOf(event));
    if (row) rows.put({ ...row, ...how(event, row) });
  };
}

const running = (dueAt: string | null, breached: boolean): SlaState =>
  breached ? 'breached' : dueAt === null ? 'none' : 'running';

const over = (status: ReviewStatusRow['status'], ended_at: string, decided_at: string | null): Change => ({
  status,
  current_step: null,
  due_at: null,
  sla_state: 'none',
  clocks: [],
  ended_at,
  decided_at,
});
