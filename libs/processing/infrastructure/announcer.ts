import { setTimeout } from 'node:timers/promises';
import type { Position } from '#libs/event-store/application/event-store';
import { within } from '#libs/event-store/application/turns';
import type { Board } from './board.js';
import { advancedMessage, AWAITS, CHANGED, CHANNEL, labelOf, OUTBOX, TIMERS, type BuildKey } from './checkpoints.js';
import type { Announcements } from './context.js';
import { arrayOf } from './array-parameters.js';

/** Other processes hear at most so often, in milliseconds. */
const APART_MS = 5;
/** What could not be said is said again after so long, in milliseconds. */
const AGAIN_MS = 100;
/** Who stops waits so long for a database that does not answer, in milliseconds. */
const FAREWELL_MS = 1000;

/**
 * Says what was committed, first to this process, then to the others. Those hear of many commits at once, and outside of
 * their transactions: PostgreSQL lets transactions that notify commit only one after the other. What nobody hears,
 * because this process dies, is found by looking.
 *
 * Where a build stands is said as the board knows it in that moment: PostgreSQL may have crashed since it was committed,
 * which undoes what was not flushed.
 */
export class Announcer implements Announcements {
  /** What is to be said, by what it is about. */
  private readonly pending = new Map<string, () => string>();
  private telling: Promise<void> | undefined;
  private closing = false;

  constructor(
    private readonly board: Board,
    private readonly here: Omit<Announcements, 'advanced'>,
  ) {}

  advanced(key: BuildKey, position: Position): void {
    this.board.advanced(key, position);
    this.tell(labelOf(key), () => this.whereIs(key));
  }

  changed(): void {
    this.here.changed();
  }

  timersSet(): void {
    this.here.timersSet();
    this.tell(TIMERS, () => TIMERS);
  }

  outboxFilled(): void {
    this.here.outboxFilled();
    this.tell(OUTBOX, () => OUTBOX);
  }

  /** Somebody in this process waits for a build that another one leads. */
  awaited(name: string): void {
    this.tell(`${AWAITS}${name}`, () => `${AWAITS}${name}`);
  }

  /** Waits until everything is said, or could not be. */
  async close(): Promise<void> {
    this.closing = true;
    if (this.telling) await within(this.telling, FAREWELL_MS);
  }

  private whereIs(key: BuildKey): string {
    const position = this.board.position(key);
    return position === undefined ? CHANGED : advancedMessage(key, position);
  }

  private tell(about: string, message: () => string): void {
    this.pending.set(about, message);
    this.telling ??= this.tellAll();
  }

  private async tellAll(): Promise<void> {
    while (this.pending.size > 0) {
      const said = new Map(this.pending);
      this.pending.clear();
      const isHeard = await this.notify([...said.values()]);
      if (!isHeard && this.closing) break;
      if (!isHeard) for (const [about, message] of said) this.pending.set(about, message);
      await setTimeout(isHeard ? APART_MS : AGAIN_MS);
    }
    this.telling = undefined;
  }

  private async notify(messages: readonly (() => string)[]): Promise<boolean> {
    const sql = `SELECT pg_notify('${CHANNEL}', message) FROM unnest($1::text[]) AS message`;
    try {
      if (!this.board.isSure) await this.board.refresh();
      const session = await this.board.session();
      await session.rows(sql, [arrayOf(messages.map((message) => message()))]);
      return true;
    } catch {
      return false;
    }
  }
}
