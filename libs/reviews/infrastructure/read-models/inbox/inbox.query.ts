import { Injectable } from '@nestjs/common';
import { sql, type RawBuilder } from 'kysely';
import { anId, anInstant, cursorAfter, readCursor, type Page } from '#libs/kernel/application/page';
import { Database } from '#libs/postgres/infrastructure/database';
import { ReadModels } from '#libs/processing/application/read-models';
import { dueBefore, isShown, type InboxFilter, type InboxView } from '../../../domain/inbox-views.js';
import { role, user } from '../review-party/review-party.table.js';
import type { Via } from './inbox.table.js';

/** Whose inbox: a person, the roles held now, and the people that person acts for (`inboxOwner` gathers them). */
export interface InboxOwner {
  readonly workspaceId: string;
  readonly userId: string;
  readonly roles: readonly string[];
  /** Everybody above that person. */
  readonly superiors?: readonly string[];
  /** False: nothing can be asked of the person, only of the people the person acts for. */
  readonly mayDecide?: boolean;
  readonly actsFor?: readonly InboxPrincipal[];
}

/** Somebody whose work a person may do, as far as a delegation covers it. */
export interface InboxPrincipal {
  readonly userId: string;
  /** Held now. */
  readonly roles: readonly string[];
  /** Everybody the right came by. */
  readonly path: readonly string[];
  /** Everybody above anybody on the path. */
  readonly superiors?: readonly string[];
  readonly scope: {
    readonly workflowKeys?: readonly string[];
    readonly stepKeys?: readonly string[];
    readonly maxAmount?: { readonly amountMinor: string; readonly currency: string | null };
  };
}

export interface InboxRequest extends InboxOwner {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly filter?: InboxFilter;
  /** RFC 3339, what a filter's hours count from; needed by a filter only. */
  readonly now?: string;
}

/** One line of `GET /inbox`: a review that waits for this person, and why. */
export interface InboxItem {
  readonly reviewId: string;
  readonly step: string;
  readonly assignmentId: string;
  readonly via: Via | 'delegated';
  /** Whose seat it is, where a delegation is why. */
  readonly onBehalfOf?: string;
  readonly since: string;
  readonly dueAt: string | null;
  /** The ladder of the step has marked it so. */
  readonly urgent: boolean;
  readonly subject: { readonly type: string; readonly id: string; readonly title: string | null };
  /** An event of this review could not be applied: the line is older than the list. */
  readonly stale?: true;
}

/** `GET /inbox/counts`; counting stops at `COUNTED` lines or `LOOKED_AT` seats, and `capped` says so: there are at least so many. */
export interface InboxCounts {
  readonly total: number;
  readonly direct: number;
  readonly role: number;
  readonly escalated: number;
  readonly delegated: number;
  readonly overdue: number;
  readonly capped: boolean;
  /** Of those counted, how many each view shows. */
  readonly views: readonly { readonly key: string; readonly name: string; readonly count: number }[];
}

interface Found {
  readonly review_id: string;
  readonly assignment_id: string;
  readonly step: string;
  readonly via: InboxItem['via'];
  readonly on_behalf_of: string | null;
  readonly since: Date;
  readonly due_at: Date | null;
  readonly sort_at: Date;
  readonly urgent: boolean;
  readonly workflow_key: string;
  readonly subject_type: string;
  readonly subject_id: string;
  readonly subject_title: string | null;
  /** No line, but the place from which on nothing was looked at. */
  readonly goes_on: boolean;
}

/** Cursors name where the next page begins. */
const CURSOR = 'inbox';
const COUNTED = 1_000;
/**
 * Seats that one answer looks at, shared out among its looks, and the fewest for each: however much four eyes hide from
 * a person, an answer costs no more than this.
 */
const LOOKED_AT = 4_000;
const LEAST_LOOKED_AT = 1_000;

export const lookedAt = (looks: number): number =>
  Math.max(LEAST_LOOKED_AT, Math.floor(LOOKED_AT / Math.max(1, looks)));

/** What waits for a person, directly and by role, most urgent first; each review once, by the nearest reason. */
@Injectable()
export class Inbox {
  constructor(
    private readonly database: Database,
    private readonly readModels: ReadModels,
  ) {}

  /** Throws `InvalidCursor`, `ReadModelBehind`. A page may hold fewer than `limit` lines and still not be the last. */
  async list(request: InboxRequest): Promise<Page<InboxItem>> {
    const from = readCursor(CURSOR, request.cursor, [anInstant, anId]);
    const { rows, rest } = await this.find(request, request.limit, from, request);
    const stale = await this.readModels.stale(
      'inbox',
      rows.map(({ review_id }) => review_id),
    );
    return {
      data: rows.map((row) => ({ ...itemOf(row), ...(stale.has(row.review_id) && { stale: true as const }) })),
      page: {
        next: rest ? cursorAfter(CURSOR, [rest.sort_at.toISOString(), rest.review_id]) : null,
        hasMore: rest !== undefined,
      },
    };
  }

  /** `now`: RFC 3339, what is due before it is overdue. */
  async counts(owner: InboxOwner, now: string, views: readonly InboxView[] = []): Promise<InboxCounts> {
    const { rows, rest } = await this.find(owner, COUNTED, undefined, {});
    const by = (via: InboxItem['via']) => rows.filter((row) => row.via === via).length;
    const overdue = rows.filter(({ due_at }) => due_at !== null && due_at.getTime() < Date.parse(now)).length;
    return {
      total: rows.length,
      direct: by('direct'),
      role: by('role'),
      escalated: by('escalated'),
      delegated: by('delegated'),
      overdue,
      capped: rest !== undefined,
      views: views.map((view) => ({
        key: view.key,
        name: view.name,
        count: rows.filter((row) => isShown(view, lineOf(row), now)).length,
      })),
    };
  }

  /** The first lines, and where the rest begins when there may be one. */
  private find(
    owner: InboxOwner,
    limit: number,
    from: readonly string[] | undefined,
    shown: Pick<InboxRequest, 'filter' | 'now'>,
  ): Promise<{ rows: readonly Found[]; rest: Found | undefined }> {
    return this.readModels.read('inbox', async (table) => {
      const statement = inboxSql(owner, limit + 1, from, table('inbox'), shown);
      const { rows } = await statement.execute(this.database.reading(owner.workspaceId));
      const end = rows.findIndex((row, index) => row.goes_on || index === limit);
      return end < 0 ? { rows, rest: undefined } : { rows: rows.slice(0, end), rest: rows[end] };
    });
  }
}

/**
 * Exported for the plan check: one statement, and each look of it an index range of which so many seats are read at
 * most. Where that ends a look, or where a page would, a row that says `goes_on` stands in for the rest.
 */
export function inboxSql(
  owner: InboxOwner,
  rows: number,
  from: readonly string[] | undefined,
  table: string,
  { filter = {}, now = '' }: Pick<InboxRequest, 'filter' | 'now'> = {},
): RawBuilder<Found> {
  const { workspaceId, userId } = owner;
  const looks = looksOf(owner);
  const column = (of: (look: Look) => string | null) => sql`${looks.map(of)}::text[]`;
  const words = (name: string) => sql`string_to_array(${sql.ref(name)}, ' ') AS ${sql.ref(name)}`;
  const limit = sql.lit(rows);
  const looked = sql.lit(lookedAt(looks.length));
  const later = from ? sql`AND (i.sort_at, i.review_id) >= (${from[0]}::timestamptz, ${from[1]}::text)` : sql``;
  return sql<Found>`
    SELECT DISTINCT ON (seat.sort_at, seat.review_id) seat.*
    FROM (
      SELECT principal, person, ${sql.join(['roles', 'people', 'superiors', 'workflows', 'steps'].map(words))},
             most::numeric AS most, currency
      FROM unnest(
        ${column((look) => look.principal)}, ${column((look) => look.person)}, ${column((look) => look.roles)},
        ${column((look) => look.people)}, ${column((look) => look.superiors)},
        ${column((look) => look.workflows)}, ${column((look) => look.steps)},
        ${column((look) => look.most)}, ${column((look) => look.currency)}
      ) AS who(principal, person, roles, people, superiors, workflows, steps, most, currency) OFFSET 0
    ) who CROSS JOIN LATERAL (
      SELECT DISTINCT ON (i.sort_at, i.review_id)
             i.review_id, i.assignment_id, i.step, i.since, i.due_at, i.sort_at, i.urgent, i.workflow_key,
             i.subject_type, i.subject_id, i.subject_title, i.nth > ${looked} AS goes_on,
             CASE WHEN who.person = ${userId} THEN i.via ELSE 'delegated' END AS via,
             NULLIF(who.person, ${userId}) AS on_behalf_of
      FROM (
        SELECT read.*, row_number() OVER (ORDER BY read.sort_at, read.review_id) AS nth FROM (
          SELECT * FROM ${sql.raw(table)} i
          WHERE i.workspace_id = ${workspaceId} AND i.assignee = who.principal AND i.listed ${later} ${dueBy(filter, now)}
          ORDER BY i.sort_at, i.review_id LIMIT ${looked} + 1
        ) read
      ) i
      WHERE i.nth > ${looked} OR (
        NOT i.excluded && who.people
        AND NOT i.upward && who.superiors
        AND NOT i.spoken && ARRAY[who.person, ${userId}]
        AND (i.must_hold IS NULL OR i.must_hold = ANY(who.roles))
        AND (i.electorate IS NULL OR i.electorate @> ARRAY[who.person])
        AND (i.claimed_by IS NULL OR i.claimed_by && ARRAY[who.person, ${userId}])
        AND (who.workflows IS NULL OR i.workflow_key = ANY(who.workflows))
        AND (who.steps IS NULL OR i.step = ANY(who.steps))
        AND (who.most IS NULL OR i.amount::numeric <= who.most)
        AND (who.currency IS NULL OR i.currency = who.currency) ${ofKind(filter)}
      )
      ORDER BY i.sort_at, i.review_id, goes_on DESC, i.via, i.assignment_id LIMIT ${limit}
    ) seat
    ORDER BY seat.sort_at, seat.review_id, seat.goes_on DESC,
             CASE seat.via WHEN 'direct' THEN 0 WHEN 'escalated' THEN 1 WHEN 'role' THEN 2 ELSE 3 END,
             seat.assignment_id, seat.on_behalf_of
    LIMIT ${limit}`;
}

/** What is due before a filter's time; a review that is never due is due after everything. */
function dueBy(filter: InboxFilter, now: string): RawBuilder<unknown> {
  const before = dueBefore(filter, now);
  return before === undefined ? sql`` : sql`AND i.sort_at < ${before}::timestamptz`;
}

/** The rest of `isShown`. */
const ofKind = ({ workflows, subjectTypes }: InboxFilter): RawBuilder<unknown> =>
  sql.join(
    [
      workflows ? sql`AND i.workflow_key = ANY(${[...workflows]}::text[])` : sql``,
      subjectTypes ? sql`AND i.subject_type = ANY(${[...subjectTypes]}::text[])` : sql``,
    ],
    sql` `,
  );

const lineOf = ({ workflow_key, subject_type, due_at }: Found) => ({
  workflowKey: workflow_key,
  subjectType: subject_type,
  dueAt: due_at?.toISOString() ?? null,
});

/** Through whom a person looks for work: himself, his roles, and those of the people he acts for. Lists are words. */
interface Look {
  readonly principal: string;
  readonly person: string;
  readonly roles: string;
  /** Everybody by whose hand or in whose name it would be done: four eyes hold for all of them. */
  readonly people: string;
  /** No step may be decided by anybody who works under its submitter, where the workflow says so. */
  readonly superiors: string;
  readonly workflows: string | null;
  readonly steps: string | null;
  readonly most: string | null;
  readonly currency: string | null;
}

function looksOf({ userId, roles, superiors = [], mayDecide, actsFor = [] }: InboxOwner): readonly Look[] {
  const self: InboxPrincipal = { userId, roles, path: [], scope: {} };
  return [...(mayDecide === false ? [] : [self]), ...actsFor].flatMap((person) =>
    [user(person.userId), ...person.roles.map(role)].map((principal) => ({
      principal,
      person: person.userId,
      roles: person.roles.join(' '),
      people: [userId, ...person.path].join(' '),
      superiors: [...superiors, ...(person.superiors ?? [])].join(' '),
      workflows: person.scope.workflowKeys?.join(' ') ?? null,
      steps: person.scope.stepKeys?.join(' ') ?? null,
      most: person.scope.maxAmount?.amountMinor ?? null,
      currency: person.scope.maxAmount?.currency ?? null,
    })),
  );
}

const itemOf = (row: Found): InboxItem => ({
  reviewId: row.review_id,
  step: row.step,
  assignmentId: row.assignment_id,
  via: row.via,
  ...(row.on_behalf_of !== null && { onBehalfOf: row.on_behalf_of }),
  since: row.since.toISOString(),
  dueAt: row.due_at?.toISOString() ?? null,
  urgent: row.urgent,
  subject: { type: row.subject_type, id: row.subject_id, title: row.subject_title },
});
