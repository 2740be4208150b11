import { setTimeout } from 'node:timers/promises';
import type { Position } from '#libs/event-store/application/event-store';
import type { ProjectionGroup } from '../application/projection.js';
import { asFold } from '../application/working-set.js';
import {
  advanceSql,
  CHANGED,
  changeInTransactionsOnly,
  goLiveSql,
  halt,
  hold,
  isNotHeld,
  labelOf,
  lock,
  lockAll,
  notifySql,
  read,
  retireSql,
  tryLead,
  where,
  type BuildKey,
  type Checkpoint,
} from './checkpoints.js';
import type { ProcessingContext } from './context.js';
import {
  FoldFailed,
  GroupBatch,
  GroupFailed,
  sentence,
  WriteFailed,
  type Culprits,
  type Decoded,
  type ParkedEvent,
  type Taken,
} from './group-batch.js';
import { analyze, createIndexes } from './group-tables.js';
import { LogReader, type Stretch } from './log-reader.js';
import { Progress } from './progress.js';
import { isInFailedTransaction, together, type Session } from './session.js';
import { WorkLoop, type Outcome } from './work-loop.js';

/** A leader that has nothing to write says once in a while that it is there. */
const SIGN_OF_LIFE_MS = 60_000;

const NO_CULPRITS: Culprits = new Map();
/** Says that the tables are not empty. */
const UNKNOWN_EPOCH = { epoch: -1n };

/**
 * Brings one build of a group forward. A transaction locks the checkpoint, folds what comes after it, writes the rows
 * and moves the checkpoint: an event is applied exactly once, whoever is killed and however many processes try.
 * A build that is not live catches up with large batches, gets its indexes, and takes over from the live one.
 */
export class GroupLoop extends WorkLoop {
  private readonly batch: GroupBatch;
  private readonly reader: LogReader;
  private leads = false;
  private indexed = false;
  private status: Checkpoint['status'] = 'building';
  /** How far this build is when all that was sent is committed, and the epoch the rows in memory belong to. */
  private basis: { readonly progress: Progress; readonly epoch: bigint } | undefined;
  private parked = new Set<string>();
  /** The transaction that is being written while the next stretch is folded. */
  private inFlight: { readonly stretch: Stretch; readonly written: Promise<boolean> } | undefined;
  private lastSign = 0;

  constructor(
    private readonly context: ProcessingContext,
    private readonly group: ProjectionGroup,
    readonly key: BuildKey,
  ) {
    super(labelOf(key), context.database, context.log, context.tuning.silenceMs);
    const { pages, tuning } = context;
    this.batch = new GroupBatch(group, key.version, key.build, { hotPartitions: tuning.hotPartitions });
    this.reader = new LogReader(pages, group.types);
  }

  get leading(): boolean {
    return this.leads && this.session?.usable === true;
  }

  protected override connected(session: Session): Promise<void> {
    this.leads = false;
    this.forget();
    return changeInTransactionsOnly(session);
  }

  protected override async failed(): Promise<void> {
    await this.inFlight?.written.catch(() => undefined);
    this.forget();
    this.reader.forget();
  }

  /** The tables and the checkpoint are the truth again. */
  private forget(): void {
    this.inFlight = undefined;
    this.basis = undefined;
    this.batch.abandon();
  }

  protected override async step(session: Session): Promise<Outcome> {
    const { tuning } = this.context;
    if (!this.leads && !(this.leads = await this.lead(session))) return { sleep: tuning.passiveMs, deaf: true };
    if (!this.basis) {
      const checkpoint = await read(session, this.key);
      if (!checkpoint || checkpoint.status === 'retired') return 'done';
      if (checkpoint.halted) return { sleep: tuning.pollMs };
      await this.begin(session, checkpoint);
    }
    const { progress } = this.basis as { progress: Progress };
    const building = this.status === 'building';
    const stretch = await this.reader.take(progress.position, building ? tuning.buildBatch : tuning.batch);
    if (!session.usable) return 'more'; // a crash may have undone what this follows
    progress.begin();
    if (this.isPassedOver(stretch, progress)) {
      if (!(await this.drain(session))) return 'more';
      this.passOver(stretch.next, progress);
    } else if (progress.isNews(stretch.next) && !(await this.foldAndSend(session, stretch))) return 'more';
    if (!stretch.atHead) return 'more';
    if (!(await this.drain(session)) || !stretch.fresh) return 'more';
    if (building) return this.finishBuild(session);
    if (stretch.next !== stretch.after) return { sleep: progress.sleep(tuning.pollMs), rest: progress.rest() };
    if (progress.looks()) await this.look(session);
    return { sleep: progress.sleep(tuning.pollMs) };
  }

  private isPassedOver({ after, next, events }: Stretch, progress: Progress): boolean {
    return next !== after && events.length === 0 && this.status === 'live' && progress.mayPassOver;
  }

  private passOver(next: Position, progress: Progress): void {
    progress.passOver(this.later(next, progress.position));
    this.context.announce.advanced(this.key, progress.position);
  }

  protected override async ending(session: Session): Promise<void> {
    await this.drain(session);
  }

  /** Keeps others from taking turns with us; what they must not do is kept by the lock on the checkpoint. */
  protected lead(session: Session): Promise<boolean> {
    return tryLead(session, this.key);
  }

  /** From this checkpoint on, rows are read into memory; whoever writes in between is found out by the epoch. */
  private async begin(session: Session, checkpoint: Checkpoint): Promise<void> {
    this.batch.abandon();
    if (checkpoint.epoch === 0n) this.batch.startEmpty();
    this.parked = checkpoint.parked === 0 ? new Set() : await parkedPartitions(session, this.key);
    this.status = checkpoint.status;
    this.basis = { progress: new Progress(checkpoint.position), epoch: checkpoint.epoch };
  }

  /** Folds a stretch while the one before is written, then sends it. @returns false when it has to be done anew. */
  private async foldAndSend(session: Session, stretch: Stretch): Promise<boolean> {
    try {
      await this.batch.fold(session, stretch.events, this.parked, NO_CULPRITS);
    } catch (error) {
      if (!(error instanceof FoldFailed || error instanceof GroupFailed)) {
        // Asked within the transaction in flight, which has failed meanwhile: that failure is the one to deal with.
        if (!isInFailedTransaction(error) || (await this.drain(session))) throw error;
        return false;
      }
      if (await this.drain(session)) {
        this.forget();
        await this.advanceAlone(session, stretch);
      }
      return false;
    }
    if (!(await this.drain(session))) return false;
    const { progress, epoch } = this.basis as { progress: Progress; epoch: bigint };
    const taken = this.batch.take();
    const written = this.write(session, stretch, taken, { stored: progress.stored, epoch });
    written.catch(() => undefined); // `drain` hears of it
    this.inFlight = { stretch, written };
    progress.store(this.later(stretch.next, progress.position));
    this.basis = { progress, epoch: epoch + 1n };
    return true;
  }

  /** Waits for what is in flight. @returns false when it was not written, and nothing in memory holds any more. */
  private async drain(session: Session): Promise<boolean> {
    const { inFlight } = this;
    if (!inFlight) return true;
    try {
      if (await inFlight.written) {
        this.inFlight = undefined;
        return true;
      }
      this.forget();
    } catch (error) {
      this.forget();
      if (!(error instanceof WriteFailed || error instanceof GroupFailed)) throw error;
      await session.run('ROLLBACK');
      await this.blame(session, inFlight.stretch, error);
    }
    return false;
  }

  /** The transaction. @returns false when the checkpoint is not where these rows come from. */
  private async write(
    session: Session,
    stretch: Stretch,
    taken: Taken,
    { stored, epoch }: { stored: Position; epoch: bigint },
  ): Promise<boolean> {
    const send = this.batch.inOneGo(taken);
    if (send) return await this.writeInOneGo(session, stretch, send, { stored, epoch });
    const checkpoint = await lock(session, this.key, false);
    if (!checkpoint || checkpoint.position !== stored || checkpoint.epoch !== epoch) {
      await this.stepBack(session, checkpoint);
      return false;
    }
    await this.batch.write(session, taken);
    await this.commit(session, checkpoint, stretch, taken.parked);
    this.batch.stored();
    return true;
  }

  /** The same in one round trip. */
  private async writeInOneGo(
    session: Session,
    stretch: Stretch,
    send: (session: Session) => Promise<void>,
    { stored, epoch }: { stored: Position; epoch: bigint },
  ): Promise<boolean> {
    const checkpoint = { position: stored, status: this.status };
    try {
      await together([hold(session, this.key, epoch), send(session), this.commit(session, checkpoint, stretch, [])]);
    } catch (error) {
      if (!isNotHeld(error)) throw error;
      await this.stepBack(session, undefined);
      return false;
    }
    this.batch.stored();
    return true;
  }

  private async commit(
    session: Session,
    checkpoint: Pick<Checkpoint, 'position' | 'status'>,
    { next, events }: Stretch,
    parked: readonly ParkedEvent[],
  ): Promise<void> {
    const position = this.later(next, checkpoint.position);
    const live = checkpoint.status === 'live';
    await session.run(
      `${advanceSql(this.key, { position, events: events.length, parked: parked.length })};
       ${parked.length > 0 ? `${notifySql(CHANGED)};` : ''} COMMIT`,
    );
    for (const { partition, event, error } of parked)
      if (error !== undefined)
        this.log.error(`${this.name} parked a partition`, { partition, event: event.id, type: event.type, error });
    if (live) this.context.announce.advanced(this.key, position);
    if (parked.length > 0) this.context.announce.changed();
  }

  /** Somebody else holds or has moved the checkpoint: an operator's retry, a switch, or a process we do not know. */
  private async stepBack(session: Session, checkpoint: Checkpoint | undefined): Promise<void> {
    await session.run('ROLLBACK');
    if (!checkpoint) await setTimeout(20);
  }

  private async blame(session: Session, stretch: Stretch, error: WriteFailed | GroupFailed): Promise<void> {
    if (error instanceof GroupFailed) await this.stopAt(session, stretch, error);
    else await this.isolate(session, stretch);
  }

  /** The same without overlap, from the tables: folds what can be folded and parks what cannot. */
  private async advanceAlone(session: Session, stretch: Stretch): Promise<void> {
    try {
      await this.transaction(session, stretch, (checkpoint) => this.applyStretch(session, stretch.events, checkpoint));
    } catch (error) {
      await this.rollBack(session);
      if (!(error instanceof WriteFailed || error instanceof GroupFailed)) throw error;
      await this.blame(session, stretch, error);
    }
  }

  /** @param apply returns what was parked. */
  private async transaction(
    session: Session,
    stretch: Stretch,
    apply: (checkpoint: Checkpoint) => Promise<readonly ParkedEvent[]>,
  ): Promise<void> {
    const checkpoint = await lock(session, this.key, false);
    if (!checkpoint || checkpoint.position !== stretch.after) {
      await this.stepBack(session, checkpoint);
      return this.forget();
    }
    await this.begin(session, checkpoint);
    const parked = await apply(checkpoint);
    await this.commit(session, checkpoint, stretch, parked);
    this.forget();
  }

  private async rollBack(session: Session): Promise<void> {
    this.forget();
    await session.run('ROLLBACK');
  }

  private later(a: Position, b: Position): Position {
    return this.context.store.compare(a, b) > 0 ? a : b;
  }

  /** Folds and writes; what a fold cannot digest is parked. @returns what was parked. */
  private async applyStretch(
    session: Session,
    events: readonly Decoded[],
    checkpoint: Pick<Checkpoint, 'epoch'>,
  ): Promise<readonly ParkedEvent[]> {
    const culprits = new Map<string, { eventId: string; error: string }>();
    for (;;) {
      const parked = new Set(this.parked);
      try {
        await this.batch.fold(session, events, parked, culprits);
        const taken = this.batch.take();
        await this.batch.write(session, taken);
        this.parked = parked;
        return taken.parked;
      } catch (error) {
        if (!(error instanceof FoldFailed) || culprits.get(error.partition)?.eventId === error.event.id) throw error;
        culprits.set(error.partition, { eventId: error.event.id, error: sentence(error.cause) });
        this.batch.abandon();
        if (checkpoint.epoch === 0n) this.batch.startEmpty();
      }
    }
  }

  /** The database refused something in this stretch: halves it in savepoints until the events to blame stand alone. */
  private async isolate(session: Session, stretch: Stretch): Promise<void> {
    try {
      await this.transaction(session, stretch, () => this.applyHalves(session, stretch.events));
    } catch (error) {
      await this.rollBack(session);
      if (!(error instanceof GroupFailed)) throw error;
      await this.stopAt(session, stretch, error);
    }
  }

  private async applyHalves(session: Session, events: readonly Decoded[]): Promise<readonly ParkedEvent[]> {
    const known = new Set(this.parked);
    await session.run('SAVEPOINT half');
    // Each half starts from the tables: what a half before has written is in them, what was rolled back is not.
    this.batch.abandon();
    try {
      const parked = await this.applyStretch(session, events, UNKNOWN_EPOCH);
      await session.run('RELEASE SAVEPOINT half');
      return parked;
    } catch (error) {
      if (!(error instanceof WriteFailed)) throw error;
      await session.run('ROLLBACK TO SAVEPOINT half; RELEASE SAVEPOINT half');
      this.batch.abandon();
      this.parked = known;
      if (events.length === 1) return await this.parkOne(session, events[0] as Decoded, error);
    }
    const middle = Math.ceil(events.length / 2);
    const first = await this.applyHalves(session, events.slice(0, middle));
    return [...first, ...(await this.applyHalves(session, events.slice(middle)))];
  }

  /** The one event whose rows the database refuses: its partition is parked, other projections take it. */
  private async parkOne(
    session: Session,
    { event }: Decoded,
    { table, cause }: WriteFailed,
  ): Promise<readonly ParkedEvent[]> {
    const fold = this.group.projections.find((p) => p.kind === 'fold' && p.table.name === table.logical);
    const partition = fold && asFold(fold).partition(event);
    if (partition === undefined) throw new GroupFailed(table.logical, event, cause);
    const parked = new Set(this.parked);
    const error = `${table.logical}: ${sentence(cause)}`;
    try {
      await this.batch.fold(session, [{ event }], parked, new Map([[partition, { eventId: event.id, error }]]));
      const taken = this.batch.take();
      await this.batch.write(session, taken);
      this.parked = parked;
      return taken.parked;
    } catch (again) {
      if (again instanceof WriteFailed || again instanceof FoldFailed)
        throw new GroupFailed(table.logical, event, again);
      throw again;
    }
  }

  /** Nobody can park this: applies what comes before it, then stops for everybody to see. */
  private async stopAt(session: Session, stretch: Stretch, failure: GroupFailed): Promise<void> {
    const index = stretch.events.findIndex(({ event }) => event.id === failure.event?.id);
    if (index > 0) {
      const events = stretch.events.slice(0, index);
      const next = events.at(-1)?.event.position as Position;
      return await this.advanceAlone(session, { after: stretch.after, next, events, atHead: false });
    }
    await halt(session, this.key, failure.message);
    this.log.error(`${this.name} halted`, { reason: failure.message });
    this.forget();
    this.context.announce.changed();
  }

  private async finishBuild(session: Session): Promise<Outcome> {
    if (!this.indexed) {
      await session.patiently(async () => {
        await session.run('BEGIN READ WRITE');
        await createIndexes(session, this.batch.tables);
        await session.run('COMMIT');
        await analyze(session, this.batch.tables);
      });
      this.indexed = true;
      return 'more';
    }
    await this.takeOver(session);
    return 'more';
  }

  /**
   * Applies the last stretch while the live build is locked, so that no event is missed between them, and switches all
   * tables of the group at once. A reader that had seen a position still finds it.
   */
  private async takeOver(session: Session): Promise<void> {
    const builds = await lockAll(session, this.key.name, this.key.version);
    const mine = builds.find(({ build }) => build === this.key.build);
    const live = builds.find(({ status }) => status === 'live');
    if (!mine || mine.halted || mine.status !== 'building') return this.giveUp(session);
    let position = mine.position;
    try {
      await this.begin(session, mine);
      const stretch = await this.reader.gather(position, Number.MAX_SAFE_INTEGER);
      const { length: parked } = await this.applyStretch(session, stretch.events, mine);
      position = this.later(stretch.next, position);
      if (live && this.context.store.compare(position, live.position) < 0) return await this.giveUp(session);
      await session.run(
        `${advanceSql(this.key, { position, events: stretch.events.length, parked })};
         ${live ? `${retireSql(live)};` : ''} ${goLiveSql(this.key)}; ${notifySql(CHANGED)}; COMMIT`,
      );
    } catch (error) {
      // A poison event in the last stretch: the ordinary way deals with it, then we try again.
      if (error instanceof WriteFailed || error instanceof GroupFailed) return await this.giveUp(session);
      throw error;
    }
    this.forget();
    this.log.info(`${this.name} is live`, { position, instead: live && labelOf(live) });
    this.context.announce.changed();
    this.context.announce.advanced(this.key, position);
  }

  private async giveUp(session: Session): Promise<void> {
    await this.rollBack(session);
    await setTimeout(20);
  }

  /**
   * Notices a retirement or an operator's hand, and keeps the connection from falling silent. Once in a while says that
   * this build is worked on, which tells an idle one from one that nobody uses any more.
   */
  private async look(session: Session): Promise<void> {
    if (Date.now() - this.lastSign > SIGN_OF_LIFE_MS) {
      this.lastSign = Date.now();
      await session.run(
        `BEGIN READ WRITE;
         UPDATE processing.processors SET updated_at = now() WHERE ${where(this.key)} AND status = 'live'; COMMIT`,
      );
    }
    const checkpoint = await read(session, this.key);
    if (checkpoint?.epoch !== this.basis?.epoch || checkpoint?.halted) this.forget();
  }
}

export async function parkedPartitions(session: Session, { name, version, build }: BuildKey): Promise<Set<string>> {
  const rows = await session.rows(
    `SELECT DISTINCT partition_key FROM processing.parked_events WHERE name = $1 AND version = $2 AND build = $3`,
    [name, version, build],
  );
  return new Set(rows.map((row) => row['partition_key'] ?? ''));
}
