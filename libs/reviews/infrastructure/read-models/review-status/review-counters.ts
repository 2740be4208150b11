import type { Counters } from '#libs/processing/application/projection';
import type { ReviewStatusRow } from './review-status.table.js';

/** Whose reviews a counter counts. */
export const everybody = 'all';
export const ofBranch = (branchId: string) => `branch:${branchId}`;
export const ofSubmitter = (userId: string) => `user:${userId}`;

/** `status` by status; `due-day` and `due-hour` by when the open step is due; `decided` by day. Days and hours are UTC. */
export type Measure = 'status' | 'due-day' | 'due-hour' | 'decided';

const DAY = 'yyyy-mm-dd'.length;
const HOUR = 'yyyy-mm-ddThh'.length;

/** 2026-11-22T10:00:00.000Z → 2026-11-22 */
export const dayOf = (instant: string): string => instant.slice(0, DAY);
/** 2026-11-22T10:00:00.000Z → 2026-11-22T10 */
export const hourOf = (instant: string): string => instant.slice(0, HOUR);

/** What the dashboard shows, counted while reviews move, so that reading it never counts rows. */
export const reviewCounters: Counters<ReviewStatusRow> = {
  name: 'review_counter',
  keyColumns: ['workspace_id', 'scope', 'measure', 'bucket'],
  keysOf: (row) => {
    const measures = measuresOf(row);
    return [everybody, ofBranch(row.branch_id), ofSubmitter(row.submitted_by)].flatMap((scope) =>
      measures.map(([measure, bucket]) => [row.workspace_id, scope, measure, bucket]),
    );
  },
};

function measuresOf({ status, due_at, decided_at }: ReviewStatusRow): (readonly [Measure, string])[] {
  const measures: (readonly [Measure, string])[] = [['status', status]];
  if (due_at !== null) measures.push(['due-day', dayOf(due_at)], ['due-hour', hourOf(due_at)]);
  if (decided_at !== null) measures.push(['decided', dayOf(decided_at)]);
  return measures;
}
