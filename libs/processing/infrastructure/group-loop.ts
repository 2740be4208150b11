import { setTimeout } from 'node:timers/promises';
import type { Position } from '#libs/event-store/application/event-store';
import type { ProjectionGroup } from '../application/projection.js';
import {
  advance,
  CHANGED,
  changeInTransactionsOnly,
  goLiveSql,
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
import { FoldFailed, GroupBatch, GroupFailed, WriteFailed, type Culprits, type Taken } from './group-batch.js';
import { GroupCheckpoint } from './group-checkpoint.js';
import { analyze, createIndexes } from './group-tables.js';
import { LogReader, type Stretch } from './log-reader.js';
import { Poison } from './poison.js';
import { Progress } from './progress.js';
import { isInFailedTransaction, together, type Session } from './session.js';
import { WorkLoop, type Outcome } from './work-loop.js';

/** A leader that has nothing to write says once in a while that it is there. */
const SIGN_OF_LIFE_MS = 60_000;

const NO_CULPRITS: Culprits = new Map();

/**
 * Brings one build of a group forward. A transaction locks the checkpoint, folds what comes after it, writes the rows
 * and moves the checkpoint: an event is applied exactly once, whoever is killed and however many processes try.
 * A build that is not live catches up with large batches, gets its indexes, and takes over from the live one.
 */
export class GroupLoop extends WorkLoop {
  private readonly batch: GroupBatch;
  private readonly reader: LogReader;
  private readonly checkpoint: GroupCheckpoint;
  private readonly poison: Poison;
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
    group: ProjectionGroup,
    readonly key: BuildKey,
  ) {
    super(labelOf(key), context.database, context.log, context.tuning.silenceMs);
    const { pages, tuning } = context;
    this.batch = new GroupBatch(group, key.version, key.build, { hotPartitions: tuning.hotPartitions });
    this.reader = new LogReader(pages, group.types);
    this.checkpoint = new GroupCheckpoint(context, key);
    this.poison = new Poison(context, this.batch, this.checkpoint);
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
    const { portions, tuning } = this.context;
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
    if (stretch.next !== stretch.after)
      return { sleep: progress.sleep(tuning.pollMs), rest: portions.rest(progress.rest()) };
    if (progress.looks()) await this.look(session);
    return { sleep: progress.sleep(tuning.pollMs) };
  }

  private isPassedOver({ after, next, events }: Stretch, progress: Progress): boolean {
    return next !== after && events.length === 0 && this.status === 'live' && progress.mayPassOver;
  }

  private passOver(next: Position, progress: Progress): void {
    progress.passOver(this.checkpoint.later(next, progress.position));
    this.context.announce.advanced(this.key, progress.position);
  }

  protected override async ending(session: Session): Promise<void> {
    await this.drain(session);
  }

  /** Keeps others from taking turns with us; what they must not do is kept by the lock on the checkpoint. */
  protected lead(session: Session): Promise<boolean> {
    return tryLead(session, this.key);
  }

  /** Whoever writes in between is found out by the epoch. */
  private async begin(session: Session, checkpoint: Checkpoint): Promise<void> {
    this.parked = await this.checkpoint.begin(session, this.batch, checkpoint);
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
        await this.poison.advance(session, stretch);
      }
      return false;
    }
    if (!(await this.drain(session))) return false;
    const { progress, epoch } = this.basis as { progress: Progress; epoch: bigint };
    const taken = this.batch.take();
    const written = this.write(session, stretch, taken, { stored: progress.stored, epoch });
    written.catch(() => undefined); // `drain` hears of it
    this.inFlight = { stretch, written };
    progress.store(this.checkpoint.later(stretch.next, progress.position));
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
      await this.poison.overcome(session, inFlight.stretch, error);
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
      await this.checkpoint.stepBack(session, checkpoint);
      return false;
    }
    await this.batch.write(session, taken);
    await this.checkpoint.commit(session, checkpoint, stretch, taken.parked);
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
      await together([
        hold(session, this.key, epoch),
        send(session),
        this.checkpoint.commit(session, checkpoint, stretch, []),
      ]);
    } catch (error) {
      if (!isNotHeld(error)) throw error;
      await this.checkpoint.stepBack(session, undefined);
      return false;
    }
    this.batch.stored();
    return true;
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
      const stretch = await this.reader.gather(position, Number.MAX_SAFE_INTEGER);
      const { length: parked } = await this.poison.applyFrom(session, mine, stretch.events);
      position = this.checkpoint.later(stretch.next, position);
      if (live && this.context.store.compare(position, live.position) < 0) return await this.giveUp(session);
      await advance(session, this.key, { position, events: stretch.events.length, parked });
      await session.run(`${live ? `${retireSql(live)};` : ''} ${goLiveSql(this.key)}; ${notifySql(CHANGED)}; COMMIT`);
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
    this.forget();
    await session.run('ROLLBACK');
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
