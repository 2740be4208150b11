import { setTimeout as delay } from 'node:timers/promises';
import { DomainError } from '#libs/kernel/domain/domain-error';
import type { JsonObject } from '#libs/kernel/domain/json';
import type { ProcessingContext } from './context.js';
import { sentence } from './group-batch.js';
import { together, type RawRow, type Session } from './session.js';
import { arrayOf } from './table-writer.js';
import { backOffMs, renewMs, type Targets } from './targets.js';
import { WorkLoop, type Outcome } from './work-loop.js';

/** Calls of this process at once to one target: one that hangs holds up nobody else. */
const PER_TARGET = 32;
const MOST_ATTEMPTS = 12;
const LONGEST_SLEEP_MS = 5000;

const OPEN = 'done_at IS NULL AND dead_at IS NULL';

/** Of each target the oldest open message of each key; one that is leased or backs off keeps the later ones waiting. */
const CLAIM = `
  WITH due AS (
    SELECT o.id FROM unnest($1::text[], $2::int[]) AS t(target, room) CROSS JOIN LATERAL (
      SELECT o.id FROM processing.outbox o
       WHERE o.target = t.target AND o.done_at IS NULL AND o.dead_at IS NULL
         AND o.not_before <= now() AND (o.leased_until IS NULL OR o.leased_until <= now())
         AND NOT EXISTS (SELECT 1 FROM processing.outbox e
                          WHERE e.target = o.target AND e.ordering_key = o.ordering_key AND e.seq < o.seq
                            AND e.done_at IS NULL AND e.dead_at IS NULL)
       ORDER BY o.seq LIMIT t.room FOR UPDATE OF o SKIP LOCKED) o)
  UPDATE processing.outbox o SET claim = o.claim + 1, leased_until = now() + $3::float8 * interval '1 millisecond'
    FROM due WHERE o.id = due.id
  RETURNING o.id, o.claim, o.target, o.workspace_id, o.payload, o.attempts,
            to_char(now(), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS now`;

const RENEW = `
  UPDATE processing.outbox o SET leased_until = now() + $3::float8 * interval '1 millisecond'
    FROM unnest($1::uuid[], $2::int[]) AS u(id, claim) WHERE o.id = u.id AND o.claim = u.claim AND ${OPEN}`;

const SETTLE = `
  UPDATE processing.outbox o
     SET leased_until = NULL, attempts = u.attempts, last_error = u.error, payload = coalesce(u.payload, o.payload),
         done_at = CASE u.became WHEN 'done' THEN now() END, dead_at = CASE u.became WHEN 'dead' THEN now() END,
         not_before = CASE u.became WHEN 'failed' THEN clock_timestamp() + u.pause * interval '1 millisecond'
                                    ELSE o.not_before END
    FROM unnest($1::uuid[], $2::int[], $3::text[], $4::int[], $5::json[], $6::text[], $7::float8[])
      AS u(id, claim, became, attempts, payload, error, pause)
   WHERE o.id = u.id AND o.claim = u.claim AND ${OPEN}`;

const NEXT = `
  SELECT extract(epoch FROM min(greatest(not_before, leased_until))
                              FILTER (WHERE greatest(not_before, leased_until) > now()) - now()) * 1000 AS wait,
         count(*) FILTER (WHERE target <> ALL($1::text[])) AS strangers
    FROM processing.outbox WHERE ${OPEN}`;

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
 * many failures; later messages of the key then go on.
 *
 * A message is leased while its target works, outside of any transaction, and what ended meanwhile is written in one
 * statement. Neither claim nor outcome waits for the disk: what a crash of the database forgets is done once more.
 */
export class OutboxDispatcher extends WorkLoop {
  private readonly underWay = new Map<string, UnderWay>();
  private readonly calls = new Set<Promise<void>>();
  private renewedAt = 0;
  private sawStrangers = false;

  private readonly leaseMs: number;

  constructor(
    { database, log, tuning }: ProcessingContext,
    private readonly targets: Targets,
    private readonly now: (() => Date) | undefined,
  ) {
    super('outbox', { ...database, flushed: false }, log);
    this.leaseMs = tuning.leaseMs;
  }

  protected override async connected(): Promise<void> {
    this.renewedAt = 0;
  }

  protected override async step(session: Session): Promise<Outcome> {
    const ended = this.ended();
    const settling = this.settle(session, ended);
    const renewing = this.renew(session);
    // Asked before the claim: what falls due between the two is looked at again, not slept over.
    const waiting = this.calls.size === 0 ? this.wait(session) : renewMs(this.leaseMs);
    const claiming = this.claim(session);
    await together([settling, renewing, Promise.resolve(waiting), claiming]);
    this.forget(ended);
    const claimed = await claiming;
    for (const message of claimed) this.begin(message);
    return claimed.length > 0 ? 'more' : { sleep: await waiting };
  }

  /** What is at work may end, as long as its lease; what does not is taken by another then, under the same id. */
  protected override async ending(session: Session): Promise<void> {
    const patience = new AbortController();
    const late = delay(this.leaseMs, undefined, { signal: patience.signal }).catch(() => undefined);
    await Promise.race([Promise.all(this.calls), late]);
    patience.abort();
    const ended = this.ended();
    await this.settle(session, ended);
    this.forget(ended);
  }

  private ended(): Settled[] {
    return [...this.underWay.values()].filter((message): message is Settled => message.outcome !== undefined);
  }

  private async settle(session: Session, ended: readonly Settled[]): Promise<void> {
    if (ended.length === 0) return;
    const column = (value: (outcome: Became) => string | null) => arrayOf(ended.map(({ outcome }) => value(outcome)));
    await session.rows(
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
    for (const { id, target, outcome } of ended) {
      if (!('error' in outcome)) continue;
      const details = { id, target, attempts: outcome.attempts, reason: outcome.error };
      if (outcome.became === 'dead') this.log.error('An outbox message is dead', details);
      else this.log.warn('An outbox message failed and is sent again', details);
    }
  }

  private forget(ended: readonly Settled[]): void {
    for (const message of ended) if (this.underWay.get(message.id) === message) this.underWay.delete(message.id);
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
      return { became: 'open', attempts: 0, payload: outcome.again };
    } catch (failure) {
      const isFinal = (failure instanceof DomainError && !isPassing(failure)) || attempts >= MOST_ATTEMPTS;
      return { became: isFinal ? 'dead' : 'failed', attempts, error: sentence(failure) };
    }
  }

  /** Milliseconds until something falls due. */
  private async wait(session: Session): Promise<number> {
    const [next] = await session.rows(NEXT, [arrayOf(this.targets.names)], 'next of outbox');
    this.tellOfStrangers(Number(next?.['strangers']));
    const wait = next?.['wait'];
    return wait ? Math.min(Math.max(Number(wait), 10), LONGEST_SLEEP_MS) : LONGEST_SLEEP_MS;
  }

  /** A newer version may know them: they are left alone. */
  private tellOfStrangers(count: number): void {
    if (count > 0 && !this.sawStrangers)
      this.log.warn('Outbox messages wait for a target that this version does not know', { count });
    this.sawStrangers = count > 0;
  }
}

const keysOf = (messages: readonly UnderWay[]): string[] => [
  arrayOf(messages.map(({ id }) => id)),
  arrayOf(messages.map(({ claim }) => claim)),
];

const isPassing = (refusal: DomainError) => refusal.retryable || refusal.kind === 'unavailable';
