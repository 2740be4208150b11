import type { Position } from '#libs/event-store/application/event-store';
import type { JsonObject } from '#libs/kernel/domain/json';
import type { DomainEvent, Recorded } from '#libs/kernel/domain/message';
import type { ProcessManager } from '../application/process-manager.js';
import {
  advance,
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
import { Effects } from './process-effects.js';
import { LogReader, type Stretch } from './log-reader.js';
import { Progress } from './progress.js';
import { together, type Session } from './session.js';
import { arrayOf } from './array-parameters.js';
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
    if (!session.usable) return 'more'; // a crash may have undone what this follows
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
    const found = this.upTo(gate, await this.reader.gather(position, this.context.tuning.buildBatch));
    const stretch = this.limited(found);
    if (stretch.next !== position && !(await this.advance(session, stretch))) return 'more';
    // A predecessor that never rests is a little further on by now: that is learnt while it is locked.
    const isClose = stretch.next === position || !this.isAfter(gate, stretch.next);
    return isClose ? await this.takeOver(session) : 'more';
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
      await this.react(last.events, mine).write(session, this.key);
      this.states.clear();
    } catch (error) {
      await session.run('ROLLBACK');
      if (error instanceof ReactionFailed || refusesValues(error)) return 'more'; // the ordinary way finds the culprit
      throw error;
    }
    await advance(session, this.key, { position: last.next, events: last.events.length, parked: 0 });
    await session.run(
      `${live ? `${retireSql(live)};` : ''} ${goLiveSql(this.key, gate)};
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
    await effects.write(session, this.key);
    const moved = this.isAfter(next, checkpoint.position) ? next : checkpoint.position;
    await together([
      advance(session, this.key, { position: moved, events: events.length, parked: 0 }),
      session.run('COMMIT'),
    ]);
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
