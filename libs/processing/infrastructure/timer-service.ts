import { Timers } from '../application/timers.js';
import { ReadModelBehind } from '../application/wait-gate.js';
import type { Board } from './board.js';
import type { Session } from './session.js';
import { Strangers } from './targets.js';
import { asked, DUE, fireBatch, KNOWN, LIVE, type Firing } from './timer-batch.js';
import { WorkLoop, type Outcome } from './work-loop.js';

const LONGEST_SLEEP_MS = 30_000;
/** How long `fireDue` waits for process managers and for timers that another process is firing. */
const PATIENCE_MS = 5000;
/** What fires may set what is due at once; a chain longer than this is left to the loop. */
const MOST_ROUNDS = 20;

const OPEN = `SELECT 1 FROM processing.timers t WHERE ${DUE} AND ${KNOWN} AND ${LIVE} LIMIT 1`;

/**
 * Milliseconds to the next deadline (of whomever: that is found at once), to the next attempt of a timer that failed, to
 * the end of another's lease of what is due; and which targets are not ours.
 */
const NEXT = `
  SELECT least(
    (SELECT extract(epoch FROM t.due_at - coalesce($1::timestamptz, now())) * 1000
       FROM processing.timers t
      WHERE t.done_at IS NULL AND t.due_at > coalesce($1::timestamptz, now())
      ORDER BY t.due_at LIMIT 1),
    (SELECT extract(epoch FROM t.not_before - now()) * 1000
       FROM processing.timers t
      WHERE t.done_at IS NULL AND t.attempts > 0 AND t.not_before > now() AND ${KNOWN} AND ${LIVE}
      ORDER BY t.not_before LIMIT 1),
    (SELECT extract(epoch FROM min(coalesce(t.leased_until, now())) - now()) * 1000
       FROM processing.timers t
      WHERE ${DUE} AND ${KNOWN} AND ${LIVE})
  ) AS wait,
  (SELECT string_agg(DISTINCT t.target, ', ')
     FROM processing.timers t
    WHERE ${DUE} AND NOT ${KNOWN} AND ${LIVE}) AS strangers`;

/** Fires timers as they become due, asleep until the next one. */
export class TimerLoop extends WorkLoop {
  private readonly strangers: Strangers;

  constructor(private readonly firing: Firing) {
    super('timers', { ...firing.context.database, flushed: false }, firing.context.log);
    this.strangers = new Strangers(this.log, 'Timers');
  }

  protected override async step(session: Session): Promise<Outcome> {
    const { taken } = await fireBatch(this.firing, session);
    if (taken > 0) return 'more';
    const [next] = await session.rows(NEXT, asked(this.firing), 'next timer');
    this.strangers.tell(next?.['strangers'] ?? '');
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
      const open = await session.rows(OPEN, asked(this.firing, workspaceId), 'open timers');
      if (open.length === 0 || performance.now() > end) return sum;
      await new Promise((resolve) => setTimeout(resolve, 20)); // somebody else is firing them
    }
  }
}
