import type { PoolClient } from 'pg';
import { Injectable, Logger } from '@nestjs/common';
import { EventStore, type Position, type RecordedEvent } from '#libs/event-store/application/event-store';
import { Database } from '#libs/postgres/infrastructure/database';
import { Receivers } from '../application/receivers.js';
import { Replays, type NewReplay } from '../application/replays.js';
import { deliveryIdOf } from '../application/webhook-feed.js';
import { thinEvent } from '../domain/thin-event.js';
import { PostgresDeliveries, QUEUE, valuesOf } from './postgres-deliveries.js';

interface Open {
  readonly id: string;
  readonly workspace_id: string;
  readonly webhook_id: string;
  readonly types: string[];
  readonly position: Position;
  readonly until: Position;
}

const PAGE = 500;
/** A replay goes on when fewer messages than this wait for its webhook: the log is long, and the receiver may be down. */
const MOST_WAITING = 2000;
/** A replay whose events could not be read rests, each time twice as long. */
const FIRST_REST_MS = 1000;
const LONGEST_REST_MS = 600_000;

interface Rest {
  readonly ms: number;
  readonly until: number;
}

const TAKE = `
  SELECT id, workspace_id, webhook_id, types, position, until FROM notifications.replays r
   WHERE done_at IS NULL AND id <> ALL ($1::uuid[])
     AND (SELECT count(*) FROM (SELECT 1 FROM notifications.deliveries d
                                 WHERE d.channel = 'webhook' AND d.target = r.webhook_id AND d.state = 'waiting' LIMIT ${MOST_WAITING}) w) < ${MOST_WAITING}
   ORDER BY created_at LIMIT 1 FOR UPDATE OF r SKIP LOCKED`;

/** Replays in `notifications.replays`: each page of the log and how far it has come are written together. */
@Injectable()
export class PostgresReplays extends Replays {
  private readonly logger = new Logger('Replays');
  private readonly resting = new Map<string, Rest>();

  constructor(
    private readonly database: Database,
    private readonly store: EventStore,
    private readonly deliveries: PostgresDeliveries,
    private readonly receivers: Receivers,
  ) {
    super();
  }

  override async begin({ id, workspaceId, webhookId, types, after, until }: NewReplay): Promise<boolean> {
    const { rowCount } = await this.database.pool.query(
      `INSERT INTO notifications.replays (id, workspace_id, webhook_id, types, position, until)
       VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING`,
      [id, workspaceId, webhookId, [...types], after, until],
    );
    this.deliveries.wake();
    return (rowCount ?? 0) > 0;
  }

  /**
   * One page of the oldest replay that nobody else is at and that may go on; one that fails rests while others go on.
   * @returns false when there is none.
   */
  async step(): Promise<boolean> {
    const client = await this.database.pool.connect();
    let broken: Error | undefined;
    let replay: Open | undefined;
    try {
      await client.query('BEGIN');
      const { rows } = await client.query<Open>(TAKE, [this.atRest()]);
      [replay] = rows;
      if (replay) await this.advance(client, replay);
      await client.query('COMMIT');
    } catch (error) {
      broken = error as Error;
      if (!replay) throw error;
      this.rest(replay, error);
    } finally {
      client.release(broken);
    }
    if (!replay) return false;
    if (!broken) {
      this.resting.delete(replay.id);
      this.deliveries.wake();
    }
    return true;
  }

  private async advance(client: PoolClient, replay: Open): Promise<void> {
    const { events, next, done } = await this.page(replay);
    if (events.length > 0)
      // What is on its way already goes once; what was sent, or given up, goes again.
      await client.query(
        `${QUEUE} ON CONFLICT (id) DO UPDATE SET state = 'waiting', tries = 0, due_at = now(), finished_at = NULL
           WHERE deliveries.state <> 'waiting'`,
        valuesOf(events.map((event) => deliveryOf(event, replay.webhook_id))),
      );
    await client.query(
      `UPDATE notifications.replays SET position = $2, queued = queued + $3,
              done_at = CASE WHEN $4 THEN now() END WHERE id = $1`,
      [replay.id, next, events.length, done],
    );
  }

  private atRest(): string[] {
    const now = performance.now();
    return [...this.resting].filter(([, { until }]) => until > now).map(([id]) => id);
  }

  private rest({ id, workspace_id: workspaceId, webhook_id: webhookId }: Open, err: unknown): void {
    const ms = Math.min((this.resting.get(id)?.ms ?? FIRST_REST_MS / 2) * 2, LONGEST_REST_MS);
    this.resting.set(id, { ms, until: performance.now() + ms });
    this.logger.warn({ err, replay: id, workspaceId, webhookId, ms }, 'A replay could not go on and rests');
  }

  private async page({ workspace_id, webhook_id, types, position, until }: Open) {
    // Deactivated meanwhile, it would be sent nothing.
    const isThere = types.length > 0 && (await this.receivers.find('webhook', workspace_id, webhook_id));
    if (!isThere) return { events: [], next: position, done: true };
    const page = await this.store.readAll({ after: position, limit: PAGE, types });
    const events = page.events.filter(
      (event) =>
        types.includes(event.type) &&
        event.metadata.workspaceId === workspace_id &&
        this.store.compare(event.position, until) <= 0,
    );
    return { events, next: page.next, done: page.atHead || this.store.compare(page.next, until) >= 0 };
  }
}

function deliveryOf({ metadata, ...event }: RecordedEvent, webhookId: string) {
  const { workspaceId, actor, recordedAt, $correlationId: correlationId } = metadata;
  return {
    id: deliveryIdOf(event.id, webhookId),
    workspaceId,
    channel: 'webhook',
    target: webhookId,
    eventId: event.id,
    eventType: event.type,
    payload: thinEvent({ ...event, workspaceId, actor, recordedAt, correlationId }),
  } as const;
}
