import type { JsonObject } from '#libs/kernel/domain/json';
import type { OutboxMessage, Timer } from '../application/process-manager.js';
import type { BuildKey } from './checkpoints.js';
import { fillOutbox } from './outbox-line.js';
import type { Session } from './session.js';
import { arrayOf, jsonArray, jsonTexts } from './array-parameters.js';

interface PartialChange {
  readonly set?: Timer;
  readonly clear?: { readonly timerId: string };
  readonly clearAll?: { readonly streamId: string; readonly scope?: string };
}

/** What a batch of reactions comes to: for each timer and stream the last word. */
export class Effects {
  readonly states = new Map<string, JsonObject>();
  readonly set = new Map<string, Timer>();
  readonly cleared = new Set<string>();
  readonly clearedStreams = new Set<string>();
  readonly clearedScopes = new Map<string, { streamId: string; scope: string }>();
  readonly outbox: OutboxMessage[] = [];

  /** Nothing is to be written. */
  get none(): boolean {
    const { states, set, cleared, clearedStreams, clearedScopes, outbox } = this;
    return [states, set, cleared, clearedStreams, clearedScopes].every(({ size }) => size === 0) && outbox.length === 0;
  }

  /** Ids of the timers in `set`, by stream: a batch may clear thousands of streams. */
  private readonly setIn = new Map<string, Set<string>>();

  add({ set, clear, clearAll }: PartialChange): void {
    if (set) this.keep(set);
    if (clear) {
      this.drop(clear.timerId);
      this.cleared.add(clear.timerId);
    }
    if (clearAll) {
      const { streamId, scope } = clearAll;
      for (const id of this.setIn.get(streamId) ?? [])
        if (scope === undefined || this.set.get(id)?.scope === scope) this.drop(id);
      if (scope === undefined) this.clearedStreams.add(streamId);
      else this.clearedScopes.set(JSON.stringify([streamId, scope]), { streamId, scope });
    }
  }

  private keep(timer: Timer): void {
    const { timerId, streamId } = timer;
    this.set.set(timerId, timer);
    const ids = this.setIn.get(streamId);
    if (ids) ids.add(timerId);
    else this.setIn.set(streamId, new Set([timerId]));
  }

  private drop(timerId: string): void {
    const timer = this.set.get(timerId);
    if (!timer) return;
    this.set.delete(timerId);
    this.setIn.get(timer.streamId)?.delete(timerId);
  }

  /** All of it, in the caller's transaction. */
  async write(session: Session, key: BuildKey): Promise<void> {
    const { name, version, build } = key;
    const mine = [name, version, build];
    const { states, set, cleared, clearedStreams, clearedScopes, outbox } = this;
    if (states.size > 0)
      await session.rows(
        `INSERT INTO processing.process_states (name, version, build, key, state)
         SELECT $1, $2, $3, u.key, u.state FROM unnest($4::text[], ${jsonArray(5)}::json[]) AS u(key, state)
         ON CONFLICT (name, version, build, key) DO UPDATE SET state = excluded.state`,
        [...mine, arrayOf([...states.keys()]), jsonTexts([...states.values()].map((state) => JSON.stringify(state)))],
        'set process states',
      );
    const streams = [...clearedStreams].map((streamId) => ({ streamId, scope: null }));
    const parts = [...streams, ...clearedScopes.values()];
    if (cleared.size > 0 || parts.length > 0)
      await session.rows(
        CLEAR_TIMERS,
        [
          ...mine,
          arrayOf([...cleared]),
          arrayOf(parts.map(({ streamId }) => streamId)),
          arrayOf(parts.map(({ scope }) => scope)),
        ],
        'clear timers',
      );
    if (set.size > 0) await setTimers(session, key, [...set.values()]);
    if (outbox.length > 0) await fillOutbox(session, key, outbox);
  }
}

/**
 * Timers by id, by stream, and by scope of a stream. The timers of each stream are looked up one by one (OFFSET 0): a
 * join may be planned as one that reads every timer for every stream while the table has no statistics.
 */
const CLEAR_TIMERS = `
  DELETE FROM processing.timers
   WHERE name = $1 AND version = $2 AND build = $3
     AND timer_id = ANY ($4::uuid[] || ARRAY(
       SELECT t.timer_id
         FROM unnest($5::text[], $6::text[]) AS gone(stream_id, scope)
              CROSS JOIN LATERAL (SELECT * FROM processing.timers s WHERE s.stream_id = gone.stream_id OFFSET 0) AS t
        WHERE t.name = $1 AND t.version = $2 AND t.build = $3 AND (gone.scope IS NULL OR t.scope = gone.scope)))`;

async function setTimers(
  session: Session,
  { name, version, build }: BuildKey,
  timers: readonly Timer[],
): Promise<void> {
  const column = (value: (timer: Timer) => string) => arrayOf(timers.map(value));
  await session.rows(
    `INSERT INTO processing.timers AS t
       (name, version, build, timer_id, command_id, workspace_id, stream_id, scope, target, due_at, payload, following)
     SELECT $1, $2, $3, u.timer_id, u.*
       FROM unnest($4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::timestamptz[],
                   ${jsonArray(10)}::json[], ${jsonArray(11)}::json[])
         AS u(timer_id, workspace_id, stream_id, scope, target, due_at, payload, following)
     ON CONFLICT (name, version, build, timer_id) DO UPDATE
       SET command_id = excluded.command_id, scope = excluded.scope, target = excluded.target,
           due_at = excluded.due_at, payload = excluded.payload, following = excluded.following, attempts = 0,
           not_before = now(), last_error = NULL, done_at = NULL, claim = NULL, leased_until = NULL`,
    [
      name,
      version,
      build,
      column(({ timerId }) => timerId),
      column(({ workspaceId }) => workspaceId),
      column(({ streamId }) => streamId),
      column(({ scope }) => scope ?? ''),
      column(({ target }) => target),
      column(({ dueAt }) => dueAt),
      jsonTexts(timers.map(({ payload }) => JSON.stringify(payload))),
      jsonTexts(timers.map(({ following = [] }) => (following.length === 0 ? null : JSON.stringify(following)))),
    ],
    'set timers',
  );
}
