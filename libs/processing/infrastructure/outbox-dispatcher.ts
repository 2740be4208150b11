import { setTimeout as delay } from 'node:timers/promises';
import { DomainError } from '#libs/kernel/domain/domain-error';
import type { JsonObject } from '#libs/kernel/domain/json';
import type { ProcessingContext } from './context.js';
import type { Portions } from './portions.js';
import { sentence } from './group-batch.js';
import { LINE_UP, OPEN, PROMOTE, STILL_OPEN } from './outbox-line.js';
import { together, type RawRow, type Session } from './session.js';
import { arrayOf } from './array-parameters.js';
import { backOffMs, renewMs, Strangers, type Targets } from './targets.js';
import { WorkLoop, type Outcome } from './work-loop.js';

/** Calls of this process at once to one target: one that hangs holds up nobody else. */
const PER_TARGET = 32;
const MOST_ATTEMPTS = 12;
/** So many are counted at most of tries that met what was down: half a minute between two, however long it is. */
const MOST_OF_AN_OUTAGE = 7;
const LONGEST_SLEEP_MS = 5000;

/** Until a message is settled that somebody puts another one behind. */
const HELD_MS = 10;

/** How often messages are looked for that nobody lined up. */
const LINE_UP_MS = 60_000;

/** Of each target the messages that are next of their keys and due, those first that wait longest. */
const CLAIM = `
  WITH due AS (
    SELECT o.id FROM unnest($1::text[], $2::int[]) AS t(target, room) CROSS JOIN LATERAL (
      SELECT o.id FROM processing.outbox o
       WHERE o.target = t.target AND o.is_next AND ${OPEN}
         AND o.not_before <= now() AND (o.leased_until IS NULL OR o.leased_until <= now())
       ORDER BY o.not_before, o.seq LIMIT t.room FOR NO KEY UPDATE OF o SKIP LOCKED) o)
  UPDATE processing.outbox o SET claim = o.claim + 1, leased_until = now() + $3::float8 * interval '1 millisecond'
    FROM due WHERE o.id = due.id
  RETURNING o.id, o.claim, o.target, o.workspace_id, o.payload, o.attempts,
            to_char(now(), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS now`;

const RENEW = `
  UPDATE processing.outbox o SET leased_until = now() + $3::float8 * interval '1 millisecond'
    FROM unnest($1::uuid[], $2::int[]) AS u(id, claim) WHERE o.id = u.id AND o.claim = u.claim AND ${STILL_OPEN}`;

/**
 * What became of messages; answers with those that are to be settled a moment later, because a process manager that
 * has put another message behind them has not committed yet: it would not be promoted.
 */
const SETTLE = `
  WITH u AS MATERIALIZED (
    SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[], $4::int[], $5::json[], $6::text[], $7::float8[])
      AS u(id, claim, became, attempts, payload, error, pause)),
  free AS (
    SELECT o.id FROM processing.outbox o JOIN u ON o.id = u.id AND o.claim = u.claim
     WHERE ${STILL_OPEN} FOR UPDATE OF o SKIP LOCKED),
  settled AS (
    UPDATE processing.outbox o
       SET leased_until = NULL, attempts = u.attempts, last_error = u.error, payload = coalesce(u.payload, o.payload),
           done_at = CASE u.became WHEN 'done' THEN now() END, dead_at = CASE u.became WHEN 'dead' THEN now() END,
           not_before = CASE u.became WHEN 'failed' THEN clock_timestamp() + u.pause * interval '1 millisecond'
                                      ELSE o.not_before END
      FROM u JOIN free USING (id) WHERE o.id = u.id
    RETURNING o.id)
  SELECT o.id FROM processing.outbox o JOIN u ON o.id = u.id AND o.claim = u.claim
   WHERE ${STILL_OPEN} AND o.id NOT IN (SELECT id FROM settled)`;

/** When the next message falls due, or its lease ends; and which targets are not ours. */
const NEXT = `
  WITH RECURSIVE asked(target) AS (
    SELECT min(o.target) FROM processing.outbox o WHERE ${OPEN}
    UNION ALL
    SELECT (SELECT min(o.target) FROM processing.outbox o WHERE o.target > asked.target AND ${OPEN})
      FROM asked WHERE asked.target IS NOT NULL)
  SELECT extract(epoch FROM min(least(later.at, leased.until)) - now()) * 1000 AS wait,
         string_agg(asked.target, ', ') FILTER (WHERE asked.target <> ALL ($1::text[])) AS strangers
    FROM asked
         LEFT JOIN LATERAL (
           SELECT o.not_before AS at FROM processing.outbox o
            WHERE o.target = asked.target AND o.is_next AND ${OPEN} AND o.not_before > now()
            ORDER BY o.not_before LIMIT 1) AS later ON true
         LEFT JOIN LATERAL (
           SELECT min(o.leased_until) AS until FROM processing.outbox o
            WHERE o.target = asked.target AND o.is_next AND ${OPEN} AND o.not_before <= now()
              AND o.leased_until > now()) AS leased ON true`;

/** What became of a message. */
type Became =
  | { readonly became: 'done'; readonly attempts: number }
  /** A portion of its work is done: it is sent again with what is left. */
  | { readonly became: 'open'; readonly attempts: 0; readonly payload: JsonObject }
  | { readonly became: 'failed' | 'dead'; readonly attempts: number; readonly error: string };

/** A message that this process has taken, until what became of it is written. */
interface UnderWay {
  readonly id: string;
  readonly claim: string;
  readonly target: string;
  outcome?: Became;
}

type Settled = UnderWay & { outcome: Became };

/**
 * Sends what process managers put into the outbox: in order per key, again after a failure, at least once. Targets
 * make it once in effect by the message's id. A refusal that would be the same again makes a dead letter, as do too
 * many failures; later messages of the key then go on. What is unavailable is waited for, however long that takes.
 *
 * A message is leased while its target works, outside of any transaction, and what ended meanwhile is written in one
 * statement. Neither claim nor outcome waits for the disk: what a crash of the database forgets is done once more.
 */
export class OutboxDispatcher extends WorkLoop {
  private readonly underWay = new Map<string, UnderWay>();
  private readonly calls = new Set<Promise<void>>();
  private renewedAt = 0;
  private linedUpAt = Number.NEGATIVE_INFINITY;
  private readonly strangers: Strangers;
  private readonly leaseMs: number;
  private readonly portions: Portions;

  constructor(
    { database, log, tuning, portions }: ProcessingContext,
    private readonly targets: Targets,
    private readonly now: (() => Date) | undefined,
  ) {
    super('outbox', { ...database, flushed: false }, log);
    this.strangers = new Strangers(log, 'Outbox messages');
    this.leaseMs = tuning.leaseMs;
    this.portions = portions;
  }

  protected override async connected(): Promise<void> {
    this.renewedAt = 0;
    this.linedUpAt = Number.NEGATIVE_INFINITY;
  }

  protected override async step(session: Session): Promise<Outcome> {
    const ended = this.ended();
    const settling = this.settle(session, ended);
    const liningUp = this.lineUp(session);
    const renewing = this.renew(session);
    // Asked before the claim: what falls due between the two is looked at again, not slept over.
    const waiting = this.calls.size === 0 ? this.wait(session) : renewMs(this.leaseMs);
    const claiming = this.claim(session);
    await together([settling, liningUp, renewing, Promise.resolve(waiting), claiming]);
    const isSettled = this.forget(ended, await settling);
    const claimed = await claiming;
    for (const message of claimed) this.begin(message);
    if (claimed.length > 0) return 'more';
    return { sleep: isSettled ? await waiting : HELD_MS };
  }

  /** What is at work may end, as long as its lease; what does not is taken by another then, under the same id. */
  protected override async ending(session: Session): Promise<void> {
    const patience = new AbortController();
    const late = delay(this.leaseMs, undefined, { signal: patience.signal }).catch(() => undefined);
    await Promise.race([Promise.all(this.calls), late]);
    patience.abort();
    for (;;) {
      const ended = this.ended();
      if (this.forget(ended, await this.settle(session, ended))) return;
      await delay(HELD_MS);
    }
  }

  private ended(): Settled[] {
    return [...this.underWay.values()].filter((message): message is Settled => message.outcome !== undefined);
  }

  /** @returns ids of those that are to be settled again. */
  private async settle(session: Session, ended: readonly Settled[]): Promise<ReadonlySet<string>> {
    if (ended.length === 0) return new Set();
    const column = (value: (outcome: Became) => string | null) => arrayOf(ended.map(({ outcome }) => value(outcome)));
    const beginning = session.run('BEGIN READ WRITE');
    const settling = session.rows(
      SETTLE,
      [
        ...keysOf(ended),
        column(({ became }) => became),
        column(({ attempts }) => String(attempts)),
        column((outcome) => (outcome.became === 'open' ? JSON.stringify(outcome.payload) : null)),
        column((outcome) => ('error' in outcome ? outcome.error : null)),
        column(({ attempts }) => String(backOffMs(attempts))),
      ],
      'settle outbox',
    );
    const promoting = session.rows(PROMOTE, [arrayOf(ended.map(({ id }) => id))], 'promote outbox');
    await together([beginning, settling, promoting, session.run('COMMIT')]);
    return new Set((await settling).map((row) => row['id'] ?? ''));
  }

  /** @returns whether all of them are settled. */
  private forget(ended: readonly Settled[], again: ReadonlySet<string>): boolean {
    for (const message of ended) {
      if (again.has(message.id)) continue;
      if (this.underWay.get(message.id) === message) this.underWay.delete(message.id);
      this.tell(message);
    }
    return again.size === 0;
  }

  private tell({ id, target, outcome }: Settled): void {
    if (!('error' in outcome)) return;
    const details = { id, target, attempts: outcome.attempts, reason: outcome.error };
    if (outcome.became === 'dead') this.log.error('An outbox message is dead', details);
    else this.log.warn('An outbox message failed and is sent again', details);
  }

  private async lineUp(session: Session): Promise<void> {
    const now = performance.now();
    if (now - this.linedUpAt < LINE_UP_MS) return;
    this.linedUpAt = now;
    await session.rows(LINE_UP, [], 'line up outbox');
  }

  private async renew(session: Session): Promise<void> {
    const now = performance.now();
    // What has ended is let go of, perhaps to be sent again soon.
    const working = [...this.underWay.values()].filter(({ outcome }) => outcome === undefined);
    if (working.length === 0 || now - this.renewedAt < renewMs(this.leaseMs)) return;
    await session.rows(RENEW, [...keysOf(working), this.leaseMs], 'renew outbox');
    this.renewedAt = now;
  }

  private async claim(session: Session): Promise<readonly RawRow[]> {
    const room = new Map(this.targets.names.map((name) => [name, PER_TARGET]));
    for (const { target, outcome } of this.underWay.values())
      if (!outcome) room.set(target, (room.get(target) ?? 0) - 1);
    const free = [...room].filter(([, calls]) => calls > 0);
    if (free.length === 0) return [];
    const targets = arrayOf(free.map(([target]) => target));
    return session.rows(
      CLAIM,
      [targets, arrayOf(free.map(([, calls]) => String(calls))), this.leaseMs],
      'claim outbox',
    );
  }

  private begin(row: RawRow): void {
    if (this.underWay.size === 0) this.renewedAt = performance.now();
    const message: UnderWay = { id: row['id'] ?? '', claim: row['claim'] ?? '', target: row['target'] ?? '' };
    this.underWay.set(message.id, message);
    const call = this.send(row).then((outcome) => {
      message.outcome = outcome;
      this.calls.delete(call);
      this.wake();
    });
    this.calls.add(call);
  }

  private async send(row: RawRow): Promise<Became> {
    const attempts = Number(row['attempts']) + 1;
    try {
      const outcome = await this.targets.execute(row['target'] ?? '', {
        id: row['id'] ?? '',
        workspaceId: row['workspace_id'] ?? '',
        now: this.now?.().toISOString() ?? row['now'] ?? '',
        payload: JSON.parse(row['payload'] ?? '{}') as JsonObject,
      });
      if (typeof outcome === 'boolean') return { became: 'done', attempts };
      this.portions.done();
      return { became: 'open', attempts: 0, payload: outcome.again };
    } catch (failure) {
      const error = sentence(failure);
      if (isDown(failure)) return { became: 'failed', attempts: Math.min(attempts, MOST_OF_AN_OUTAGE), error };
      const isFinal = (failure instanceof DomainError && !failure.retryable) || attempts >= MOST_ATTEMPTS;
      return { became: isFinal ? 'dead' : 'failed', attempts, error };
    }
  }

  /** Milliseconds until something falls due. */
  private async wait(session: Session): Promise<number> {
    const [next] = await session.rows(NEXT, [arrayOf(this.targets.names)], 'next of outbox');
    this.strangers.tell(next?.['strangers'] ?? '');
    const wait = next?.['wait'];
    return wait ? Math.min(Math.max(Number(wait), 10), LONGEST_SLEEP_MS) : LONGEST_SLEEP_MS;
  }
}

const keysOf = (messages: readonly UnderWay[]): string[] => [
  arrayOf(messages.map(({ id }) => id)),
  arrayOf(messages.map(({ claim }) => claim)),
];

/** No reason ever to give a message up: those behind it need that as well. */
const isDown = (failure: unknown) => failure instanceof DomainError && failure.kind === 'unavailable';
