import { Injectable } from '@nestjs/common';
import { sql, type RawBuilder } from 'kysely';
import type { RowAccess } from '#libs/identity/application/row-access';
import { anId, cursorAfter, pageOf, readCursor, type Page } from '#libs/kernel/application/page';
import { Database } from '#libs/postgres/infrastructure/database';
import { ReadModels } from '#libs/processing/application/read-models';

/** Within a filter any value will do; all filters must hold. */
export interface CustomerListRequest {
  readonly access: RowAccess;
  /** Part of the number or the name, in any case. */
  readonly text?: string | undefined;
  readonly type?: readonly string[] | undefined;
  readonly status?: readonly string[] | undefined;
  readonly branch?: readonly string[] | undefined;
  readonly owner?: readonly string[] | undefined;
  /** RFC 3339. */
  readonly asOf?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** One line of `GET /customers`. */
export interface CustomerListItem {
  readonly id: string;
  readonly number: string;
  readonly type: string;
  readonly status: string;
  readonly name: string | null;
  readonly branchId: string;
  readonly ownerOfficerId: string | null;
}

interface Found {
  readonly customer_id: string;
  readonly number: string;
  readonly type: string;
  readonly status: string;
  readonly name: string | null;
  readonly branch_id: string;
  readonly owner_officer_id: string | null;
}

const CURSOR = 'customers';

/** The customers that the reader may see now, by number, as they are or as they were. */
@Injectable()
export class CustomerList {
  constructor(
    private readonly database: Database,
    private readonly readModels: ReadModels,
  ) {}

  /** Throws `InvalidCursor`, `ReadModelBehind`. */
  async list(request: CustomerListRequest): Promise<Page<CustomerListItem>> {
    const [after] = readCursor(CURSOR, request.cursor, [anId]) ?? [];
    const rows = await this.readModels.read('customers', async (table) => {
      const reader = this.database.reading(request.access.workspaceId);
      const result = await customersSql(request, after, table('customer_version')).execute(reader);
      return result.rows;
    });
    return pageOf(rows, request.limit, itemOf, ({ number }) => cursorAfter(CURSOR, [number]));
  }
}

/** `v`: the version that is shown; `now`: the one that says who may see the customer. */
function customersSql(
  { access, text, type, status, branch, owner, asOf, limit }: CustomerListRequest,
  after: string | undefined,
  table: string,
): RawBuilder<Found> {
  const parts: RawBuilder<unknown>[] = [sql`now.workspace_id = ${access.workspaceId}`, sql`now.valid_to IS NULL`];
  const among = (column: string, values: readonly string[] | undefined) => {
    if (values) parts.push(sql`${sql.raw(column)} = ANY(${[...values]}::text[])`);
  };
  if (access.reach !== 'all') {
    const branches = access.reach === 'own' ? [] : [...access.reach.branches];
    parts.push(
      sql`(coalesce(now.owner_officer_id, now.registered_by) = ${access.userId} OR now.branch_id = ANY(${branches}::text[]))`,
    );
  }
  if (after !== undefined) parts.push(sql`now.number > ${after}`);
  if (text !== undefined)
    parts.push(sql`position(lower(${text}) in lower(v.number || ' ' || coalesce(v.name, ''))) > 0`);
  among('v.type', type);
  among('v.status', status);
  among('v.branch_id', branch);
  among('v.owner_officer_id', owner);
  const shown =
    asOf === undefined
      ? sql`v.revision = now.revision`
      : sql`v.valid_from <= ${asOf}::timestamptz AND (v.valid_to IS NULL OR v.valid_to > ${asOf}::timestamptz)`;
  return sql<Found>`
    SELECT v.customer_id, v.number, v.type, v.status, v.name, v.branch_id, v.owner_officer_id
    FROM ${sql.raw(table)} now JOIN ${sql.raw(table)} v ON v.customer_id = now.customer_id AND ${shown}
    WHERE ${sql.join(parts, sql` AND `)}
    ORDER BY now.number LIMIT ${sql.lit(limit + 1)}`;
}

const itemOf = ({ customer_id: id, branch_id: branchId, owner_officer_id, ...row }: Found): CustomerListItem => ({
  id,
  ...row,
  branchId,
  ownerOfficerId: owner_officer_id,
});
