import type { INestApplicationContext } from '@nestjs/common';
import type { Pool } from 'pg';
import { personKeyRef, SubjectKeys, subjectKeyRef } from '#libs/event-store/application/subject-keys';
import { AccessState } from '#libs/identity/application/access-state';
import { ErasureStreams, type Erased } from '#libs/identity/application/erasure-streams';
import { canonicalJson } from '#libs/kernel/domain/canonical-json';
import { derivedId } from '#libs/kernel/domain/ids';
import { sha256 } from '#libs/kernel/infrastructure/node-hashing';
import { ProcessingControl } from '#libs/processing/application/processing-control';
import type { Core } from './core.js';
import { PlainError } from './plain-error.js';

/** What was to be erased cannot be, or not now; nothing has changed. */
export class ErasureRefused extends PlainError {}

export interface Erasure extends Erased {
  readonly workspaceId: string;
}

/** Tables that keep, outside the log and the read models, what belongs to a person: gone with them. */
const OF_PERSON = [
  'DELETE FROM identity.credentials WHERE user_id = $1',
  'DELETE FROM identity.sessions WHERE user_id = $1',
  'DELETE FROM notifications.deliveries WHERE target = $1',
];

/** Rewritten whole: what was deleted from them would lie in their files until something else takes its place. */
const REWRITTEN = [
  'keys.subject_keys',
  'identity.credentials',
  'identity.sessions',
  'identity.refresh_tokens',
  'notifications.deliveries',
  'notifications.digest_items',
  'processing.outbox',
  'processing.process_states',
  'processing.parked_events',
  'processing.timers',
  'pg_catalog.pg_statistic',
];

/**
 * Destroys the keys of a person and of subjects, so that nothing they sealed can be read in the log or any copy of it;
 * records that it was done; makes every read model anew; removes what else is kept of the person. Interrupted, the same
 * again brings it to its end. Nothing else may run meanwhile.
 * @throws ErasureRefused
 */
export async function erase(erasure: Erasure, app: INestApplicationContext, core: Core): Promise<void> {
  const { workspaceId, userId } = erasure;
  const { pool } = core.database;
  if (userId !== undefined) checkPerson(app.get(AccessState), workspaceId, userId);
  const refs = await keyRefsOf(erasure, pool);

  const keys = app.get(SubjectKeys);
  for (const ref of refs) await keys.destroy(ref);
  await record(erasure, app.get(ErasureStreams), core.clock.now());
  if (userId !== undefined) for (const text of OF_PERSON) await pool.query(text, [userId]);

  const control = app.get(ProcessingControl);
  const groups = new Set((await control.list()).filter(({ kind }) => kind === 'projection').map(({ name }) => name));
  for (const name of groups) await control.rebuild(name);
  await control.clearRetired();
  for (const table of REWRITTEN) await pool.query(`VACUUM (FULL) ${table}`);
}

function checkPerson(access: AccessState, workspaceId: string, userId: string): void {
  const person = access.user(userId);
  if (person?.workspaceId !== workspaceId) throw new ErasureRefused(`There is no user ${userId} in ${workspaceId}.`);
  if (person.status !== 'deactivated')
    throw new ErasureRefused(`${userId} is not deactivated: do that first, so that open work goes to others.`);
}

async function keyRefsOf({ workspaceId, userId, subjects }: Erasure, pool: Pool): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { type, id } of subjects) {
    const ref = subjectKeyRef(workspaceId, type, id);
    const { rowCount } = await pool.query('SELECT FROM keys.subject_keys WHERE subject_ref = $1 LIMIT 1', [ref]);
    if (!rowCount) throw new ErasureRefused(`Nothing was ever kept about ${type}/${id} in ${workspaceId}.`);
    found.push(ref);
  }
  return userId === undefined ? found : [personKeyRef(userId), ...found];
}

async function record({ workspaceId, ...erased }: Erasure, streams: ErasureStreams, now: Date): Promise<void> {
  const body = canonicalJson(erased);
  const commandId = derivedId('erase', workspaceId, body);
  const erasureId = derivedId(commandId, 'erasure', 0);
  await streams.handle(erasureId, {
    type: 'RecordErasure',
    data: { ...erased, erasureId },
    facts: {},
    metadata: {
      commandId,
      commandHash: sha256(body),
      actor: { id: 'system:cli', kind: 'system', roles: [] },
      workspaceId,
      now: now.toISOString(),
      correlationId: commandId,
      causationId: commandId,
    },
  });
}
