import { refOf } from '#libs/kernel/domain/calendar';
import { calendarOf } from '../calendars.js';
import { Draft } from '../draft.js';
import type { Reproject } from '../review.commands.js';
import type { ReviewEvent } from '../review.events.js';
import { runningExecutions, stepOf, type StartedReview } from '../review.state.js';
import { clockOf } from '../clock-of.js';
import { executionOf } from '../settle.js';

/**
 * A version of a calendar was published: every open step counts on by it. Nothing happens when the review does not
 * count on this calendar, or counts by this version or a later one already.
 */
export function reproject({ data, metadata }: Reproject, review: StartedReview): readonly ReviewEvent[] {
  const { calendar } = data;
  const known = review.calendars.find(({ key }) => key === calendar.key);
  if (!known || known.version >= calendar.version) return [];

  const draft = new Draft(review, metadata);
  const moved = { ...review, calendars: review.calendars.map((it) => (it === known ? calendar : it)) };
  const running = runningExecutions(review);
  const counting = running.filter((it) => calendarOf(review, stepOf(review, it))?.key === calendar.key);
  // Where no open step counts on it yet, one of them carries the version for those that come.
  for (const execution of counting.length > 0 ? counting : running.slice(0, 1)) {
    const { dueAt, runningSince } = execution.clock;
    const counts = counting.includes(execution) && runningSince !== null;
    const next = counts ? clockOf(moved, execution.index, draft.now, execution) : null;
    draft.record('SlaReprojected', {
      ...executionOf(execution),
      old: { calendar: refOf(known), dueAt },
      new: { calendar: refOf(calendar), dueAt: next ? next.clock.dueAt : dueAt },
      rule: calendar,
      clock: next?.clock ?? null,
      rungs: [...(next?.rungs ?? [])],
      at: draft.now,
    });
  }
  return draft.finished();
}
