import { setTimeout } from 'node:timers/promises';
import type { Position } from '#libs/event-store/application/event-store';
import type { Board } from './board.js';
import { advancedMessage, CHANNEL, labelOf, OUTBOX, TIMERS, type BuildKey } from './checkpoints.js';
import type { Announcements } from './context.js';
import { arrayOf } from './table-writer.js';

/** Other processes hear at most so often, in milliseconds. */
const APART_MS = 5;
/** What could not be said is said again after so long, in milliseconds. */
const AGAIN_MS = 100;

/**
 * Says what was committed, first to this process, then to the others. Those hear of many commits at once, and outside of
 * their transactions: PostgreSQL lets transactions that notify commit only one after the other. What nobody hears,
 * because this process dies, is found by looking.
 */
export class Announcer implements Announcements {
  private readonly pending = new Map<string, string>();
  private telling: Promise<void> | undefined;
  private closing = false;

  constructor(
    private readonly board: Board,
    private readonly here: Omit<Announcements, 'advanced'>,
  ) {}

  advanced(key: BuildKey, position: Position): void {
    this.board.advanced(key, position);
    this.tell(labelOf(key), advancedMessage(key, position));
  }

  changed(): void {
    this.here.changed();
  }

  timersSet(): void {
    this.here.timersSet();
    this.tell(TIMERS, TIMERS);
  }

  outboxFilled(): void {
    this.here.outboxFilled();
    this.tell(OUTBOX, OUTBOX);
  }

  /** Waits until everything is said, or could not be. */
  async close(): Promise<void> {
    this.closing = true;
    await this.telling;
  }

  private tell(about: string, message: string): void {
    this.pending.set(about, message);
    this.telling ??= this.tellAll();
  }

  private async tellAll(): Promise<void> {
    while (this.pending.size > 0) {
      const said = new Map(this.pending);
      this.pending.clear();
      const isHeard = await this.notify([...said.values()]);
      if (!isHeard && this.closing) break;
      // What was said since of the same is newer.
      if (!isHeard) for (const [about, message] of said) if (!this.pending.has(about)) this.pending.set(about, message);
      await setTimeout(isHeard ? APART_MS : AGAIN_MS);
    }
    this.telling = undefined;
  }

  private async notify(messages: readonly string[]): Promise<boolean> {
    const sql = `SELECT pg_notify('${CHANNEL}', message) FROM unnest($1::text[]) AS message`;
    return await this.board.rows(sql, [arrayOf(messages)]).then(
      () => true,
      () => false,
    );
  }
}
