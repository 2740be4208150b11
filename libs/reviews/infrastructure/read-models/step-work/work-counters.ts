import type { Counters } from '#libs/processing/application/projection';
import { dayOf, hourOf } from '../review-status/review-counters.js';
import type { StepWorkRow } from './step-work.table.js';

/**
 * Of steps that run (day empty): `turn` by whose turn it is, `sla` by the state of the promise, `waits` by whom they wait
 * for, `late` likewise where the promise is broken. By hour (UTC) in the place of the day: `risk`, when a promise that is
 * kept so far is at risk. By day (UTC): `ended` by whether the promise was kept, `lapsed` for promises broken on steps that nobody decided,
 * `returned` and `asked` by step, `decided` by person and by role.
 */
export type WorkMeasure =
  'turn' | 'sla' | 'waits' | 'late' | 'risk' | 'ended' | 'lapsed' | 'returned' | 'asked' | 'decided';

/** Whose reviews a counter counts: everybody's, by branch, or those of one submitter. */
export const EVERYBODY = 'all';
export const submitter = (userId: string) => `user:${userId}`;

type Measured = readonly [WorkMeasure, day: string, who: string];

/** What the dashboard counts, kept while reviews move. */
export const workCounters: Counters<StepWorkRow> = {
  name: 'work_counter',
  keyColumns: ['workspace_id', 'scope', 'measure', 'day', 'workflow_id', 'workflow_key', 'step', 'who', 'branch_id'],
  keysOf: (row) => {
    const { workspace_id, workflow_id, workflow_key, step, branch_id } = row;
    const measured = measuredOf(row);
    if (measured.length === 0) return [];
    return [EVERYBODY, submitter(row.submitted_by)].flatMap((scope) =>
      measured.map(([measure, day, who]) => [
        workspace_id,
        scope,
        measure,
        day,
        workflow_id,
        workflow_key,
        step,
        who,
        branch_id,
      ]),
    );
  },
};

function measuredOf(row: StepWorkRow): Measured[] {
  switch (row.kind) {
    case 'review':
      return [];
    case 'decision':
      return [row.actor, row.role].flatMap((who): Measured[] => (who ? [['decided', dayOf(row.since), who]] : []));
    case 'step':
      return [
        ...row.returned.map((day): Measured => ['returned', day, '']),
        ...row.asked.map((day): Measured => ['asked', day, '']),
        ...(row.ended_at === null ? running(row) : over(row, dayOf(row.ended_at))),
      ];
  }
}

function running({ turn, sla, waits_for, due_at, risk_at }: StepWorkRow): Measured[] {
  const isLate = sla === 'breached' && due_at !== null;
  return [
    ['turn', '', turn ?? ''],
    ['sla', '', sla ?? ''],
    ...waits_for.map((who): Measured => ['waits', '', who]),
    ...(isLate ? waits_for.map((who): Measured => ['late', '', who]) : []),
    ...(sla === 'running' && risk_at !== null ? [['risk', hourOf(risk_at), ''] as const] : []),
  ];
}

function over({ outcome, sla }: StepWorkRow, day: string): Measured[] {
  if (outcome === 'satisfied' || outcome === 'rejected') return [['ended', day, sla ?? '']];
  return outcome !== 'continued' && sla === 'breached' ? [['lapsed', day, sla]] : [];
}
