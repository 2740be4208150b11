import type { Clock } from '#libs/kernel/application/clock';
import type { JsonObject } from '#libs/kernel/domain/json';
import type { Again } from '../application/process-manager.js';
import { Timers } from '../application/timers.js';
import { ReadModelBehind } from '../application/wait-gate.js';
import type { Board } from './board.js';
import type { ProcessingContext } from './context.js';
import { sentence } from './group-batch.js';
import { Session, type RawRow, type SessionOptions } from './session.js';
import { backOffMs, type Targets } from './targets.js';
import { WorkLoop, type Outcome } from './work-loop.js';

const BATCH = 32;
const LONGEST_SLEEP_MS = 30_000;
/** How long `fireDue` waits for process managers and for timers that another process is firing. */
const PATIENCE_MS = 5000;
/** What fires may set what is due at once; a chain longer than this is left to the loop. */
const MOST_ROUNDS = 20;

/** `$1` is the moment that counts as now, NULL for the database's clock; `$2` a workspace or NULL. */
const DUE = `t.done_at IS NULL AND t.due_at <= coalesce($1::timestamptz, now()) AND t.not_before <= now()
  AND ($2::text IS NULL OR t.workspace_id = $2)`;

const LIVE = `JOIN processing.processors p
  ON p.name = t.name AND p.version = t.version AND p.build = t.build AND p.status = 'live'`;

const TAKE = `
  SELECT t.name, t.version, t.build, t.timer_id, t.workspace_id, t.stream_id, t.target, t.payload, t.attempts,
         to_char(coalesce($1::timestamptz, now()), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS now
    FROM processing.timers t ${LIVE}
   WHERE ${DUE} ORDER BY t.due_at, t.timer_id LIMIT ${BATCH} FOR UPDATE OF t SKIP LOCKED`;

const OPEN = `SELECT 1 FROM processing.timers t ${LIVE} WHERE ${DUE} LIMIT 1`;

/** Milliseconds to the next deadline, and to the next attempt of a timer that failed. */
const NEXT = `
  SELECT least(
    (SELECT extract(epoch FROM t.due_at - coalesce($1::timestamptz, now())) * 1000
       FROM processing.timers t ${LIVE}
      WHERE t.done_at IS NULL AND t.not_before <= now() ORDER BY t.due_at LIMIT 1),
    (SELECT extract(epoch FROM t.not_before - now()) * 1000
       FROM processing.timers t ${LIVE}
      WHERE t.done_at IS NULL AND t.attempts > 0 AND t.not_before > now() ORDER BY t.not_before LIMIT 1)
  ) AS wait`;

/** Which timers to fire and by which clock. */
interface Firing {
  readonly clock: Clock | undefined;
  readonly targets: Targets;
  readonly context: ProcessingContext;
}

/**
 * Fires what is due, at most a batch. The rows stay locked while their targets run, so that two processes never fire
 * the same; a crash lets them go, and the command that may have been given is given again with the same id.
 */
async function fireBatch(
  { clock, targets, context }: Firing,
  session: Session,
  workspaceId: string | undefined,
): Promise<{ taken: number; effective: number }> {
  const now = clock?.now().toISOString() ?? null;
  await session.run('BEGIN');
  const due = await session.rows(TAKE, [now, workspaceId ?? null], 'take timers');
  if (due.length === 0) {
    await session.run('COMMIT');
    return { taken: 0, effective: 0 };
  }
  const outcomes = new Map<RawRow, boolean | Again | { failure: unknown }>();
  const streams = Map.groupBy(due, (timer) => timer['stream_id'] ?? '');
  await Promise.all(
    [...streams.values()].map(async (timers) => {
      for (const timer of timers) outcomes.set(timer, await fire(targets, timer));
    }),
  );
  let effective = 0;
  for (const [timer, outcome] of outcomes) {
    if (outcome === true) effective += 1;
    if (typeof outcome === 'boolean') await done(session, timer);
    else if ('again' in outcome) await goOn(session, timer, outcome);
    else await backOff(context, session, timer, outcome.failure);
  }
  await session.run('COMMIT');
  return { taken: due.length, effective };
}

async function fire(targets: Targets, timer: RawRow): Promise<boolean | Again | { failure: unknown }> {
  try {
    return await targets.execute(timer['target'] ?? '', {
      id: timer['timer_id'] ?? '',
      workspaceId: timer['workspace_id'] ?? '',
      now: timer['now'] ?? '',
      payload: JSON.parse(timer['payload'] ?? '{}') as JsonObject,
    });
  } catch (failure) {
    return { failure };
  }
}

const keyOf = (timer: RawRow) => [timer['name'], timer['version'], timer['build'], timer['timer_id']];

const done = (session: Session, timer: RawRow) =>
  session.rows(
    `UPDATE processing.timers SET done_at = now(), attempts = attempts + 1, last_error = NULL
      WHERE name = $1 AND version = $2 AND build = $3 AND timer_id = $4`,
    keyOf(timer),
    'timer done',
  );

/** A portion of its work is done: it stays due with what is left. */
const goOn = (session: Session, timer: RawRow, { again }: Again) =>
  session.rows(
    `UPDATE processing.timers SET payload = $5::json, attempts = 0, last_error = NULL
      WHERE name = $1 AND version = $2 AND build = $3 AND timer_id = $4`,
    [...keyOf(timer), JSON.stringify(again)],
    'timer goes on',
  );

/** A deadline is never given up: what fails is tried again, ever more rarely, and shows in the statistics. */
async function backOff(context: ProcessingContext, session: Session, timer: RawRow, failure: unknown): Promise<void> {
  const attempts = Number(timer['attempts']) + 1;
  await session.rows(
    `UPDATE processing.timers SET attempts = $5, last_error = $6,
            not_before = clock_timestamp() + $7::float8 * interval '1 millisecond'
      WHERE name = $1 AND version = $2 AND build = $3 AND timer_id = $4`,
    [...keyOf(timer), attempts, sentence(failure), backOffMs(attempts)],
  );
  context.log.warn('A timer failed and fires again', {
    timer: timer['timer_id'],
    target: timer['target'],
    attempts,
    reason: sentence(failure),
  });
}

/** Fires timers as they become due, asleep until the next one. */
export class TimerLoop extends WorkLoop {
  constructor(
    private readonly firing: Firing,
    private readonly turn: Turn,
  ) {
    super('timers', sessionOptions(firing.context), firing.context.log);
  }

  protected override async step(session: Session): Promise<Outcome> {
    const { taken } = await this.turn.take(() => fireBatch(this.firing, session, undefined));
    if (taken > 0) return 'more';
    const [next] = await session.rows(NEXT, [this.firing.clock?.now().toISOString() ?? null], 'next timer');
    const wait = next?.['wait'];
    // Locked rows are due and not ours: look again soon, but not at once.
    return { sleep: wait ? Math.min(Math.max(Number(wait), 20), LONGEST_SLEEP_MS) : LONGEST_SLEEP_MS };
  }
}

const sessionOptions = ({ database }: ProcessingContext): SessionOptions => ({
  ...database,
  transactionSilenceMs: 60_000,
});

/** One at a time within this process: who fires on request also waits for what the loop is firing. */
export class Turn {
  private last: Promise<unknown> = Promise.resolve();

  take<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.last.then(work, work);
    this.last = mine.catch(() => undefined);
    return mine;
  }
}

/** Firing on request. */
export class BoardTimers extends Timers {
  private connection: Session | undefined;

  constructor(
    private readonly firing: Firing,
    private readonly board: Board,
    private readonly processes: readonly string[],
    private readonly turn: Turn,
  ) {
    super();
  }

  override fireDue(workspaceId?: string): Promise<number> {
    return this.turn.take(() => this.fireAll(workspaceId));
  }

  async close(): Promise<void> {
    await this.turn.take(async () => this.connection?.close());
  }

  private async fireAll(workspaceId: string | undefined): Promise<number> {
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
    const session = await this.session();
    const sum = { taken: 0, effective: 0 };
    const end = performance.now() + PATIENCE_MS;
    for (;;) {
      const fired = await this.fireSafely(session, workspaceId);
      sum.taken += fired.taken;
      sum.effective += fired.effective;
      if (fired.taken > 0) continue;
      const now = this.firing.clock?.now().toISOString() ?? null;
      const open = await session.rows(OPEN, [now, workspaceId ?? null], 'open timers');
      if (open.length === 0 || performance.now() > end) return sum;
      await new Promise((resolve) => setTimeout(resolve, 20)); // another process is firing them
    }
  }

  /** A connection with a transaction half done must not be used again. */
  private async fireSafely(session: Session, workspaceId: string | undefined) {
    try {
      return await fireBatch(this.firing, session, workspaceId);
    } catch (error) {
      this.connection = undefined;
      await session.close();
      throw error;
    }
  }

  private async session(): Promise<Session> {
    if (!this.connection?.usable) this.connection = await Session.open(sessionOptions(this.firing.context));
    return this.connection;
  }
}
