import type { Position } from '#libs/event-store/application/event-store';
import type { JsonObject } from '#libs/kernel/domain/json';
import type { DomainEvent, Recorded } from '#libs/kernel/domain/message';
import type { OutboxMessage, ProcessManager, Timer } from '../application/process-manager.js';
import {
  advanceSql,
  CHANGED,
  goLiveSql,
  halt,
  labelOf,
  lock,
  lockAll,
  notifySql,
  read,
  readAll,
  retireSql,
  TIMERS,
  tryLead,
  type BuildKey,
  type Checkpoint,
} from './checkpoints.js';
import type { ProcessingContext } from './context.js';
import { refusesValues, sentence, type Decoded } from './group-batch.js';
import { LogReader, type Stretch } from './log-reader.js';
import { Progress } from './progress.js';
import type { Session } from './session.js';
import { arrayOf } from './table-writer.js';
import { WorkLoop, type Outcome } from './work-loop.js';

/** A process manager of whatever events and state. */
export type AnyProcess = ProcessManager<DomainEvent, JsonObject>;

/** An event a process manager cannot digest; nothing can be skipped here, so it halts. */
class ReactionFailed extends Error {
  override readonly name = 'ReactionFailed';

  constructor(
    readonly event: Recorded,
    override readonly cause: unknown,
  ) {
    super(`${event.type} at ${event.position}: ${sentence(cause)}`);
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

interface PartialChange {
  readonly set?: Timer;
  readonly clear?: { readonly timerId: string };
  readonly clearAll?: { readonly streamId: string; readonly scope?: string };
}

/** What a batch of reactions comes to: for each timer and stream the last word. */
class Effects {
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
}

/**
 * Runs one build of a process manager: state, timers, outbox and checkpoint are one durable transaction, so that each
 * event has its reactions exactly once. A build that is not live stays behind the side-effect gate: it learns from
 * events that its predecessor has answered, and emits nothing for them.
 */
export class ProcessLoop extends WorkLoop {
  private readonly reader: LogReader;
  private leads = false;
  /** How far this build is, by the checkpoint that was read or written last; states in memory are those of its epoch. */
  private basis: { readonly progress: Progress; readonly checkpoint: Checkpoint } | undefined;
  /** Events per transaction: halved while the database refuses something, until what is to blame stands alone. */
  private limit = Number.POSITIVE_INFINITY;
  private readonly states = new Map<string, JsonObject>();

  constructor(
    private readonly context: ProcessingContext,
    private readonly process: AnyProcess,
    readonly key: BuildKey,
  ) {
    super(labelOf(key), context.database, context.log, context.tuning.silenceMs);
    this.reader = new LogReader(context.pages, process.types);
  }

  get leading(): boolean {
    return this.leads && this.session?.usable === true;
  }

  protected override connected(): Promise<void> {
    this.leads = false;
    this.failed();
    return Promise.resolve();
  }

  protected override failed(): void {
    this.forget();
    this.reader.forget();
  }

  /** The tables and the checkpoint are the truth again. */
  private forget(): void {
    this.basis = undefined;
    this.states.clear();
  }

  private begin(checkpoint: Checkpoint): void {
    this.states.clear();
    this.basis = { progress: new Progress(checkpoint.position), checkpoint };
  }

  protected override async step(session: Session): Promise<Outcome> {
    const { tuning } = this.context;
    if (!this.leads && !(this.leads = await tryLead(session, this.key))) return { sleep: tuning.passiveMs, deaf: true };
    if (!this.basis) {
      const checkpoint = await read(session, this.key);
      if (!checkpoint || checkpoint.status === 'retired') return 'done';
      if (checkpoint.halted) return { sleep: tuning.pollMs };
      this.begin(checkpoint);
    }
    const { progress, checkpoint } = this.basis as { progress: Progress; checkpoint: Checkpoint };
    if (checkpoint.status === 'building') return this.learn(session, progress.position);
    const stretch = await this.reader.take(progress.position, tuning.page);
    progress.begin();
    if (progress.isNews(stretch.next) && !(await this.advance(session, this.limited(stretch)))) return 'more';
    if (!stretch.atHead || !stretch.fresh || progress.position !== stretch.next) return 'more';
    if (stretch.next !== stretch.after) return { sleep: progress.sleep(tuning.pollMs), rest: progress.rest() };
    if (progress.looks()) await this.look(session);
    return { sleep: progress.sleep(tuning.pollMs) };
  }

  private limited(stretch: Stretch): Stretch {
    if (stretch.events.length <= this.limit) return stretch;
    const events = stretch.events.slice(0, this.limit);
    return { ...stretch, events, next: events.at(-1)?.event.position as Position, atHead: false };
  }

  /** Notices an operator's hand or a successor, and keeps the connection from falling silent. */
  private async look(session: Session): Promise<void> {
    const checkpoint = await read(session, this.key);
    if (checkpoint?.epoch !== this.basis?.checkpoint.epoch || checkpoint?.halted) this.forget();
  }

  /** Behind the gate: up to where the predecessor stands (or where this one was born), then takes over from it. */
  private async learn(session: Session, position: Position): Promise<Outcome> {
    const gate = await this.gate(session);
    const stretch = this.upTo(gate, await this.reader.gather(position, this.context.tuning.buildBatch));
    if (stretch.next === position) return await this.takeOver(session);
    await this.advance(session, this.limited(stretch));
    return 'more';
  }

  private async gate(session: Session): Promise<Position> {
    const builds = await readAll(session, this.key.name);
    return this.gateAmong(builds);
  }

  private gateAmong(builds: readonly Checkpoint[]): Position {
    const live = builds.find(({ status }) => status === 'live');
    return live?.position ?? this.mineAmong(builds)?.sideEffectsAfter ?? this.context.store.start;
  }

  private mineAmong(builds: readonly Checkpoint[]): Checkpoint | undefined {
    return builds.find(({ version, build }) => version === this.key.version && build === this.key.build);
  }

  private isAfter(a: Position, b: Position): boolean {
    return this.context.store.compare(a, b) > 0;
  }

  private upTo(gate: Position, stretch: Stretch): Stretch {
    if (!this.isAfter(stretch.next, gate)) return stretch;
    const events = stretch.events.filter(({ event }) => !this.isAfter(event.position as Position, gate));
    return { ...stretch, events, next: this.isAfter(gate, stretch.after) ? gate : stretch.after, atHead: false };
  }

  /** The predecessor, locked, answered everything up to its checkpoint; what comes after is ours, with side effects. */
  private async takeOver(session: Session): Promise<Outcome> {
    const builds = await lockAll(session, this.key.name);
    const mine = this.mineAmong(builds);
    const live = builds.find(({ status }) => status === 'live');
    const superseded = live && live.version > this.key.version;
    this.forget();
    if (!mine || mine.halted || mine.status !== 'building' || superseded) {
      await session.run('ROLLBACK');
      return superseded ? 'done' : 'more';
    }
    const gate = this.gateAmong(builds);
    const last = this.upTo(gate, await this.reader.gather(mine.position, Number.MAX_SAFE_INTEGER));
    try {
      await this.loadStates(session, last.events);
      await this.write(session, this.react(last.events, mine));
      this.states.clear();
    } catch (error) {
      await session.run('ROLLBACK');
      if (error instanceof ReactionFailed || refusesValues(error)) return 'more'; // the ordinary way finds the culprit
      throw error;
    }
    await session.run(
      `${advanceSql(this.key, { position: last.next, events: last.events.length, parked: 0 })};
       ${live ? `${retireSql(live)};` : ''} ${goLiveSql(this.key, gate)};
       ${notifySql(CHANGED)}; ${notifySql(TIMERS)}; COMMIT`,
    );
    this.log.info(`${this.name} is live`, { sideEffectsAfter: gate, instead: live && labelOf(live) });
    this.context.announce.changed();
    this.context.announce.timersSet();
    return 'more';
  }

  private async advance(session: Session, stretch: Stretch): Promise<boolean> {
    const { progress, checkpoint } = this.basis as { progress: Progress; checkpoint: Checkpoint };
    try {
      await this.loadStates(session, stretch.events);
      const effects = this.react(stretch.events, checkpoint);
      if (effects.none && checkpoint.status === 'live' && progress.mayPassOver) {
        progress.passOver(stretch.next);
        if (stretch.next !== stretch.after) this.context.announce.advanced(this.key, stretch.next);
        return true;
      }
      return await this.transaction(session, stretch, effects);
    } catch (error) {
      await session.run('ROLLBACK');
      this.states.clear();
      if (error instanceof ReactionFailed) return await this.stopAt(session, stretch, error);
      if (!refusesValues(error)) throw error;
      const [only, another] = stretch.events;
      if (only && !another) return await this.stopAt(session, stretch, new ReactionFailed(only.event, error));
      this.limit = Math.max(1, Math.floor(stretch.events.length / 2));
      return false;
    }
  }

  /** @returns false when the checkpoint is not where these effects come from. */
  private async transaction(session: Session, { next, events }: Stretch, effects: Effects): Promise<boolean> {
    const { progress, checkpoint: known } = this.basis as { progress: Progress; checkpoint: Checkpoint };
    // A checkpoint alone may be lost: what comes after it changes nothing again.
    const checkpoint = await lock(session, this.key, !effects.none);
    if (!checkpoint || checkpoint.epoch !== known.epoch || checkpoint.status !== known.status) {
      await session.run('ROLLBACK');
      this.forget();
      if (!checkpoint) await new Promise((resolve) => setTimeout(resolve, 20));
      return false;
    }
    await this.write(session, effects);
    const moved = this.isAfter(next, checkpoint.position) ? next : checkpoint.position;
    await session.run(`${advanceSql(this.key, { position: moved, events: events.length, parked: 0 })}; COMMIT`);
    progress.store(moved);
    this.basis = { progress, checkpoint: { ...checkpoint, position: moved, epoch: checkpoint.epoch + 1n } };
    this.letGo();
    this.limit *= 2;
    if (checkpoint.status === 'live') this.announce(moved, effects);
    return true;
  }

  private announce(position: Position, { set, outbox }: Effects): void {
    const { announce } = this.context;
    announce.advanced(this.key, position);
    if (set.size > 0) announce.timersSet();
    if (outbox.length > 0) announce.outboxFilled();
  }

  /** Keeps the states used last. */
  private letGo(): void {
    let surplus = this.states.size - this.context.tuning.hotPartitions;
    for (const key of this.states.keys()) {
      if (surplus-- <= 0) break;
      this.states.delete(key);
    }
  }

  private async loadStates(session: Session, events: readonly Decoded[]): Promise<void> {
    const keys = new Set(events.map((decoded) => this.keyOf(decoded)));
    if (this.process.remembers === false) return;
    const missing = [...keys].filter((key) => !this.states.has(key));
    if (missing.length === 0) return;
    const { name, version, build } = this.key;
    const rows = await session.rows(
      `SELECT key, state FROM processing.process_states
        WHERE name = $1 AND version = $2 AND build = $3 AND key = ANY($4::text[])`,
      [name, version, build, arrayOf(missing)],
      'process states',
    );
    for (const key of missing) this.states.set(key, this.process.initialState);
    for (const row of rows) this.states.set(row['key'] ?? '', JSON.parse(row['state'] ?? 'null') as JsonObject);
  }

  private keyOf({ event, unreadable }: Decoded): string {
    if (unreadable) throw new ReactionFailed(event, unreadable);
    try {
      return this.process.key(event);
    } catch (error) {
      throw new ReactionFailed(event, error);
    }
  }

  private react(events: readonly Decoded[], { status, sideEffectsAfter }: Checkpoint): Effects {
    const effects = new Effects();
    const { store } = this.context;
    const speaks = (position: Position) =>
      status === 'live' && (sideEffectsAfter === undefined || store.compare(position, sideEffectsAfter) > 0);
    for (const decoded of events) {
      const { event } = decoded;
      const key = this.keyOf(decoded);
      try {
        const before = this.states.get(key) ?? this.process.initialState;
        const { state, timers = [], outbox = [] } = this.process.react(event, before);
        if (state !== before) {
          this.states.set(key, state);
          effects.states.set(key, state);
        }
        for (const change of timers) effects.add(change);
        if (speaks(event.position as Position)) effects.outbox.push(...outbox);
      } catch (error) {
        throw new ReactionFailed(event, error);
      }
    }
    return effects;
  }

  private async write(session: Session, effects: Effects): Promise<void> {
    const { name, version, build } = this.key;
    const mine = [name, version, build];
    const { states, set, cleared, clearedStreams, clearedScopes, outbox } = effects;
    if (states.size > 0)
      await session.rows(
        `INSERT INTO processing.process_states (name, version, build, key, state)
         SELECT $1, $2, $3, u.key, u.state FROM unnest($4::text[], $5::json[]) AS u(key, state)
         ON CONFLICT (name, version, build, key) DO UPDATE SET state = excluded.state`,
        [...mine, arrayOf([...states.keys()]), arrayOf([...states.values()].map((state) => JSON.stringify(state)))],
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
    if (set.size > 0) await this.setTimers(session, [...set.values()]);
    if (outbox.length > 0) await this.fillOutbox(session, outbox);
  }

  private async setTimers(session: Session, timers: readonly Timer[]): Promise<void> {
    const { name, version, build } = this.key;
    const column = (value: (timer: Timer) => string) => arrayOf(timers.map(value));
    await session.rows(
      `INSERT INTO processing.timers AS t
         (name, version, build, timer_id, workspace_id, stream_id, scope, target, due_at, payload)
       SELECT $1, $2, $3, u.*
         FROM unnest($4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::timestamptz[], $10::json[])
           AS u(timer_id, workspace_id, stream_id, scope, target, due_at, payload)
       ON CONFLICT (name, version, build, timer_id) DO UPDATE
         SET scope = excluded.scope, target = excluded.target, due_at = excluded.due_at, payload = excluded.payload,
             attempts = 0, not_before = now(), last_error = NULL, done_at = NULL`,
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
        column(({ payload }) => JSON.stringify(payload)),
      ],
      'set timers',
    );
  }

  private async fillOutbox(session: Session, messages: readonly OutboxMessage[]): Promise<void> {
    const column = (value: (message: OutboxMessage) => string) => arrayOf(messages.map(value));
    await session.rows(
      `INSERT INTO processing.outbox (id, process, workspace_id, target, ordering_key, payload)
       SELECT u.id, $1, u.workspace_id, u.target, u.ordering_key, u.payload
         FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::json[])
           WITH ORDINALITY AS u(id, workspace_id, target, ordering_key, payload, place)
        ORDER BY u.place
       ON CONFLICT (id) DO NOTHING`,
      [
        this.key.name,
        column(({ id }) => id),
        column(({ workspaceId }) => workspaceId),
        column(({ target }) => target),
        column(({ orderingKey }) => orderingKey),
        column(({ payload }) => JSON.stringify(payload)),
      ],
      'fill outbox',
    );
  }

  private async stopAt(session: Session, stretch: Stretch, failure: ReactionFailed): Promise<boolean> {
    const index = stretch.events.findIndex(({ event }) => event.id === failure.event.id);
    if (index > 0) {
      const events = stretch.events.slice(0, index);
      const next = events.at(-1)?.event.position as Position;
      await this.advance(session, { after: stretch.after, next, events, atHead: false });
      return false;
    }
    await halt(session, this.key, failure.message);
    this.log.error(`${this.name} halted`, { reason: failure.message });
    this.limit = Number.POSITIVE_INFINITY;
    this.failed();
    this.context.announce.changed();
    return false;
  }
}
