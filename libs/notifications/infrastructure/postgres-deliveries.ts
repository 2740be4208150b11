import type { Pool } from 'pg';
import { Injectable } from '@nestjs/common';
import type { Page } from '#libs/kernel/application/page';
import type { JsonObject } from '#libs/kernel/domain/json';
import { Database } from '#libs/postgres/infrastructure/database';
import type { CallResult } from '../application/outbound.js';
import {
  Deliveries,
  type ChannelName,
  type DeliveriesOf,
  type DeliveriesRequest,
  type DeliveryDetail,
  type DeliveryLine,
  type NewDelivery,
} from '../application/deliveries.js';
import type { DueDelivery } from './channel.js';
import { findDelivery, isDeliveryId, listDeliveries } from './delivery-list.js';

/** What became of an attempt, as it is written down. */
export interface Written {
  readonly result: CallResult;
  readonly beganAt: Date;
  readonly ms: number;
  /** When to try again; null: it is over, well or not. */
  readonly againInMs: number | null;
}

export const QUEUE = `
  INSERT INTO notifications.deliveries (id, workspace_id, channel, target, event_id, event_type, payload, due_at)
  SELECT u.id, u.workspace_id, u.channel, u.target, u.event_id, u.event_type, u.payload, coalesce(u.due_at, now())
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::json[], $8::timestamptz[])
      WITH ORDINALITY AS u (id, workspace_id, channel, target, event_id, event_type, payload, due_at, place)
   ORDER BY u.place`;

export const valuesOf = (deliveries: readonly NewDelivery[]): unknown[] => {
  const column = (value: (delivery: NewDelivery) => string | null) => deliveries.map(value);
  return [
    column(({ id }) => id),
    column(({ workspaceId }) => workspaceId),
    column(({ channel }) => channel),
    column(({ target }) => target),
    column(({ eventId }) => eventId),
    column(({ eventType }) => eventType),
    column(({ payload }) => JSON.stringify(payload)),
    column(({ dueAt }) => dueAt ?? null),
  ];
};

/** What to take, and what is at work already. */
export interface Asked {
  readonly limit: number;
  readonly perTarget: number;
  /** More of one workspace are taken only when no other has anything due. */
  readonly perWorkspace: number;
  /** If nothing is heard of a message for so long, it is taken again. */
  readonly leaseMs: number;
  /** Receivers that nothing is taken for. */
  readonly spared?: readonly string[];
  /** Calls under way, by receiver and by workspace. */
  readonly underWay?: ReadonlyMap<string, number>;
  readonly atWork?: ReadonlyMap<string, number>;
}

export const askedFor = ({ limit, perTarget, perWorkspace, leaseMs, spared = [], ...now }: Asked): unknown[] => {
  const { underWay = new Map<string, number>(), atWork = new Map<string, number>() } = now;
  const counted = [underWay, atWork].flatMap((calls) => [[...calls.keys()], [...calls.values()]]);
  return [limit, perTarget, [...spared], leaseMs, ...counted, perWorkspace];
};

/** More that is due at once is found by leaps instead. */
const MOST_LOOKED_AT = 1000;

/**
 * The receivers that something is due for, and of each the oldest few: one with a hundred thousand messages does not
 * stand in the way of one with a single message, nor one workspace in that of another. They are those of what is due
 * first; when that is so much that others may be hidden behind it, all that wait for anything, by leaps over the index.
 */
export const TAKE = `
  WITH RECURSIVE first AS MATERIALIZED (
    SELECT channel, target FROM notifications.deliveries
     WHERE state = 'waiting' AND due_at <= now() ORDER BY due_at LIMIT ${MOST_LOOKED_AT}),
  leaps AS (
    (SELECT channel, target FROM notifications.deliveries
      WHERE state = 'waiting' AND (SELECT count(*) FROM first) = ${MOST_LOOKED_AT}
      ORDER BY channel, target LIMIT 1)
    UNION ALL
    SELECT next.channel, next.target FROM leaps l CROSS JOIN LATERAL (
      SELECT d.channel, d.target FROM notifications.deliveries d
       WHERE d.state = 'waiting' AND (d.channel, d.target) > (l.channel, l.target)
       ORDER BY d.channel, d.target LIMIT 1) next),
  receivers AS (
    SELECT channel, target, channel || ' ' || target AS receiver
      FROM (SELECT channel, target FROM first UNION SELECT channel, target FROM leaps) r),
  picked AS MATERIALIZED (
    SELECT o.id, o.due_at, o.workspace_id FROM receivers r CROSS JOIN LATERAL (
      SELECT d.id, d.due_at, d.workspace_id FROM notifications.deliveries d
       WHERE d.channel = r.channel AND d.target = r.target AND d.state = 'waiting' AND d.due_at <= now()
       ORDER BY d.due_at, d.seq
       LIMIT greatest(0, $2 - coalesce((SELECT b.calls FROM unnest($5::text[], $6::int[]) b(receiver, calls)
                                         WHERE b.receiver = r.receiver), 0))
         FOR UPDATE SKIP LOCKED) o
     WHERE r.receiver <> ALL ($3::text[])),
  due AS (
    SELECT id FROM (
      SELECT id, due_at, row_number() OVER (PARTITION BY workspace_id ORDER BY due_at)
             + coalesce((SELECT b.calls FROM unnest($7::text[], $8::int[]) b(workspace, calls)
                          WHERE b.workspace = workspace_id), 0) AS place
        FROM picked) p
     ORDER BY place > $9, due_at LIMIT $1)
  UPDATE notifications.deliveries d
     SET attempts = attempts + 1, tries = tries + 1, due_at = now() + $4::float8 * interval '1 millisecond'
   WHERE d.id = ANY (ARRAY(SELECT id FROM due))
  RETURNING d.id, d.workspace_id, d.channel, d.target, d.event_id, d.event_type, d.payload, d.attempts, d.tries`;

export const NEXT = `SELECT (extract(epoch FROM min(due_at) - now()) * 1000)::float8 AS ms
  FROM notifications.deliveries WHERE state = 'waiting'`;

/** Only who began the newest attempt writes its outcome: one that was given up for lost does not any more. */
const FINISH = `
  WITH done AS (
    UPDATE notifications.deliveries
       SET state = $3, last_status = $4, last_error = $5, finished_at = CASE WHEN $3 <> 'waiting' THEN now() END,
           due_at = CASE WHEN $3 = 'waiting' THEN now() + $6::float8 * interval '1 millisecond' ELSE due_at END,
           tries = tries - CASE WHEN $7 THEN 1 ELSE 0 END, attempts = attempts - CASE WHEN $7 THEN 1 ELSE 0 END
     WHERE id = $1 AND attempts = $2 AND state = 'waiting' RETURNING id)
  INSERT INTO notifications.attempts (delivery_id, attempt, began_at, ms, outcome, status, error)
  SELECT id, $2, $8, $9, $10, $4, $5 FROM done WHERE NOT $7
  ON CONFLICT DO NOTHING`;

/** Messages in `notifications.deliveries`: at once the list that people look at and the work that is to be done. */
@Injectable()
export class PostgresDeliveries extends Deliveries {
  private readonly listeners: (() => void)[] = [];

  constructor(private readonly database: Database) {
    super();
  }

  override onWork(listener: () => void): void {
    this.listeners.push(listener);
  }

  wake(): void {
    for (const listener of this.listeners) listener();
  }

  override async queue(deliveries: readonly NewDelivery[]): Promise<number> {
    if (deliveries.length === 0) return 0;
    const text = `${QUEUE} ON CONFLICT (id) DO NOTHING`;
    const { rowCount } = await this.pool.query({ name: 'notifications.queue', text, values: valuesOf(deliveries) });
    this.wake();
    return rowCount ?? 0;
  }

  override async collect(
    item: { id: string; payload: JsonObject },
    digestAfter: (instant: string) => NewDelivery & { readonly dueAt: string },
    now: string,
  ): Promise<number> {
    for (let digest = digestAfter(now); ; digest = digestAfter(digest.dueAt)) {
      const added = await this.collectInto(digest, item);
      if (added !== undefined) return added;
    }
  }

  /** Undefined when this digest is on its way already. */
  private async collectInto(
    digest: NewDelivery,
    { id, payload }: { id: string; payload: JsonObject },
  ): Promise<number | undefined> {
    const client = await this.pool.connect();
    let broken: Error | undefined;
    try {
      await client.query('BEGIN');
      const known = await client.query('SELECT 1 FROM notifications.digest_items WHERE id = $1', [id]);
      let added: number | undefined = 0;
      if (!known.rowCount) {
        await client.query(`${QUEUE} ON CONFLICT (id) DO NOTHING`, valuesOf([digest]));
        // Locked: it is either taken before, or finds the item.
        const open = await client.query(
          `SELECT 1 FROM notifications.deliveries WHERE id = $1 AND state = 'waiting' AND attempts = 0 FOR UPDATE`,
          [digest.id],
        );
        const insert = `INSERT INTO notifications.digest_items (id, delivery_id, payload) VALUES ($1, $2, $3)
                        ON CONFLICT (id) DO NOTHING`;
        added = open.rowCount
          ? ((await client.query(insert, [id, digest.id, JSON.stringify(payload)])).rowCount ?? 0)
          : undefined;
      }
      await client.query('COMMIT');
      return added;
    } catch (error) {
      broken = error as Error;
      throw error;
    } finally {
      client.release(broken);
    }
  }

  /** The items of a digest, oldest first. */
  async collected(deliveryId: string, limit: number): Promise<JsonObject[]> {
    const { rows } = await this.pool.query<{ payload: JsonObject }>(
      'SELECT payload FROM notifications.digest_items WHERE delivery_id = $1 ORDER BY seq LIMIT $2',
      [deliveryId, limit],
    );
    return rows.map(({ payload }) => payload);
  }

  override list(request: DeliveriesRequest): Promise<Page<DeliveryLine>> {
    return listDeliveries(this.pool, request);
  }

  override find(whose: DeliveriesOf, id: string): Promise<DeliveryDetail | undefined> {
    return findDelivery(this.pool, whose, id);
  }

  override async retry({ workspaceId, channel, target }: DeliveriesOf, id: string): Promise<boolean> {
    if (!isDeliveryId(id)) return false;
    const { rowCount } = await this.pool.query(
      `UPDATE notifications.deliveries SET state = 'waiting', tries = 0, due_at = now(), finished_at = NULL
        WHERE id = $1 AND target = $2 AND workspace_id = $3 AND channel = $4`,
      [id, target, workspaceId, channel],
    );
    this.wake();
    return (rowCount ?? 0) > 0;
  }

  /** Takes what is due, fairly among receivers and workspaces. */
  async take(asked: Asked): Promise<DueDelivery[]> {
    const { rows } = await this.pool.query<{
      id: string;
      workspace_id: string;
      channel: ChannelName;
      target: string;
      event_id: string;
      event_type: string;
      payload: JsonObject;
      attempts: number;
      tries: number;
    }>({
      name: 'notifications.take',
      text: TAKE,
      values: askedFor(asked),
    });
    return rows.map(({ id, workspace_id, channel, target, event_id, event_type, payload, attempts, tries }) => ({
      id,
      workspaceId: workspace_id,
      channel,
      target,
      eventId: event_id,
      eventType: event_type,
      payload,
      attempt: attempts,
      tries,
    }));
  }

  async finish({ id, attempt }: DueDelivery, { result, beganAt, ms, againInMs }: Written): Promise<void> {
    const { outcome } = result;
    const state = outcome === 'delivered' ? 'delivered' : againInMs === null ? 'dead' : 'waiting';
    await this.pool.query({
      name: 'notifications.finish',
      text: FINISH,
      values: [
        id,
        attempt,
        state,
        outcome === 'postponed' ? null : result.status,
        outcome === 'failed' ? result.error : null,
        againInMs ?? 0,
        outcome === 'postponed',
        beganAt,
        Math.round(ms),
        outcome,
      ],
    });
  }

  /** Milliseconds until something is due; undefined when nothing waits. */
  async nextInMs(): Promise<number | undefined> {
    const { rows } = await this.pool.query<{ ms: number | null }>({
      name: 'notifications.next',
      text: NEXT,
    });
    return rows[0]?.ms ?? undefined;
  }

  /** Forgets what was over so long ago that nobody asks any more. @returns how many */
  async prune(retentionDays: number): Promise<number> {
    await this.pool.query(`DELETE FROM notifications.replays WHERE done_at < now() - $1::int * interval '1 day'`, [
      retentionDays,
    ]);
    const { rowCount } = await this.pool.query(
      `DELETE FROM notifications.deliveries WHERE id IN (
         SELECT id FROM notifications.deliveries
          WHERE finished_at IS NOT NULL AND finished_at < now() - $1::int * interval '1 day'
          ORDER BY finished_at LIMIT 1000)`,
      [retentionDays],
    );
    return rowCount ?? 0;
  }

  private get pool(): Pool {
    return this.database.pool;
  }
}
