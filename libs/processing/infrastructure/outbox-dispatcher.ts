import type { JsonObject } from '#libs/kernel/domain/json';
import { DomainError } from '#libs/kernel/domain/domain-error';
import type { Again } from '../application/process-manager.js';
import type { ProcessingContext } from './context.js';
import { sentence } from './group-batch.js';
import { together, type RawRow, type Session } from './session.js';
import { arrayOf } from './table-writer.js';
import { backOffMs, type Targets } from './targets.js';
import { WorkLoop, type Outcome } from './work-loop.js';

/** Messages taken in one transaction, each of another key. */
const BATCH = 64;
const MOST_ATTEMPTS = 12;
const LONGEST_SLEEP_MS = 5000;

/** The oldest open message of each key; an older one that is locked or backs off keeps the later ones waiting. */
const TAKE = `
  SELECT o.id, o.target, o.workspace_id, o.payload, o.attempts,
         to_char(now(), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS now
    FROM processing.outbox o
   WHERE o.done_at IS NULL AND o.dead_at IS NULL AND o.not_before <= now()
     AND NOT EXISTS (SELECT 1 FROM processing.outbox e
                      WHERE e.target = o.target AND e.ordering_key = o.ordering_key AND e.seq < o.seq
                        AND e.done_at IS NULL AND e.dead_at IS NULL)
   ORDER BY o.seq LIMIT ${BATCH} FOR UPDATE SKIP LOCKED`;

const DONE = 'UPDATE processing.outbox SET done_at = now(), attempts = attempts + 1 WHERE id = ANY($1::uuid[])';
/** What became of a message. */
type Sent = 'done' | Again | { readonly failure: unknown };

/**
 * Sends what process managers put into the outbox: in order per key, again after a failure, at least once. Targets
 * make it once in effect by the message's id. A refusal that would be the same again makes a dead letter, as do too
 * many failures; later messages of the key then go on.
 */
export class OutboxDispatcher extends WorkLoop {
  constructor(
    context: ProcessingContext,
    private readonly targets: Targets,
    private readonly now: (() => Date) | undefined,
  ) {
    super('outbox', { ...context.database, transactionSilenceMs: 60_000 }, context.log);
  }

  protected override async step(session: Session): Promise<Outcome> {
    await session.run('BEGIN');
    const messages = await session.rows(TAKE, [], 'take outbox');
    if (messages.length === 0) {
      const [next] = await session.run(
        `COMMIT; SELECT extract(epoch FROM min(not_before) - now()) * 1000 AS wait FROM processing.outbox
           WHERE done_at IS NULL AND dead_at IS NULL AND not_before > now()`,
      );
      const wait = next?.['wait'];
      return { sleep: wait ? Math.min(Math.max(Number(wait), 10), LONGEST_SLEEP_MS) : LONGEST_SLEEP_MS };
    }
    const outcomes = await Promise.all(messages.map((message) => this.send(message)));
    const done = messages.filter((_, i) => outcomes[i] === 'done').map(({ id }) => id ?? '');
    await together([
      done.length > 0 && session.rows(DONE, [arrayOf(done)], 'outbox done'),
      ...messages.map((message, i) => {
        const sent = outcomes[i] as Sent;
        if (sent === 'done') return undefined;
        return 'again' in sent ? this.goOn(session, message, sent) : this.noteFailure(session, message, sent.failure);
      }),
    ]);
    await session.run('COMMIT');
    return 'more';
  }

  private async send(message: RawRow): Promise<Sent> {
    try {
      const outcome = await this.targets.execute(message['target'] ?? '', {
        id: message['id'] ?? '',
        workspaceId: message['workspace_id'] ?? '',
        now: this.now?.().toISOString() ?? message['now'] ?? '',
        payload: JSON.parse(message['payload'] ?? '{}') as JsonObject,
      });
      return typeof outcome === 'boolean' ? 'done' : outcome;
    } catch (failure) {
      return { failure };
    }
  }

  /** A portion of its work is done: it is sent again with what is left. */
  private goOn(session: Session, { id }: RawRow, { again }: Again) {
    return session.rows(
      'UPDATE processing.outbox SET payload = $2::json, attempts = 0, last_error = NULL WHERE id = $1',
      [id, JSON.stringify(again)],
    );
  }

  private async noteFailure(session: Session, message: RawRow, failure: unknown): Promise<void> {
    const { id } = message;
    const attempts = Number(message['attempts']) + 1;
    const final = (failure instanceof DomainError && !isPassing(failure)) || attempts >= MOST_ATTEMPTS;
    await session.rows(
      `UPDATE processing.outbox SET attempts = $2, last_error = $3, dead_at = CASE WHEN $4 THEN now() END,
              not_before = clock_timestamp() + $5::float8 * interval '1 millisecond' WHERE id = $1`,
      [id, attempts, sentence(failure), final, backOffMs(attempts)],
    );
    const details = { id, target: message['target'], attempts, reason: sentence(failure) };
    if (final) this.log.error('An outbox message is dead', details);
    else this.log.warn('An outbox message failed and is sent again', details);
  }
}

const isPassing = (refusal: DomainError) => refusal.retryable || refusal.kind === 'unavailable';
