import type { OutboxMessage } from '../application/process-manager.js';
import { lockAll, notifySql, OUTBOX, type BuildKey } from './checkpoints.js';
import type { Session } from './session.js';
import { arrayOf } from './array-parameters.js';

/* The messages of one key that are open stand in line, and one of them is next: it alone is sent. */

export const OPEN = 'o.done_at IS NULL AND o.dead_at IS NULL';

/** Open, said so that messages looked up by id are not found by reading all that are open. */
export const STILL_OPEN = 'num_nulls(o.done_at, o.dead_at) = 2';

/**
 * A message is next of its key unless an open one is before it. That one is held until the commit, so that it is not
 * settled before whoever settles it can see who waits behind it. Messages of one target come from one process manager.
 */
const FILL_OUTBOX = `
  INSERT INTO processing.outbox (id, process, workspace_id, target, ordering_key, payload, is_next)
  SELECT u.id, $1, u.workspace_id, u.target, u.ordering_key, u.payload, u.nth = 1 AND earlier.id IS NULL
    FROM (SELECT u.*, row_number() OVER (PARTITION BY u.target, u.ordering_key ORDER BY u.place) AS nth
            FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::json[])
              WITH ORDINALITY AS u(id, workspace_id, target, ordering_key, payload, place)
           WHERE NOT EXISTS (SELECT 1 FROM processing.outbox o WHERE o.id = u.id)) AS u
         LEFT JOIN LATERAL (
           SELECT o.id FROM processing.outbox o
            WHERE o.target = u.target AND o.ordering_key = u.ordering_key AND ${OPEN}
            ORDER BY o.seq DESC LIMIT 1 FOR KEY SHARE) AS earlier ON true
   ORDER BY u.place
  ON CONFLICT (id) DO NOTHING`;

/** Puts messages behind those of their keys, in the caller's transaction, which holds the process manager's checkpoint. */
export async function fillOutbox(
  session: Session,
  { name }: BuildKey,
  messages: readonly OutboxMessage[],
): Promise<void> {
  const column = (value: (message: OutboxMessage) => string) => arrayOf(messages.map(value));
  await session.rows(
    FILL_OUTBOX,
    [
      name,
      column(({ id }) => id),
      column(({ workspaceId }) => workspaceId),
      column(({ target }) => target),
      column(({ orderingKey }) => orderingKey),
      column(({ payload }) => JSON.stringify(payload)),
    ],
    'fill outbox',
  );
}

/**
 * The oldest of those that wait behind a settled message is next; or before one that failed, since a dead one was sent
 * again. Asked in a statement of its own, which sees all that came before.
 */
export const PROMOTE = `
  UPDATE processing.outbox o SET is_next = (o.id = oldest.id)
    FROM processing.outbox s CROSS JOIN LATERAL (
      SELECT o.id FROM processing.outbox o
       WHERE o.target = s.target AND o.ordering_key = s.ordering_key AND ${OPEN}
       ORDER BY o.seq LIMIT 1) AS oldest
   WHERE s.id = ANY ($1::uuid[]) AND o.id = ANY (ARRAY[s.id, oldest.id]) AND ${STILL_OPEN}
     AND o.is_next <> (o.id = oldest.id)`;

/** An older version that runs beside this one promotes nobody. */
export const LINE_UP = `
  UPDATE processing.outbox o SET is_next = true
   WHERE NOT o.is_next AND ${OPEN}
     AND NOT EXISTS (SELECT 1 FROM processing.outbox e
                      WHERE e.target = o.target AND e.ordering_key = o.ordering_key AND (e.seq < o.seq OR e.is_next)
                        AND e.done_at IS NULL AND e.dead_at IS NULL)`;

/** A dead message is next at once if no other of its key is open, else once the one that is next now was tried. */
const RETRY = `
  WITH dead AS (SELECT * FROM processing.outbox WHERE id = $1 AND dead_at IS NOT NULL),
  another AS (
    SELECT o.id FROM dead JOIN processing.outbox o ON o.target = dead.target AND o.ordering_key = dead.ordering_key
     WHERE ${OPEN} ORDER BY o.seq LIMIT 1 FOR KEY SHARE OF o)
  UPDATE processing.outbox o
     SET dead_at = NULL, attempts = 0, not_before = now(), is_next = NOT EXISTS (SELECT 1 FROM another)
    FROM dead WHERE o.id = dead.id AND o.dead_at IS NOT NULL`;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export const isMessageId = (text: string): boolean => UUID.test(text);

/**
 * Sends a dead message again, while nobody puts another of its process manager in line.
 * @returns whether it was dead, and of the workspace if one is named.
 */
export async function retryDead(session: Session, id: string, workspaceId?: string): Promise<boolean> {
  const text = 'SELECT process, workspace_id FROM processing.outbox WHERE id = $1 AND dead_at IS NOT NULL';
  const [message] = await session.rows(text, [id]);
  if (!message || (workspaceId !== undefined && message['workspace_id'] !== workspaceId)) return false;
  await lockAll(session, message['process'] ?? '');
  const changed = await session.change(RETRY, [id]);
  await session.run(`${notifySql(OUTBOX)}; COMMIT`);
  return changed > 0;
}
