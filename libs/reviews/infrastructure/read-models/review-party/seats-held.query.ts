import { Injectable } from '@nestjs/common';
import { sql, type RawBuilder } from 'kysely';
import { Database } from '#libs/postgres/infrastructure/database';
import { ReadModels } from '#libs/processing/application/read-models';
import { SeatsHeld, type Holder, type Leaver } from '../../../application/seats-held.js';
import { branch, role, user } from './review-party.table.js';

interface Found {
  readonly review_id: string;
}

/** Finds the reviews by who has to do with them. */
@Injectable()
export class ReviewSeatsHeld extends SeatsHeld {
  constructor(
    private readonly database: Database,
    private readonly readModels: ReadModels,
  ) {
    super();
  }

  override find(leaver: Leaver): Promise<readonly string[]> {
    return this.readModels.read('core', async (table) => {
      const { rows } = await seatsHeldSql(leaver, table('review_party')).execute(
        this.database.reading(leaver.workspaceId),
      );
      return rows.map(({ review_id }) => review_id);
    });
  }
}

/** Ids hold no slash: whether somebody is above is asked of one text. */
const lineOf = ({ superiors }: Holder): string => `/${superiors.join('/')}/`;

/**
 * By name, or by a role of which fewer people are left, besides those whom four eyes keep out, than could be needed at
 * most: one for each open assignment, when everybody who has had to do with the review may not fill any. People are
 * counted up to that many: a role may have thousands.
 */
export function seatsHeldSql({ workspaceId, userId, roles }: Leaver, table: string): RawBuilder<Found> {
  const party = sql.raw(table);
  const byRole = roles.map(
    ({ role: name, holders }) => sql`
    UNION SELECT p.review_id FROM ${party} p
           JOIN ${party} b ON b.review_id = p.review_id AND starts_with(b.principal, ${branch('')})
     WHERE p.workspace_id = ${workspaceId} AND p.principal = ${role(name)} AND cardinality(p.open_seats) > 0
       AND (SELECT (SELECT count(*)
                      FROM (SELECT 1 FROM unnest(${holders.map(({ userId: id }) => id)}::text[], ${holders.map(lineOf)}::text[]) AS h(id, line)
                             WHERE h.id = ANY (p.electorate) AND h.id <> ALL (b.kept_out)
                               AND NOT EXISTS (SELECT 1 FROM unnest(b.upward) AS u(id)
                                                WHERE strpos(h.line, '/' || u.id || '/') > 0)
                             LIMIT most.needed) AS enough) < most.needed
              FROM (SELECT sum(cardinality(q.open_seats)) + count(*) FILTER (WHERE starts_with(q.principal, 'user:'))
                      FROM ${party} q WHERE q.review_id = p.review_id) AS most(needed))`,
  );
  return sql<Found>`
    SELECT p.review_id FROM ${party} p
     WHERE p.workspace_id = ${workspaceId} AND p.principal = ${user(userId)}
       AND (cardinality(p.open_seats) > 0 OR cardinality(p.claims) > 0)
    ${sql.join(byRole, sql` `)}
     ORDER BY 1`;
}
