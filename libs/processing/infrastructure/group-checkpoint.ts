import { setTimeout } from 'node:timers/promises';
import type { Position } from '#libs/event-store/application/event-store';
import { advance, CHANGED, labelOf, notifySql, type BuildKey, type Checkpoint } from './checkpoints.js';
import type { ProcessingContext } from './context.js';
import type { GroupBatch, ParkedEvent } from './group-batch.js';
import type { Stretch } from './log-reader.js';
import { together, type Session } from './session.js';

/** The checkpoint of one build of a group, as it is moved by whoever brings the build forward. */
export class GroupCheckpoint {
  constructor(
    private readonly context: ProcessingContext,
    readonly key: BuildKey,
  ) {}

  later(a: Position, b: Position): Position {
    return this.context.store.compare(a, b) > 0 ? a : b;
  }

  /** From this checkpoint on, rows are read into memory. @returns the parked partitions. */
  async begin(
    session: Session,
    batch: GroupBatch,
    { epoch, parked }: Pick<Checkpoint, 'epoch' | 'parked'>,
  ): Promise<Set<string>> {
    batch.abandon();
    if (epoch === 0n) batch.startEmpty();
    return parked === 0 ? new Set() : await this.parkedPartitions(session);
  }

  /** Moves the locked checkpoint and ends the transaction; says so. */
  async commit(
    session: Session,
    { position: known, status }: Pick<Checkpoint, 'position' | 'status'>,
    { next, events }: Stretch,
    parked: readonly ParkedEvent[],
  ): Promise<void> {
    const { announce, log } = this.context;
    const position = this.later(next, known);
    await together([
      advance(session, this.key, { position, events: events.length, parked: parked.length }),
      session.run(`${parked.length > 0 ? `${notifySql(CHANGED)};` : ''} COMMIT`),
    ]);
    for (const { partition, event, error } of parked)
      if (error !== undefined)
        log.error(`${labelOf(this.key)} parked a partition`, { partition, event: event.id, type: event.type, error });
    if (status === 'live') announce.advanced(this.key, position);
    if (parked.length > 0) announce.changed();
  }

  /** Somebody else holds or has moved the checkpoint: an operator's retry, a switch, or a process we do not know. */
  async stepBack(session: Session, checkpoint: Checkpoint | undefined): Promise<void> {
    await session.run('ROLLBACK');
    if (!checkpoint) await setTimeout(20);
  }

  private async parkedPartitions(session: Session): Promise<Set<string>> {
    const { name, version, build } = this.key;
    const rows = await session.rows(
      `SELECT DISTINCT partition_key FROM processing.parked_events WHERE name = $1 AND version = $2 AND build = $3`,
      [name, version, build],
    );
    return new Set(rows.map((row) => row['partition_key'] ?? ''));
  }
}
