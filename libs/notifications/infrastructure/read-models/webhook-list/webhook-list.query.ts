import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { EventStore } from '#libs/event-store/application/event-store';
import { anId, anInstant, cursorAfter, pageOf, readCursor, type Page } from '#libs/kernel/application/page';
import { Database } from '#libs/postgres/infrastructure/database';
import { ReadModels } from '#libs/processing/application/read-models';
import { WaitGate } from '#libs/processing/application/wait-gate';
import { WebhooksListed } from '../../../application/webhooks-listed.js';

export interface WebhookListRequest {
  readonly workspaceId: string;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** One line of `GET /webhooks`. */
export interface WebhookListItem {
  readonly id: string;
  readonly name: string;
  /** Scheme, host and port of the address. */
  readonly origin: string;
  readonly events: readonly string[];
  readonly status: 'active' | 'inactive';
  readonly registeredAt: string;
}

interface Found {
  readonly webhook_id: string;
  readonly name: string;
  readonly origin: string;
  readonly events: string[];
  readonly active: boolean;
  readonly registered_at: Date;
}

const CURSOR = 'webhooks';
const CATCH_UP_MS = 5_000;
const NEVER = '1970-01-01T00:00:00.000Z';

/** The webhooks of a workspace, in the order of their registration. */
@Injectable()
export class WebhookList extends WebhooksListed {
  constructor(
    private readonly database: Database,
    private readonly readModels: ReadModels,
    private readonly store: EventStore,
    private readonly gate: WaitGate,
  ) {
    super();
  }

  /** @throws ReadModelBehind */
  override async active(workspaceId: string): Promise<number> {
    await this.gate.waitFor('notifications', await this.store.head(), CATCH_UP_MS);
    return this.readModels.read('notifications', async (table) => {
      const result = await sql<{ active: number }>`
        SELECT count(*)::int AS active FROM ${sql.raw(table('webhook_list'))}
        WHERE workspace_id = ${workspaceId} AND active`.execute(this.database.reading(workspaceId));
      return result.rows[0]?.active ?? 0;
    });
  }

  /** Throws `InvalidCursor`, `ReadModelBehind`. */
  async list({ workspaceId, limit, cursor }: WebhookListRequest): Promise<Page<WebhookListItem>> {
    const [at = NEVER, id = ''] = readCursor(CURSOR, cursor, [anInstant, anId]) ?? [];
    const rows = await this.readModels.read('notifications', async (table) => {
      const result = await sql<Found>`
        SELECT webhook_id, name, origin, events, active, registered_at FROM ${sql.raw(table('webhook_list'))}
        WHERE workspace_id = ${workspaceId} AND (registered_at, webhook_id) > (${at}::timestamptz, ${id})
        ORDER BY registered_at, webhook_id LIMIT ${sql.lit(limit + 1)}`.execute(this.database.reading(workspaceId));
      return result.rows;
    });
    const cursorOf = (row: Found) => cursorAfter(CURSOR, [row.registered_at.toISOString(), row.webhook_id]);
    return pageOf(rows, limit, itemOf, cursorOf);
  }
}

const itemOf = ({ webhook_id: id, name, origin, events, active, registered_at }: Found): WebhookListItem => ({
  id,
  name,
  origin,
  events,
  status: active ? 'active' : 'inactive',
  registeredAt: registered_at.toISOString(),
});
