import type { Position } from '#libs/event-store/application/event-store';
import type { ProjectionGroup } from '../application/projection.js';
import { asFold } from '../application/working-set.js';
import {
  advancedMessage,
  advanceSql,
  CHANGED,
  goLiveSql,
  halt,
  labelOf,
  lock,
  lockAll,
  notifySql,
  read,
  retireSql,
  tryLead,
  type BuildKey,
  type Checkpoint,
} from './checkpoints.js';
import type { ProcessingContext } from './context.js';
import { FoldFailed, GroupBatch, GroupFailed, sentence, WriteFailed, type Decoded } from './group-batch.js';
import { analyze, createIndexes } from './group-tables.js';
import { LogReader, type Stretch } from './log-reader.js';
import type { Session } from './session.js';
import { WorkLoop, type Outcome } from './work-loop.js';

type Culprits = Map<string, { eventId: string; error: string }>;

/** A leader that has nothing to write says once in a while that it is there. */
const SIGN_OF_LIFE_MS = 60_000;

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
  /** Where the checkpoint stood when we last knew. */
  private position: Position | undefined;
  /** The rows in memory are those of this epoch. */
  private epoch: bigint | undefined;
  private parked = new Set<string>();
  private status: Checkpoint['status'] = 'building';
  private lastSign = 0;

  constructor(
    private readonly context: ProcessingContext,
    private readonly group: ProjectionGroup,
    readonly key: BuildKey,
  ) {
    super(labelOf(key), context.database, context.log, context.tuning.silenceMs);
    this.batch = new GroupBatch(group, key.version, key.build);
    const { store, codec, tuning } = context;
    this.reader = new LogReader({ store, codec, types: group.types, page: tuning.page });
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
    this.batch.abandon();
    this.epoch = undefined;
    this.position = undefined;
    this.reader.forget();
  }

  protected override async step(session: Session): Promise<Outcome> {
    const { tuning } = this.context;
    if (!this.leads && !(this.leads = await tryLead(session, this.key))) return { sleep: tuning.passiveMs, deaf: true };
    if (this.position === undefined) {
      const checkpoint = await read(session, this.key);
      if (!checkpoint || checkpoint.status === 'retired') return 'done';
      if (checkpoint.halted) return { sleep: tuning.pollMs };
      this.position = checkpoint.position;
      this.status = checkpoint.status;
    }
    const building = this.status === 'building';
    const stretch = await this.reader.take(this.position, building ? tuning.buildBatch : tuning.batch);
    if (stretch.next !== stretch.after && !(await this.advance(session, stretch))) return 'more';
    if (!stretch.atHead || !stretch.fresh) return 'more';
    if (building) return this.finishBuild(session);
    if (stretch.next === stretch.after) await this.signOfLife(session);
    return { sleep: tuning.pollMs };
  }

  /** One transaction. @returns false when the stretch did not fit the checkpoint, or only part of it was applied. */
  private async advance(session: Session, stretch: Stretch): Promise<boolean> {
    try {
      return await this.transaction(session, stretch, (checkpoint) =>
        this.applyStretch(session, stretch.events, checkpoint),
      );
    } catch (error) {
      await this.rollBack(session);
      if (error instanceof WriteFailed) return await this.isolate(session, stretch);
      if (error instanceof GroupFailed) return await this.stopAt(session, stretch, error);
      throw error;
    }
  }

  /** @param apply returns how many events were parked. */
  private async transaction(
    session: Session,
    { after, next, events }: Stretch,
    apply: (checkpoint: Checkpoint) => Promise<number>,
  ): Promise<boolean> {
    const checkpoint = await lock(session, this.key, false);
    if (!checkpoint || checkpoint.position !== after) {
      await this.rollBack(session);
      this.position = undefined;
      // Somebody else holds or has moved the checkpoint: an operator's retry, a switch, or a process we do not know.
      if (!checkpoint) await new Promise((resolve) => setTimeout(resolve, 20));
      return false;
    }
    await this.remember(session, checkpoint);
    const parked = await apply(checkpoint);
    const moved = this.later(next, checkpoint.position);
    const live = checkpoint.status === 'live';
    await session.run(
      `${advanceSql(this.key, { position: moved, events: events.length, parked })};
       ${live ? `${notifySql(advancedMessage(this.key, moved))};` : ''} ${parked ? `${notifySql(CHANGED)};` : ''} COMMIT`,
    );
    this.committed(checkpoint.epoch + 1n, moved);
    if (live) this.context.announce.advanced(this.key, moved);
    if (parked) this.context.announce.changed();
    return true;
  }

  /** Rows in memory belong to an epoch: when another transaction came between, they are read again. */
  private async remember(session: Session, checkpoint: Checkpoint): Promise<void> {
    if (this.epoch === checkpoint.epoch) return;
    this.batch.abandon();
    if (checkpoint.epoch === 0n) this.batch.startEmpty();
    this.parked = checkpoint.parked === 0 ? new Set() : await parkedPartitions(session, this.key);
    this.status = checkpoint.status;
    this.epoch = checkpoint.epoch;
  }

  private committed(epoch: bigint, position: Position): void {
    this.batch.settle(this.context.tuning.hotPartitions);
    this.epoch = epoch;
    this.position = position;
  }

  private async rollBack(session: Session): Promise<void> {
    await session.run('ROLLBACK');
    this.batch.abandon();
    this.epoch = undefined;
  }

  private later(a: Position, b: Position): Position {
    return this.context.store.compare(a, b) > 0 ? a : b;
  }

  /** Folds and writes; what a fold cannot digest is parked. @returns how many events were parked. */
  private async applyStretch(session: Session, events: readonly Decoded[], checkpoint: Checkpoint): Promise<number> {
    const culprits: Culprits = new Map();
    for (;;) {
      const parked = new Set(this.parked);
      try {
        await this.batch.fold(session, events, parked, culprits);
        const parkedNow = await this.batch.write(session);
        this.parked = parked;
        for (const { partition, event, error } of parkedNow)
          if (error !== undefined)
            this.log.error(`${this.name} parked a partition`, { partition, event: event.id, type: event.type, error });
        return parkedNow.length;
      } catch (error) {
        if (!(error instanceof FoldFailed) || culprits.get(error.partition)?.eventId === error.event.id) throw error;
        culprits.set(error.partition, { eventId: error.event.id, error: sentence(error.cause) });
        this.batch.abandon();
        if (checkpoint.epoch === 0n) this.batch.startEmpty();
      }
    }
  }

  /** The database refused something in this stretch: halves it in savepoints until the events to blame stand alone. */
  private async isolate(session: Session, stretch: Stretch): Promise<boolean> {
    try {
      return await this.transaction(session, stretch, async (checkpoint) => {
        // From here on rows are in the tables that this memory does not know of.
        this.batch.abandon();
        return await this.applyHalves(session, stretch.events, checkpoint);
      });
    } catch (error) {
      await this.rollBack(session);
      if (error instanceof GroupFailed) return await this.stopAt(session, stretch, error);
      throw error;
    }
  }

  private async applyHalves(session: Session, events: readonly Decoded[], checkpoint: Checkpoint): Promise<number> {
    const known = new Set(this.parked);
    await session.run('SAVEPOINT half');
    try {
      const parked = await this.applyStretch(session, events, { ...checkpoint, epoch: -1n });
      await session.run('RELEASE SAVEPOINT half');
      this.batch.settle(this.context.tuning.hotPartitions);
      return parked;
    } catch (error) {
      if (!(error instanceof WriteFailed)) throw error;
      await session.run('ROLLBACK TO SAVEPOINT half; RELEASE SAVEPOINT half');
      this.batch.abandon();
      this.parked = known;
      if (events.length === 1) return await this.parkOne(session, events[0] as Decoded, error);
    }
    const middle = Math.ceil(events.length / 2);
    const first = await this.applyHalves(session, events.slice(0, middle), checkpoint);
    return first + (await this.applyHalves(session, events.slice(middle), checkpoint));
  }

  /** The one event whose rows the database refuses: its partition is parked, other projections take it. */
  private async parkOne(session: Session, { event }: Decoded, { table, cause }: WriteFailed): Promise<number> {
    const fold = this.group.projections.find((p) => p.kind === 'fold' && p.table.name === table.logical);
    const partition = fold && asFold(fold).partition(event);
    if (partition === undefined) throw new GroupFailed(table.logical, event, cause);
    const parked = new Set(this.parked);
    const error = `${table.logical}: ${sentence(cause)}`;
    try {
      await this.batch.fold(session, [{ event }], parked, new Map([[partition, { eventId: event.id, error }]]));
      const { length } = await this.batch.write(session);
      this.batch.settle(this.context.tuning.hotPartitions);
      this.parked = parked;
      this.log.error(`${this.name} parked a partition`, { partition, event: event.id, type: event.type, error });
      return length;
    } catch (again) {
      if (again instanceof WriteFailed || again instanceof FoldFailed)
        throw new GroupFailed(table.logical, event, again);
      throw again;
    }
  }

  /** Nobody can park this: applies what comes before it, then stops for everybody to see. */
  private async stopAt(session: Session, stretch: Stretch, failure: GroupFailed): Promise<boolean> {
    const index = stretch.events.findIndex(({ event }) => event.id === failure.event?.id);
    if (index > 0) {
      const events = stretch.events.slice(0, index);
      const last = events.at(-1)?.event.position as Position;
      await this.advance(session, { after: stretch.after, next: last, events, atHead: false });
      return false;
    }
    await halt(session, this.key, failure.message);
    this.log.error(`${this.name} halted`, { reason: failure.message });
    this.failed();
    this.context.announce.changed();
    return false;
  }

  private async finishBuild(session: Session): Promise<Outcome> {
    if (!this.indexed) {
      await createIndexes(session, this.batch.tables);
      await analyze(session, this.batch.tables);
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
    await this.remember(session, mine);
    let position = mine.position;
    try {
      const stretch = await this.reader.gather(position, Number.MAX_SAFE_INTEGER);
      const parked = await this.applyStretch(session, stretch.events, mine);
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
    this.committed(mine.epoch + 2n, position);
    this.status = 'live';
    this.log.info(`${this.name} is live`, { position, instead: live && labelOf(live) });
    this.context.announce.changed();
    this.context.announce.advanced(this.key, position);
  }

  private async giveUp(session: Session): Promise<void> {
    await this.rollBack(session);
    this.position = undefined;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }

  /** Also an idle build must be told from one that nobody works on any more. */
  private async signOfLife(session: Session): Promise<void> {
    if (Date.now() - this.lastSign < SIGN_OF_LIFE_MS) {
      // Noticing a retirement or an operator's hand costs one look per poll, and keeps the connection from falling silent.
      const checkpoint = await read(session, this.key);
      if (checkpoint?.epoch !== this.epoch || checkpoint?.halted) this.position = undefined;
      return;
    }
    this.lastSign = Date.now();
    await session.run(
      `UPDATE processing.processors SET updated_at = now() WHERE name = '${this.key.name}' AND version = ${this.key.version}
        AND build = ${this.key.build} AND status = 'live'`,
    );
  }
}

export async function parkedPartitions(session: Session, { name, version, build }: BuildKey): Promise<Set<string>> {
  const rows = await session.rows(
    `SELECT DISTINCT partition_key FROM processing.parked_events WHERE name = $1 AND version = $2 AND build = $3`,
    [name, version, build],
  );
  return new Set(rows.map((row) => row['partition_key'] ?? ''));
}
