import { sql, type RawBuilder } from 'kysely';
import type { RowAccess } from '#libs/identity/application/row-access';
import { hourOf } from '../review-status/review-counters.js';
import { EVERYBODY, submitter, type WorkMeasure } from '../step-work/work-counters.js';

/** What the dashboards about work are asked. */
export interface WorkRequest {
  /** The workspace, branches, or what the reader submitted, as far as `dashboard:read` reaches. */
  readonly access: RowAccess;
  /** RFC 3339 UTC. */
  readonly now: string;
  /** Days (UTC), `from` included, `to` not. */
  readonly from: string;
  readonly to: string;
  /** Ids or keys; undefined = all. */
  readonly workflow?: readonly string[] | undefined;
  readonly branch?: readonly string[] | undefined;
  /** Lines at most. */
  readonly limit: number;
}

/** The worst first; `hasMore` when there are more than asked for. */
export interface WorkAnswer<Line> {
  readonly from: string;
  readonly to: string;
  readonly data: readonly Line[];
  readonly hasMore: boolean;
}

export interface WorkflowOfLine {
  readonly id: string;
  readonly key: string;
}

/** Times are taken from the newest of a window, so that a dashboard costs what it shows. */
export const NEWEST = 250;

/** Percentiles of milliseconds; null where nothing was completed. */
export interface Percentiles {
  readonly p50: number | null;
  readonly p90: number | null;
}

export const answerOf = <Row, Line>(
  { from, to, limit }: WorkRequest,
  rows: readonly Row[],
  lineOf: (row: Row) => Line,
): WorkAnswer<Line> => ({ from, to, data: rows.slice(0, limit).map(lineOf), hasMore: rows.length > limit });

/** SQL: counters within reach, `(measure, workflow_id, workflow_key, step, who, n)`: of now, of the window, of hours that are over. */
export function counted(
  { access, now: at, from, to, workflow, branch }: WorkRequest,
  table: string,
  {
    now,
    window,
    hours = [],
  }: Readonly<Record<'now' | 'window', readonly WorkMeasure[]> & { hours?: readonly WorkMeasure[] }>,
): RawBuilder<unknown> {
  const scope = access.reach === 'own' ? submitter(access.userId) : EVERYBODY;
  const part = (measures: readonly WorkMeasure[], days: RawBuilder<unknown>) => sql`
    SELECT c.measure, c.workflow_id, c.workflow_key, c.step, c.who, c.n FROM ${sql.raw(table)} c
    WHERE c.workspace_id = ${access.workspaceId} AND c.scope = ${scope} AND c.measure = ANY(${[...measures]}::text[])
      AND ${days} ${ofBranches('c', access, branch)} ${ofWorkflows('c', workflow)}`;
  const parts = [part(now, sql`c.day = ''`), part(window, sql`c.day >= ${from} AND c.day < ${to}`)];
  if (hours.length > 0) parts.push(part(hours, sql`c.day < ${hourOf(new Date(at).toISOString())}`));
  return sql.join(parts, sql` UNION ALL `);
}

/** When the hour (UTC) began that is running: what counters by hour do not tell is looked up from here. */
export const hourBegan = (now: string): string => `${hourOf(new Date(now).toISOString())}:00:00.000Z`;

/** SQL: that a row of `step_work` is within reach and asked for. */
export const within = (alias: string, { access, workflow, branch }: WorkRequest): RawBuilder<unknown> => sql`
  ${sql.ref(`${alias}.workspace_id`)} = ${access.workspaceId}
  ${access.reach === 'own' ? sql`AND ${sql.ref(`${alias}.submitted_by`)} = ${access.userId}` : sql``}
  ${ofBranches(alias, access, branch)} ${ofWorkflows(alias, workflow)}`;

/** SQL: that an instant lies in the window. */
export const inWindow = (column: string, { from, to }: WorkRequest): RawBuilder<unknown> => sql`
  ${sql.ref(column)} >= ${`${from}T00:00:00.000Z`}::timestamptz AND ${sql.ref(column)} < ${`${to}T00:00:00.000Z`}::timestamptz`;

function ofBranches(alias: string, { reach }: RowAccess, asked: readonly string[] | undefined): RawBuilder<unknown> {
  const column = sql.ref(`${alias}.branch_id`);
  const seen = typeof reach === 'string' ? sql`` : sql`AND ${column} = ANY(${[...reach.branches]}::text[])`;
  return asked ? sql`${seen} AND ${column} = ANY(${[...asked]}::text[])` : seen;
}

const ofWorkflows = (alias: string, asked: readonly string[] | undefined): RawBuilder<unknown> =>
  asked
    ? sql`AND (${sql.ref(`${alias}.workflow_key`)} = ANY(${[...asked]}::text[])
               OR ${sql.ref(`${alias}.workflow_id`)} = ANY(${[...asked]}::text[]))`
    : sql``;
