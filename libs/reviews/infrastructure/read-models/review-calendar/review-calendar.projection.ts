import { fold, type ProjectionGroup, type Rows } from '#libs/processing/application/projection';
import type { ReviewEvent } from '../../../domain/review.events.js';
import { reviewOf } from '../review-of.js';
import { reviewCalendarTable, type ReviewCalendarRow } from './review-calendar.table.js';

/** Which reviews count on which calendar: those that a new version of it concerns. */
export const reviewCalendar = fold<ReviewEvent, ReviewCalendarRow>({
  table: reviewCalendarTable,
  partitionColumn: 'review_id',
  partition: reviewOf,
  on: {
    ReviewStarted: (rows, { data, workspaceId }) => {
      for (const { key, version } of data.calendars ?? [])
        rows.put({
          review_id: data.reviewId,
          calendar_key: key,
          workspace_id: workspaceId,
          version,
          open: true,
        });
    },
    SlaReprojected: (rows, event) => {
      const row = rows.get(reviewOf(event), event.data.rule.key);
      if (row) rows.put({ ...row, version: event.data.rule.version });
    },
    // Also that of a review which was over and is open again.
    StepStarted: (rows) => setOpen(rows, true),
    ReviewApproved: (rows) => setOpen(rows, false),
    ReviewRejected: (rows) => setOpen(rows, false),
    ReviewWithdrawn: (rows) => setOpen(rows, false),
    ReviewExpired: (rows) => setOpen(rows, false),
    ReviewCancelled: (rows) => setOpen(rows, false),
  },
});

function setOpen(rows: Rows<ReviewCalendarRow>, open: boolean): void {
  for (const row of rows.all()) if (row.open !== open) rows.put({ ...row, open });
}

/** A checkpoint of its own: it is waited for when a calendar is published. */
export const clocksGroup: ProjectionGroup = {
  name: 'clocks',
  version: 1,
  types: [
    'ReviewStarted',
    'SlaReprojected',
    'StepStarted',
    'ReviewApproved',
    'ReviewRejected',
    'ReviewWithdrawn',
    'ReviewExpired',
    'ReviewCancelled',
  ],
  projections: [reviewCalendar],
};
