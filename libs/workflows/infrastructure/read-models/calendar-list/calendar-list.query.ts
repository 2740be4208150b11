import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { anId, cursorAfter, pageOf, readCursor, type Page } from '#libs/kernel/application/page';
import { Database } from '#libs/postgres/infrastructure/database';
import { ReadModels } from '#libs/processing/application/read-models';
import type { CalendarListRow } from './calendar-list.table.js';

export interface CalendarListRequest {
  readonly workspaceId: string;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** One line of `GET /calendars`. */
export interface CalendarListItem {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly version: number;
  readonly timezone: string;
  readonly publishedAt: string;
}

type Found = Omit<CalendarListRow, 'published_at' | 'workspace_id'> & { readonly published_at: Date };

const CURSOR = 'calendars';

/** The published calendars of a workspace, by key. */
@Injectable()
export class CalendarList {
  constructor(
    private readonly database: Database,
    private readonly readModels: ReadModels,
  ) {}

  /** Throws `InvalidCursor`, `ReadModelBehind`. */
  async list({ workspaceId, limit, cursor }: CalendarListRequest): Promise<Page<CalendarListItem>> {
    const [after = ''] = readCursor(CURSOR, cursor, [anId]) ?? [];
    const rows = await this.readModels.read('calendars', async (table) => {
      const result = await sql<Found>`
        SELECT calendar_id, key, name, version, timezone, published_at FROM ${sql.raw(table('calendar_list'))}
        WHERE workspace_id = ${workspaceId} AND key > ${after}
        ORDER BY key LIMIT ${sql.lit(limit + 1)}`.execute(this.database.reading(workspaceId));
      return result.rows;
    });
    return pageOf(rows, limit, itemOf, ({ key }) => cursorAfter(CURSOR, [key]));
  }
}

const itemOf = ({ calendar_id: id, key, name, version, timezone, published_at }: Found): CalendarListItem => ({
  id,
  key,
  name,
  version,
  timezone,
  publishedAt: new Date(published_at).toISOString(),
});
