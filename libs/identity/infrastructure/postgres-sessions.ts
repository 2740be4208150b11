import { Injectable } from '@nestjs/common';
import { sql, type Kysely, type Selectable } from 'kysely';
import { Database } from '#libs/postgres/infrastructure/database';
import { Sessions, type KeptToken, type Rotation, type Session } from '../application/sessions.js';
import type { IdentityTables } from './identity.tables.js';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

type SessionRow = Selectable<IdentityTables['identity.sessions']>;

const sessionOf = (row: SessionRow): Session => ({
  sessionId: row.session_id,
  userId: row.user_id,
  workspaceId: row.workspace_id,
  createdAt: row.created_at,
  refreshedAt: row.refreshed_at,
  expiresAt: row.expires_at,
  userAgent: row.user_agent ?? undefined,
});

@Injectable()
export class PostgresSessions extends Sessions {
  private readonly db: Kysely<IdentityTables>;

  constructor(database: Database) {
    super();
    this.db = database.kysely<IdentityTables>();
  }

  async open(session: Session, token: KeptToken | undefined): Promise<void> {
    await this.db
      .with('opened', (db) =>
        db
          .insertInto('identity.sessions')
          .values({
            session_id: session.sessionId,
            user_id: session.userId,
            workspace_id: session.workspaceId,
            created_at: session.createdAt,
            refreshed_at: session.refreshedAt,
            expires_at: session.expiresAt,
            revoked_at: null,
            user_agent: session.userAgent ?? null,
          })
          .returning('session_id'),
      )
      .insertInto('identity.refresh_tokens')
      .columns(['token_hash', 'session_id', 'issued_at', 'expires_at'])
      .expression((db) =>
        db
          .selectFrom('opened')
          .select([
            sql<Buffer>`${token?.hash ?? null}::bytea`.as('token_hash'),
            'session_id',
            sql<Date>`${session.createdAt}::timestamptz`.as('issued_at'),
            sql<Date>`${token?.expiresAt ?? null}::timestamptz`.as('expires_at'),
          ])
          .where(sql<boolean>`${token !== undefined}`),
      )
      .execute();
    await this.forgetOld(session.createdAt);
  }

  async rotate(hash: Buffer, successor: KeptToken, now: Date): Promise<Rotation> {
    const { rows } = await sql<SessionRow>`
      WITH used AS (
        UPDATE identity.refresh_tokens t SET rotated_at = ${now}
        FROM identity.sessions s
        WHERE t.token_hash = ${hash} AND t.rotated_at IS NULL AND t.expires_at > ${now}
          AND s.session_id = t.session_id AND s.revoked_at IS NULL
        RETURNING t.session_id
      ), next AS (
        INSERT INTO identity.refresh_tokens (token_hash, session_id, issued_at, expires_at)
        SELECT ${successor.hash}::bytea, session_id, ${now}::timestamptz, ${successor.expiresAt}::timestamptz FROM used
      )
      UPDATE identity.sessions SET refreshed_at = ${now}, expires_at = ${successor.expiresAt}
      WHERE session_id IN (SELECT session_id FROM used)
      RETURNING *`.execute(this.db);
    if (rows[0]) return { result: 'rotated', session: sessionOf(rows[0]) };
    return this.whyNot(hash, now);
  }

  private async whyNot(hash: Buffer, now: Date): Promise<Rotation> {
    const row = await this.db
      .selectFrom('identity.refresh_tokens as token')
      .innerJoin('identity.sessions as session', 'session.session_id', 'token.session_id')
      .where('token.token_hash', '=', hash)
      .selectAll('session')
      .select(['token.rotated_at', 'token.expires_at as token_expires_at'])
      .executeTakeFirst();
    if (!row) return { result: 'unknown' };
    if (row.revoked_at) return { result: 'revoked' };
    if (row.rotated_at)
      return { result: 'reused', session: sessionOf(row), agoMs: now.getTime() - row.rotated_at.getTime() };
    return { result: 'expired' };
  }

  async ofToken(hash: Buffer): Promise<Pick<Session, 'sessionId' | 'userId'> | undefined> {
    const row = await this.db
      .selectFrom('identity.refresh_tokens as token')
      .innerJoin('identity.sessions as session', 'session.session_id', 'token.session_id')
      .where('token.token_hash', '=', hash)
      .select(['session.session_id', 'session.user_id'])
      .executeTakeFirst();
    return row && { sessionId: row.session_id, userId: row.user_id };
  }

  async find(sessionId: string): Promise<Session | undefined> {
    if (!uuid.test(sessionId)) return undefined;
    const row = await this.db
      .selectFrom('identity.sessions')
      .selectAll()
      .where('session_id', '=', sessionId)
      .executeTakeFirst();
    return row && sessionOf(row);
  }

  async end(sessionId: string, now: Date): Promise<void> {
    await this.db
      .updateTable('identity.sessions')
      .set({ revoked_at: now })
      .where('session_id', '=', sessionId)
      .where('revoked_at', 'is', null)
      .execute();
  }

  async endAll(userId: string, but: string | undefined, now: Date): Promise<readonly Session[]> {
    const rows = await this.db
      .updateTable('identity.sessions')
      .set({ revoked_at: now })
      .where('user_id', '=', userId)
      .where('revoked_at', 'is', null)
      .$if(but !== undefined, (query) => query.where('session_id', '!=', but!))
      .returningAll()
      .execute();
    return rows.map(sessionOf);
  }

  async ofUser(userId: string, now: Date): Promise<readonly Session[]> {
    const rows = await this.db
      .selectFrom('identity.sessions')
      .selectAll()
      .where('user_id', '=', userId)
      .where('revoked_at', 'is', null)
      .where('expires_at', '>', now)
      .orderBy('created_at', 'desc')
      .limit(100)
      .execute();
    return rows.map(sessionOf);
  }

  /** A few at a time, a week after nothing of them can be used: the reuse of an old token is known until then. */
  private async forgetOld(now: Date): Promise<void> {
    await this.db
      .deleteFrom('identity.sessions')
      .where(({ eb, selectFrom }) =>
        eb(
          'session_id',
          'in',
          selectFrom('identity.sessions')
            .select('session_id')
            .where('expires_at', '<', new Date(now.getTime() - 7 * 24 * 60 * 60 * 1000))
            .limit(10),
        ),
      )
      .execute();
  }
}
