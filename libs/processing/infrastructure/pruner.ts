import type { ProcessingContext } from './context.js';
import type { Session } from './session.js';
import { WorkLoop, type Outcome } from './work-loop.js';

/** Rows taken away in one statement, so that nobody waits long for it. */
const BATCH = 1_000;

/** The oldest of what was done long enough ago. */
const pruneSql = (table: Prunable) => `
  DELETE FROM processing.${table} WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM processing.${table} WHERE done_at < now() - $1::int * interval '1 day'
     ORDER BY done_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED))`;

/** Tables whose finished rows are kept for a time: only they grow with every deadline and every message. */
export type Prunable = 'timers' | 'outbox';

/**
 * Takes away timers that fired and messages that were sent, some days after; what is open, failing or dead stays. Several
 * processes at it do not wait for each other.
 */
export class Pruner extends WorkLoop {
  constructor(
    private readonly context: ProcessingContext,
    private readonly tables: readonly Prunable[],
    private readonly keepDays: number,
  ) {
    super('pruner', context.database, context.log);
  }

  protected override async step(session: Session): Promise<Outcome> {
    for (const table of this.tables)
      if ((await session.change(pruneSql(table), [this.keepDays], `prune ${table}`)) === BATCH) return 'more';
    return { sleep: this.context.tuning.pruneMs };
  }
}
