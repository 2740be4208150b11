import type { Position } from '#libs/event-store/application/event-store';
import { asFold } from '../application/working-set.js';
import { halt, labelOf, lock, type Checkpoint } from './checkpoints.js';
import type { ProcessingContext } from './context.js';
import {
  FoldFailed,
  GroupFailed,
  sentence,
  WriteFailed,
  type Decoded,
  type GroupBatch,
  type ParkedEvent,
} from './group-batch.js';
import type { GroupCheckpoint } from './group-checkpoint.js';
import type { Stretch } from './log-reader.js';
import type { Session } from './session.js';

/** Says that the tables are not empty. */
const UNKNOWN_EPOCH = { epoch: -1n };

/**
 * Brings a build of a group over events that cannot be applied: finds them, parks their partitions, and halts the group
 * where nobody can park anything. Works from the tables, in transactions of its own: whoever calls keeps nothing in memory.
 */
export class Poison {
  private parked = new Set<string>();

  constructor(
    private readonly context: ProcessingContext,
    private readonly batch: GroupBatch,
    private readonly checkpoint: GroupCheckpoint,
  ) {}

  /** Folds what can be folded of a stretch and parks what cannot. */
  async advance(session: Session, stretch: Stretch): Promise<void> {
    try {
      await this.transaction(session, stretch, (checkpoint) => this.apply(session, stretch.events, checkpoint));
    } catch (error) {
      await this.rollBack(session);
      if (!(error instanceof WriteFailed || error instanceof GroupFailed)) throw error;
      await this.overcome(session, stretch, error);
    }
  }

  /** Brings the build over a stretch that failed as a whole, or halts it. */
  async overcome(session: Session, stretch: Stretch, failure: WriteFailed | GroupFailed): Promise<void> {
    if (failure instanceof GroupFailed) await this.stopAt(session, stretch, failure);
    else await this.isolate(session, stretch);
  }

  /**
   * Folds and writes in the caller's transaction; what a fold cannot digest is parked. @returns what was parked.
   * @throws WriteFailed, GroupFailed
   */
  async applyFrom(
    session: Session,
    checkpoint: Checkpoint,
    events: readonly Decoded[],
  ): Promise<readonly ParkedEvent[]> {
    this.parked = await this.checkpoint.begin(session, this.batch, checkpoint);
    return await this.apply(session, events, checkpoint);
  }

  /** @param apply returns what was parked. */
  private async transaction(
    session: Session,
    stretch: Stretch,
    apply: (checkpoint: Checkpoint) => Promise<readonly ParkedEvent[]>,
  ): Promise<void> {
    const checkpoint = await lock(session, this.checkpoint.key, false);
    if (!checkpoint || checkpoint.position !== stretch.after) return this.checkpoint.stepBack(session, checkpoint);
    this.parked = await this.checkpoint.begin(session, this.batch, checkpoint);
    await this.checkpoint.commit(session, checkpoint, stretch, await apply(checkpoint));
    this.batch.abandon();
  }

  private async rollBack(session: Session): Promise<void> {
    this.batch.abandon();
    await session.run('ROLLBACK');
  }

  private async apply(
    session: Session,
    events: readonly Decoded[],
    { epoch }: Pick<Checkpoint, 'epoch'>,
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
        if (epoch === 0n) this.batch.startEmpty();
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
      const parked = await this.apply(session, events, UNKNOWN_EPOCH);
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
    const { projections } = this.batch.group;
    const fold = projections.find((p) => p.kind === 'fold' && p.table.name === table.logical);
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
  private async stopAt(session: Session, { after, events }: Stretch, failure: GroupFailed): Promise<void> {
    const index = events.findIndex(({ event }) => event.id === failure.event?.id);
    if (index > 0) {
      const before = events.slice(0, index);
      const next = before.at(-1)?.event.position as Position;
      return await this.advance(session, { after, next, events: before, atHead: false });
    }
    const { key } = this.checkpoint;
    await halt(session, key, failure.message);
    this.context.log.error(`${labelOf(key)} halted`, { reason: failure.message });
    this.context.announce.changed();
  }
}
