import { randomUUID } from 'node:crypto';
import type pg from 'pg';

/**
 * F0, the denominator of the append goals: the least a hand-written event store does. Stream-version upsert and event
 * insert in one function call, autocommit, bare `pg`, no position order, no wake-up.
 */
export async function createF0(pool: pg.Pool): Promise<void> {
  await pool.query(`
    CREATE SCHEMA f0;
    CREATE TABLE f0.streams (stream_id text PRIMARY KEY, revision bigint NOT NULL);
    CREATE TABLE f0.events (
      position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, stream_id text NOT NULL, revision bigint NOT NULL,
      event_id uuid NOT NULL UNIQUE, type text NOT NULL, data json NOT NULL, metadata json NOT NULL,
      recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(), UNIQUE (stream_id, revision));
    CREATE FUNCTION f0.append(p_stream text, p_expect bigint, p_id uuid, p_type text, p_data json, p_meta json)
    RETURNS bigint LANGUAGE plpgsql AS $$
    DECLARE r bigint;
    BEGIN
      INSERT INTO f0.streams VALUES (p_stream, 0)
        ON CONFLICT (stream_id) DO UPDATE SET revision = f0.streams.revision + 1 WHERE f0.streams.revision = p_expect
        RETURNING revision INTO r;
      IF r IS NULL THEN RAISE EXCEPTION 'conflict'; END IF;
      INSERT INTO f0.events (stream_id, revision, event_id, type, data, metadata)
        VALUES (p_stream, r, p_id, p_type, p_data, p_meta);
      RETURN r;
    END $$;`);
}

const metadata = JSON.stringify(sampleMetadata());
const data = JSON.stringify(sampleData());

/** One append to a fresh stream. */
export const appendF0 = (pool: pg.Pool) =>
  pool.query({
    name: 'f0',
    text: 'SELECT f0.append($1, $2, $3, $4, $5, $6)',
    values: [`bench-${randomUUID()}`, -1, randomUUID(), 'DecisionRecorded', data, metadata],
  });

/** The data of a typical decision, about 500 bytes. */
export function sampleData() {
  return {
    executionId: randomUUID(),
    step: 'credit',
    round: 1,
    decisionId: randomUUID(),
    assignmentId: randomUUID(),
    verdict: 'approve',
    actorId: randomUUID(),
    delegationPath: [],
    revision: 1,
    scopeHash: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    evidence: { rolesAtDecision: ['manager'], directoryRevision: '12', delegationRevision: null },
    at: '2026-11-22T10:00:00.000Z',
  };
}

export function sampleMetadata() {
  return {
    $correlationId: randomUUID(),
    $causationId: randomUUID(),
    commandId: randomUUID(),
    commandType: 'Decide',
    commandHash: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    actor: { id: randomUUID(), kind: 'user' as const, roles: ['manager'] },
    workspaceId: 'demo',
    recordedAt: '2026-11-22T10:00:00.000Z',
  };
}
