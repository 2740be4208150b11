import { within } from '#libs/event-store/application/turns';
import type { Clock } from '#libs/kernel/application/clock';
import type { ProcessingContext } from './context.js';
import { sentence } from './group-batch.js';
import type { RawRow, Session } from './session.js';
import { arrayOf } from './array-parameters.js';
import { afterFiring, firstOf, leftOf, takenTimer, type Fired, type Pending, type TakenTimer } from './taken-timer.js';
import { renewMs, type Targets } from './targets.js';

const BATCH = 32;

/** What fires timers, and by which clock. */
export interface Firing {
  readonly clock: Clock | undefined;
  readonly targets: Targets;
  readonly context: ProcessingContext;
}

/**
 * Due, of a live build, for a target that is known here. `$1` is the moment that counts as now, NULL for the database's
 * clock; `$2` a workspace or NULL for all; `$3` the known targets. So said that few timers are expected, and found by
 * their time, while the table has no statistics: a range, and no join.
 */
export const DUE = `t.done_at IS NULL AND t.due_at BETWEEN '-infinity' AND coalesce($1::timestamptz, now())
  AND t.not_before <= now() AND ($2::text IS NULL OR t.workspace_id = $2)`;

export const KNOWN = 't.target = ANY ($3::text[])';

/** Nobody fires it, as far as is known. */
const FREE = '(t.leased_until IS NULL OR t.leased_until <= now())';

export const LIVE = `(SELECT p.status FROM processing.processors p
   WHERE p.name = t.name AND p.version = t.version AND p.build = t.build) = 'live'`;

const nowOf = ({ clock }: Firing): string | null => clock?.now().toISOString() ?? null;

/** `$1` to `$3` of what asks for timers. */
export const asked = (firing: Firing, workspaceId?: string) => [
  nowOf(firing),
  workspaceId ?? null,
  arrayOf(firing.targets.names),
];

const instant = (sql: string) => `to_char(${sql} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** `$4` milliseconds it is ours unless we say more. */
const CLAIM = `
  WITH due AS (
    SELECT t.name, t.version, t.build, t.timer_id FROM processing.timers t
     WHERE ${DUE} AND ${KNOWN} AND ${FREE} AND ${LIVE}
     ORDER BY t.due_at, coalesce(t.command_id, t.timer_id) LIMIT ${BATCH} FOR UPDATE OF t SKIP LOCKED),
  claimed AS (
    UPDATE processing.timers t
       SET claim = gen_random_uuid(), leased_until = now() + $4::float8 * interval '1 millisecond'
      FROM due WHERE (t.name, t.version, t.build, t.timer_id) = (due.name, due.version, due.build, due.timer_id)
    RETURNING t.*)
  SELECT name, version, build, timer_id, claim, coalesce(command_id, timer_id) AS command_id, workspace_id, stream_id,
         target, payload, following, attempts, last_error,
         ${instant('due_at')} AS due_at, ${instant('coalesce($1::timestamptz, now())')} AS now
    FROM claimed`;

const RENEW = `
  UPDATE processing.timers t SET leased_until = now() + $6::float8 * interval '1 millisecond'
    FROM unnest($1::text[], $2::int[], $3::int[], $4::uuid[], $5::uuid[]) AS u(name, version, build, timer_id, claim)
   WHERE (t.name, t.version, t.build, t.timer_id) = (u.name, u.version, u.build, u.timer_id) AND t.claim = u.claim`;

const OURS = 'name = $1 AND version = $2 AND build = $3 AND timer_id = $4 AND claim = $5';

const DONE = `
  UPDATE processing.timers
     SET claim = NULL, leased_until = NULL, done_at = now(), attempts = attempts + 1, last_error = NULL
   WHERE ${OURS}`;

/** `$12` says whether it stays ours, `$13` how long what failed rests, `$14` when another falls due, `$15` is now. */
const KEEP = `
  UPDATE processing.timers
     SET command_id = $6, due_at = $7, payload = $8, attempts = $9, last_error = $10, following = $11,
         claim = CASE WHEN $12::boolean THEN claim END, leased_until = CASE WHEN $12::boolean THEN leased_until END,
         not_before = CASE WHEN $12::boolean OR $13::float8 IS NULL THEN not_before ELSE clock_timestamp() + least(
           $13::float8 * interval '1 millisecond', $14::timestamptz - coalesce($15::timestamptz, clock_timestamp())) END
   WHERE ${OURS}`;

/**
 * Fires what is due, at most a batch. A timer is leased while its target works, outside of any transaction. Neither
 * claim nor outcome waits for the disk: what a crash forgets is fired once more, and the command that may have been
 * given is given again with the same id.
 */
export async function fireBatch(
  firing: Firing,
  session: Session,
  workspaceId?: string,
): Promise<{ taken: number; effective: number }> {
  const { leaseMs } = firing.context.tuning;
  const rows = await session.rows(CLAIM, [...asked(firing, workspaceId), leaseMs], 'claim timers');
  const atWork = new Set(rows);
  let effective = 0;
  /** What is due in one stream, deadline by deadline, whichever timers hold them. */
  const fireInOrder = async (stream: readonly RawRow[]) => {
    const timers = new Map(stream.map((row) => [row, takenTimer(row)]));
    for (let first = firstOf(timers.values()); first; first = firstOf(timers.values())) {
      const { timer, deadline } = first;
      const fired = await fire(firing, timer, deadline);
      if (fired === true) effective += 1;
      const left = afterFiring(timer, deadline, fired);
      if (await settle(firing, session, left)) timers.set(left.row, left);
      else {
        timers.delete(left.row);
        atWork.delete(left.row);
      }
    }
  };
  const streams = Map.groupBy(rows, (row) => row['stream_id']);
  const fired = Promise.all([...streams.values()].map(fireInOrder));
  while (!(await within(fired, renewMs(leaseMs))))
    await session.rows(RENEW, [...keysOf([...atWork]), leaseMs], 'renew timers');
  await fired;
  return { taken: rows.length, effective };
}

/** A deadline is never given up: what fails is tried again, ever more rarely, and shows in the statistics. */
async function fire({ targets, context }: Firing, { row }: TakenTimer, deadline: Pending): Promise<Fired> {
  const target = row['target'] ?? '';
  const { timerId: id, payload, attempts = 0 } = deadline;
  try {
    return await targets.execute(target, {
      id,
      workspaceId: row['workspace_id'] ?? '',
      now: row['now'] ?? '',
      payload,
    });
  } catch (failure) {
    const details = { timer: id, target, attempts: attempts + 1, reason: sentence(failure) };
    context.log.warn('A timer failed and fires again', details);
    return { failure };
  }
}

const KEY = ['name', 'version', 'build', 'timer_id', 'claim'] as const;

const keysOf = (rows: readonly RawRow[]) => KEY.map((column) => arrayOf(rows.map((row) => row[column] ?? null)));

/**
 * Writes what is left of a timer, unless it was set anew or taken by another meanwhile.
 * @returns whether more of it is due, and still ours to fire.
 */
async function settle(firing: Firing, session: Session, timer: TakenTimer): Promise<boolean> {
  const mine = KEY.map((column) => timer.row[column]);
  const left = leftOf(timer);
  if (!left) {
    await session.change(DONE, mine, 'timer done');
    return false;
  }
  const { first, following, goesOn, pauseMs = null, nextDueAt = null } = left;
  const { timerId, dueAt, payload, attempts = 0, lastError = null } = first;
  const next = [timerId, dueAt, JSON.stringify(payload), attempts, lastError];
  const others = following.length > 0 ? JSON.stringify(following) : null;
  const values = [...mine, ...next, others, goesOn, pauseMs, nextDueAt, nowOf(firing)];
  return (await session.change(KEEP, values, 'keep timer')) > 0 && goesOn;
}
