import { within } from '#libs/event-store/application/turns';
import type { Clock } from '#libs/kernel/application/clock';
import type { JsonObject } from '#libs/kernel/domain/json';
import type { Again, Deadline } from '../application/process-manager.js';
import { Timers } from '../application/timers.js';
import { ReadModelBehind } from '../application/wait-gate.js';
import type { Board } from './board.js';
import type { ProcessingContext } from './context.js';
import { sentence } from './group-batch.js';
import type { RawRow, Session } from './session.js';
import { arrayOf } from './table-writer.js';
import { backOffMs, renewMs, type Targets } from './targets.js';
import { WorkLoop, type Outcome } from './work-loop.js';

const BATCH = 32;
const LONGEST_SLEEP_MS = 30_000;
/** How long `fireDue` waits for process managers and for timers that another process is firing. */
const PATIENCE_MS = 5000;
/** What fires may set what is due at once; a chain longer than this is left to the loop. */
const MOST_ROUNDS = 20;

/** `$1` is the moment that counts as now, NULL for the database's clock; `$2` a workspace or NULL for all. */
const DUE = `t.done_at IS NULL AND t.due_at <= coalesce($1::timestamptz, now()) AND t.not_before <= now()
  AND ($2::text IS NULL OR t.workspace_id = $2)`;

const LIVE = `JOIN processing.processors p
  ON p.name = t.name AND p.version = t.version AND p.build = t.build AND p.status = 'live'`;

const instant = (sql: string) => `to_char(${sql} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** Nobody fires it, as far as is known. */
const FREE = '(t.leased_until IS NULL OR t.leased_until <= now())';

/** `$3` milliseconds it is ours unless we say more. */
const CLAIM = `
  WITH due AS (
    SELECT t.name, t.version, t.build, t.timer_id FROM processing.timers t ${LIVE}
     WHERE ${DUE} AND ${FREE} ORDER BY t.due_at, coalesce(t.command_id, t.timer_id) LIMIT ${BATCH} FOR UPDATE OF t SKIP LOCKED),
  claimed AS (
    UPDATE processing.timers t
       SET claim = gen_random_uuid(), leased_until = now() + $3::float8 * interval '1 millisecond'
      FROM due WHERE (t.name, t.version, t.build, t.timer_id) = (due.name, due.version, due.build, due.timer_id)
    RETURNING t.*)
  SELECT name, version, build, timer_id, claim, coalesce(command_id, timer_id) AS command_id, workspace_id, stream_id, target, payload, following, attempts,
         ${instant('due_at')} AS due_at, ${instant('coalesce($1::timestamptz, now())')} AS now
    FROM claimed`;

const RENEW = `
  UPDATE processing.timers t SET leased_until = now() + $6::float8 * interval '1 millisecond'
    FROM unnest($1::text[], $2::int[], $3::int[], $4::uuid[], $5::uuid[]) AS u(name, version, build, timer_id, claim)
   WHERE (t.name, t.version, t.build, t.timer_id) = (u.name, u.version, u.build, u.timer_id) AND t.claim = u.claim`;

const OPEN = `SELECT 1 FROM processing.timers t ${LIVE} WHERE ${DUE} LIMIT 1`;

/** Milliseconds to the next deadline, to the next attempt of a timer that failed, to the end of another's lease. */
const NEXT = `
  SELECT least(
    (SELECT extract(epoch FROM t.due_at - coalesce($1::timestamptz, now())) * 1000
       FROM processing.timers t ${LIVE}
      WHERE t.done_at IS NULL AND t.not_before <= now() AND ${FREE} ORDER BY t.due_at LIMIT 1),
    (SELECT extract(epoch FROM t.not_before - now()) * 1000
       FROM processing.timers t ${LIVE}
      WHERE t.done_at IS NULL AND t.attempts > 0 AND t.not_before > now() ORDER BY t.not_before LIMIT 1),
    (SELECT extract(epoch FROM min(t.leased_until) - now()) * 1000
       FROM processing.timers t ${LIVE}
      WHERE ${DUE} AND NOT ${FREE})
  ) AS wait`;

/** What fires timers, and by which clock. */
export interface Firing {
  readonly clock: Clock | undefined;
  readonly targets: Targets;
  readonly context: ProcessingContext;
}

const nowOf = ({ clock }: Firing) => clock?.now().toISOString() ?? null;

/**
 * Fires what is due, at most a batch. A timer is leased while its target works, outside of any transaction. Neither
 * claim nor outcome waits for the disk: what a crash forgets is fired once more, and the command that may have been
 * given is given again with the same id.
 */
async function fireBatch(
  firing: Firing,
  session: Session,
  workspaceId: string | undefined,
): Promise<{ taken: number; effective: number }> {
  const { targets, context } = firing;
  const { leaseMs } = context.tuning;
  const due = await session.rows(CLAIM, [nowOf(firing), workspaceId ?? null, leaseMs], 'claim timers');
  const atWork = new Set(due);
  let effective = 0;
  /** What is due in one stream, deadline by deadline: one timer may hold several that are due. */
  const fireInOrder = async (timers: RawRow[]) => {
    for (let timer = takeFirst(timers); timer; timer = takeFirst(timers)) {
      const outcome = await fire(targets, timer);
      if (outcome === true) effective += 1;
      const next = typeof outcome === 'boolean' ? nextOf(timer) : undefined;
      const goesOn = await settle(context, session, timer, outcome, next);
      atWork.delete(timer);
      if (!next || !goesOn) continue;
      atWork.add(next);
      timers.push(next);
    }
  };
  const fired = Promise.all([...Map.groupBy(due, (timer) => timer['stream_id'] ?? '').values()].map(fireInOrder));
  while (!(await within(fired, renewMs(leaseMs))))
    await session.rows(RENEW, [...keysOf([...atWork]), leaseMs], 'renew timers');
  await fired;
  return { taken: due.length, effective };
}

/** How it went: whether it had an effect, what is left of it, or why it failed. */
type Fired = boolean | Again | { readonly failure: unknown };

async function fire(targets: Targets, timer: RawRow): Promise<Fired> {
  try {
    return await targets.execute(timer['target'] ?? '', {
      id: timer['command_id'] ?? '',
      workspaceId: timer['workspace_id'] ?? '',
      now: timer['now'] ?? '',
      payload: JSON.parse(timer['payload'] ?? '{}') as JsonObject,
    });
  } catch (failure) {
    return { failure };
  }
}

const KEY = ['name', 'version', 'build', 'timer_id', 'claim'] as const;

const keysOf = (timers: readonly RawRow[]) =>
  KEY.map((column) => arrayOf(timers.map((timer) => timer[column] ?? null)));

/** Takes the deadline that comes first. */
function takeFirst(timers: RawRow[]): RawRow | undefined {
  timers.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
  return timers.shift();
}

const orderOf = (timer: RawRow): string => `${timer['due_at']} ${timer['command_id']}`;

/** The timer as its next deadline leaves it; undefined when this was its last. */
function nextOf(timer: RawRow): RawRow | undefined {
  const [next, ...following] = JSON.parse(timer['following'] ?? '[]') as Deadline[];
  if (!next) return undefined;
  return {
    ...timer,
    command_id: next.timerId,
    due_at: next.dueAt,
    payload: JSON.stringify(next.payload),
    following: following.length === 0 ? null : JSON.stringify(following),
    attempts: '0',
  };
}

const isDue = (timer: RawRow): boolean => Date.parse(timer['due_at'] ?? '') <= Date.parse(timer['now'] ?? '');

/**
 * Writes how it went, unless the timer was set anew or taken by another meanwhile.
 * @returns whether its `next` deadline is due too, and still ours to fire.
 */
async function settle(
  context: ProcessingContext,
  session: Session,
  timer: RawRow,
  fired: Fired,
  next: RawRow | undefined,
): Promise<boolean> {
  const write = (name: string, sql: string, values: readonly unknown[] = []) =>
    session.change(
      `UPDATE processing.timers SET ${sql}
        WHERE name = $1 AND version = $2 AND build = $3 AND timer_id = $4 AND claim = $5`,
      [...KEY.map((column) => timer[column]), ...values],
      name,
    );
  if (typeof fired === 'boolean' && next) {
    const { command_id, due_at, payload, following } = next;
    const goesOn = isDue(next);
    const change = `command_id = $6, due_at = $7, payload = $8, following = $9, attempts = 0, last_error = NULL`;
    const values = [command_id, due_at, payload, following];
    const kept = goesOn
      ? await write('timer of a due deadline', change, values)
      : await write('timer of a deadline', `${LET_GO}, ${change}`, values);
    return goesOn && kept > 0;
  }
  if (typeof fired === 'boolean') {
    await write('timer done', `${LET_GO}, done_at = now(), attempts = attempts + 1, last_error = NULL`);
  } else if ('again' in fired) {
    // A portion of its work is done: it stays due with what is left.
    const left = JSON.stringify(fired.again);
    await write('timer goes on', `${LET_GO}, payload = $6::json, attempts = 0, last_error = NULL`, [left]);
  } else {
    // A deadline is never given up: what fails is tried again, ever more rarely, and shows in the statistics.
    const attempts = Number(timer['attempts']) + 1;
    const reason = sentence(fired.failure);
    const pause = `clock_timestamp() + $8::float8 * interval '1 millisecond'`;
    const failed = [attempts, reason, backOffMs(attempts)];
    await write('timer failed', `${LET_GO}, attempts = $6, last_error = $7, not_before = ${pause}`, failed);
    const { command_id: id, target } = timer;
    context.log.warn('A timer failed and fires again', { timer: id, target, attempts, reason });
  }
  return false;
}

const LET_GO = 'claim = NULL, leased_until = NULL';

/** Fires timers as they become due, asleep until the next one. */
export class TimerLoop extends WorkLoop {
  constructor(private readonly firing: Firing) {
    super('timers', { ...firing.context.database, flushed: false }, firing.context.log);
  }

  protected override async step(session: Session): Promise<Outcome> {
    const { taken } = await fireBatch(this.firing, session, undefined);
    if (taken > 0) return 'more';
    const [next] = await session.rows(NEXT, [nowOf(this.firing), null], 'next timer');
    const wait = next?.['wait'];
    return { sleep: wait ? Math.min(Math.max(Number(wait), 20), LONGEST_SLEEP_MS) : LONGEST_SLEEP_MS };
  }
}

/** Firing on request. */
export class BoardTimers extends Timers {
  constructor(
    private readonly firing: Firing,
    private readonly board: Board,
    private readonly processes: readonly string[],
  ) {
    super();
  }

  override async fireDue(workspaceId?: string): Promise<number> {
    let effective = 0;
    for (let round = 0; round < MOST_ROUNDS; round++) {
      await this.catchUp();
      const fired = await this.fireRound(workspaceId);
      effective += fired.effective;
      if (fired.taken === 0) break;
    }
    return effective;
  }

  private async catchUp(): Promise<void> {
    const head = await this.firing.context.store.head();
    for (const name of this.processes)
      if (!(await this.board.waitFor(name, head, PATIENCE_MS))) throw new ReadModelBehind(name);
  }

  private async fireRound(workspaceId: string | undefined): Promise<{ taken: number; effective: number }> {
    const session = await this.board.session();
    const sum = { taken: 0, effective: 0 };
    const end = performance.now() + PATIENCE_MS;
    for (;;) {
      const fired = await fireBatch(this.firing, session, workspaceId);
      sum.taken += fired.taken;
      sum.effective += fired.effective;
      if (fired.taken > 0) continue;
      const open = await session.rows(OPEN, [nowOf(this.firing), workspaceId ?? null], 'open timers');
      if (open.length === 0 || performance.now() > end) return sum;
      await new Promise((resolve) => setTimeout(resolve, 20)); // somebody else is firing them
    }
  }
}
