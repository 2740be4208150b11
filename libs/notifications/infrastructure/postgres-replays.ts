import { Injectable } from '@nestjs/common';
import { EventStore, type Position, type RecordedEvent } from '#libs/event-store/application/event-store';
import { Database } from '#libs/postgres/infrastructure/database';
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

const TAKE = `
  SELECT id, workspace_id, webhook_id, types, position, until FROM notifications.replays r
   WHERE done_at IS NULL
     AND (SELECT count(*) FROM (SELECT 1 FROM notifications.deliveries d
                                 WHERE d.target = r.webhook_id AND d.state = 'waiting' LIMIT ${MOST_WAITING}) w) < ${MOST_WAITING}
   ORDER BY created_at LIMIT 1 FOR UPDATE OF r SKIP LOCKED`;

/** Replays in `notifications.replays`: each page of the log and how far it has come are written together. */
@Injectable()
export class PostgresReplays extends Replays {
  constructor(
    private readonly database: Database,
    private readonly store: EventStore,
    private readonly deliveries: PostgresDeliveries,
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

  /** One page of the oldest replay that nobody else is at and that may go on. @returns false when there is none. */
  async step(): Promise<boolean> {
    const client = await this.database.pool.connect();
    let broken: Error | undefined;
    try {
      await client.query('BEGIN');
      const { rows } = await client.query<Open>(TAKE);
      const [replay] = rows;
      if (replay) {
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
      await client.query('COMMIT');
      if (replay) this.deliveries.wake();
      return replay !== undefined;
    } catch (error) {
      broken = error as Error;
      throw error;
    } finally {
      client.release(broken);
    }
  }

  private async page({ workspace_id, types, position, until }: Open) {
    if (types.length === 0) return { events: [], next: position, done: true };
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
