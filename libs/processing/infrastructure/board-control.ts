import type { Clock } from '#libs/kernel/application/clock';
import { cursorAfter, pageOf, readCursor, type Page } from '#libs/kernel/application/page';
import type { EventStore, Position, RecordedEvent } from '#libs/event-store/application/event-store';
import { measureOf, shareOfLog } from '#libs/event-store/application/share-of-log';
import {
  ProcessingControl,
  UnknownProcessor,
  type DeadLetter,
  type DeadLettersWanted,
  type ParkedPartition,
  type ProcessingStatistics,
  type ProcessorStatus,
  type RebuildProgress,
} from '../application/processing-control.js';
import type { Board } from './board.js';
import { advance, CHANGED, notifySql, where, type BuildKey, type Checkpoint } from './checkpoints.js';
import type { ProcessingContext } from './context.js';
import { FoldFailed, GroupBatch, refusesValues, sentence, WriteFailed, type Decoded } from './group-batch.js';
import { decodeAll } from './log-pages.js';
import { isMessageId, retryDead } from './outbox-line.js';
import { literal, Session, type RawRow } from './session.js';
import { dropRetired } from './retired-builds.js';
import { ensureBuild, loopOf, nameOf, type Processor } from './supervisor.js';

const PROGRESS_MS = 200;
/** By then a worker has begun with a new build. */
const HEAR_MS = 1000;
/** Longer than any rebuild: the loops of this very process do it. */
const NEVER_MS = 2 ** 31 - 1;

const DEAD_LETTERS = 'dead-letters';
const aPlace = (text: string) => /^\d{1,18}$/.test(text);

/** Operators' view and hand. Every call has a connection of its own, so that nothing waits behind the processing. */
export class BoardControl extends ProcessingControl {
  constructor(
    private readonly context: ProcessingContext,
    private readonly processors: readonly Processor[],
    private readonly board: Board,
    private readonly clock: Clock | undefined,
    private readonly leading: (key: BuildKey) => boolean,
    /** This process runs loops of its own. */
    private readonly works: (processor: Processor) => boolean,
  ) {
    super();
  }

  override async list(): Promise<readonly ProcessorStatus[]> {
    const [head] = await Promise.all([this.context.store.head(), this.board.refresh()]);
    return this.board.all().map((build) => ({
      name: build.name,
      version: build.version,
      build: build.build,
      kind: build.kind,
      status: build.status,
      position: build.position,
      lag: lagOf(this.context.store, build.position, head),
      applied: build.applied,
      parked: build.parked,
      halted: build.halted,
      error: build.error,
      updatedAt: build.updatedAt,
      leading: this.leading(build),
    }));
  }

  override async statistics(): Promise<ProcessingStatistics> {
    const processors = await this.list();
    const [row] = await this.board.rows(
      `SELECT (SELECT count(*) FROM processing.outbox WHERE done_at IS NULL AND dead_at IS NULL) AS open,
              (SELECT count(*) FROM processing.outbox
                WHERE done_at IS NULL AND dead_at IS NULL AND attempts > 0) AS unsent,
              (SELECT count(*) FROM processing.outbox WHERE dead_at IS NOT NULL) AS dead,
              count(*) AS timers,
              count(*) FILTER (WHERE t.due_at <= coalesce($1::timestamptz, now())) AS overdue,
              count(*) FILTER (WHERE t.attempts > 0) AS failing
         FROM processing.timers t
         JOIN processing.processors p ON p.name = t.name AND p.version = t.version AND p.build = t.build
          AND p.status = 'live'
        WHERE t.done_at IS NULL`,
      [this.clock?.now().toISOString() ?? null],
    );
    const count = (column: string) => Number(row?.[column] ?? 0);
    return {
      processors,
      outbox: { open: count('open'), failing: count('unsent'), dead: count('dead') },
      timers: { open: count('timers'), overdue: count('overdue'), failing: count('failing') },
    };
  }

  override async liveBuilds(): Promise<{ readonly ok: boolean; readonly missing: readonly string[] }> {
    const groups = this.processors.filter(({ kind }) => kind === 'projection').map(nameOf);
    const absent = () => groups.filter((name) => this.board.live(name) === undefined);
    if (absent().length > 0) await this.board.refresh();
    const missing = absent();
    return { ok: missing.length === 0, missing };
  }

  override async rebuild(
    name: string,
    { onProgress, signal }: { onProgress?: (progress: RebuildProgress) => void; signal?: AbortSignal } = {},
  ): Promise<RebuildProgress> {
    const processor = this.processorNamed(name);
    this.context.pages.forget();
    const build = await this.withSession((session) => ensureBuild(session, this.context, processor, true));
    if (!build) throw new UnknownProcessor(name);
    // A worker takes it up when it hears of it; where none runs, we build it ourselves.
    const loop = loopOf(this.context, processor, build);
    const starting = setTimeout(() => loop.start(), this.works(processor) ? NEVER_MS : HEAR_MS);
    try {
      return await this.watch(build, onProgress, signal);
    } finally {
      clearTimeout(starting);
      await loop.stop();
      await this.board.refresh().catch(() => undefined);
    }
  }

  override async clearRetired(): Promise<void> {
    await this.withSession((session) => dropRetired(session, this.context.log, 0));
  }

  private async watch(
    key: BuildKey,
    onProgress: ((progress: RebuildProgress) => void) | undefined,
    signal: AbortSignal | undefined,
  ): Promise<RebuildProgress> {
    const started = performance.now();
    let head = await this.context.store.head();
    for (;;) {
      await this.board.refresh();
      const build = this.board
        .all()
        .find((b) => b.name === key.name && b.version === key.version && b.build === key.build);
      if (!build) throw new Error(`The new build of ${key.name} was replaced by another.`);
      if (build.halted) throw new Error(`The new build of ${key.name} halted: ${build.error}`);
      const done = build.status === 'live';
      const seconds = (performance.now() - started) / 1000;
      const progress: RebuildProgress = {
        name: key.name,
        version: key.version,
        build: key.build,
        applied: build.applied,
        fraction: done ? 1 : Math.min(shareOfLog(build.position, head), 0.999),
        eventsPerSecond: Math.round(build.applied / Math.max(seconds, 0.001)),
        done,
      };
      onProgress?.(progress);
      if (done) return progress;
      signal?.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, PROGRESS_MS));
      head = await this.context.store.head();
    }
  }

  override async parked(name?: string): Promise<readonly ParkedPartition[]> {
    const rows = await this.withSession((session) =>
      session.rows(
        `SELECT DISTINCT ON (e.name, e.partition_key) e.name, e.partition_key, e.stream_id, e.event_id, e.position,
                e.error, e.attempts, to_char(e.parked_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS parked_at,
                count(*) OVER (PARTITION BY e.name, e.partition_key) AS events
           FROM processing.parked_events e
           JOIN processing.processors p ON p.name = e.name AND p.version = e.version AND p.build = e.build
            AND p.status = 'live'
          WHERE $1::text IS NULL OR e.name = $1
          ORDER BY e.name, e.partition_key, e.seq`,
        [name ?? null],
      ),
    );
    return rows.map((row) => ({
      name: row['name'] ?? '',
      partition: row['partition_key'] ?? '',
      streamId: row['stream_id'] ?? '',
      eventId: row['event_id'] ?? '',
      position: (row['position'] ?? '') as Position,
      error: row['error'] ?? null,
      attempts: Number(row['attempts']),
      events: Number(row['events']),
      parkedAt: row['parked_at'] ?? '',
    }));
  }

  override async retryParked(name: string, partition?: string): Promise<{ applied: number; parked: number }> {
    const processor = this.processorNamed(name);
    if (processor.kind !== 'projection') throw new UnknownProcessor(name);
    const { group } = processor;
    return await this.withSession(async (session) => {
      const live = this.board.live(name) ?? (await this.board.refresh().then(() => this.board.live(name)));
      if (!live) throw new UnknownProcessor(name);
      const partitions = await session.rows(
        `SELECT DISTINCT partition_key FROM processing.parked_events
          WHERE name = $1 AND version = $2 AND build = $3 AND ($4::text IS NULL OR partition_key = $4)`,
        [live.name, live.version, live.build, partition ?? null],
      );
      let applied = 0;
      for (const row of partitions) {
        const batch = new GroupBatch(group, live.version, live.build);
        applied += await this.retryPartition(session, batch, live, row['partition_key'] ?? '');
      }
      await this.board.refresh();
      return { applied, parked: this.board.live(name)?.parked ?? 0 };
    });
  }

  /** In one transaction, under the checkpoint's lock: what can be applied is, in order, up to the first that fails. */
  private async retryPartition(
    session: Session,
    batch: GroupBatch,
    key: Checkpoint,
    partition: string,
  ): Promise<number> {
    const mine = [key.name, key.version, key.build, partition];
    const [locked] = await session.run(
      `BEGIN; SET LOCAL lock_timeout = '10s';
       SELECT position FROM processing.processors WHERE ${where(key)} AND status = 'live' FOR UPDATE`,
    );
    try {
      if (!locked) throw new UnknownProcessor(key.name); // replaced by another build meanwhile
      const rows = await session.rows(PARKED, mine);
      let applied = 0;
      for (const row of rows) {
        const decoded = await this.parkedEvent(row);
        if (!(await this.applyParked(session, batch, decoded, partition, row))) break;
        applied += 1;
      }
      const position = locked['position'] as Position;
      await advance(session, key, { position, events: 0, parked: -applied });
      await session.run(`${notifySql(CHANGED)}; COMMIT`);
      return applied;
    } catch (error) {
      await session.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  private async applyParked(
    session: Session,
    batch: GroupBatch,
    decoded: Decoded,
    partition: string,
    row: RawRow,
  ): Promise<boolean> {
    await session.run('SAVEPOINT one');
    try {
      await batch.refold(session, [decoded], partition);
      await batch.write(session, batch.take());
      batch.stored();
      await session.rows('DELETE FROM processing.parked_events WHERE seq = $1', [row['seq']]);
      return true;
    } catch (error) {
      if (!(error instanceof FoldFailed || error instanceof WriteFailed || refusesValues(error))) throw error;
      await session.run('ROLLBACK TO SAVEPOINT one');
      batch.abandon();
      await session.rows('UPDATE processing.parked_events SET attempts = attempts + 1, error = $2 WHERE seq = $1', [
        row['seq'],
        sentence((error as { cause?: unknown }).cause ?? error),
      ]);
      return false;
    }
  }

  private async parkedEvent(row: RawRow): Promise<Decoded> {
    const { store, codec } = this.context;
    const from = BigInt(row['revision'] ?? 0);
    const { events } = await store.readStream(row['stream_id'] ?? '', { from, max: 1 });
    const [event] = events as [RecordedEvent?];
    if (!event || event.id !== row['event_id']) throw new Error(`The log has no event ${row['event_id']}.`);
    // Read from its stream, an event of some stores has no place in the order of all: it is the one it was parked with.
    const [decoded] = await decodeAll(codec, [{ ...event, position: (row['position'] ?? '') as Position }]);
    return decoded as Decoded;
  }

  override async resume(name: string): Promise<void> {
    this.processorNamed(name);
    await this.withSession(async (session) => {
      await session.run(
        `UPDATE processing.processors SET halted_at = NULL, error = NULL, updated_at = now()
          WHERE name = ${literal(name)} AND status <> 'retired' AND halted_at IS NOT NULL;
         ${notifySql(CHANGED)}`,
      );
    });
    this.context.announce.changed();
  }

  override async deadLetters({ workspaceId, limit, cursor }: DeadLettersWanted): Promise<Page<DeadLetter>> {
    const [after] = readCursor(DEAD_LETTERS, cursor, [aPlace]) ?? [];
    const rows = await this.withSession((session) =>
      session.rows(
        `SELECT id, seq, process, target, workspace_id, ordering_key, attempts, last_error,
                to_char(dead_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS dead_at
           FROM processing.outbox
          WHERE dead_at IS NOT NULL AND ($1::text IS NULL OR workspace_id = $1) AND ($2::bigint IS NULL OR seq > $2)
          ORDER BY seq LIMIT $3`,
        [workspaceId ?? null, after ?? null, limit + 1],
      ),
    );
    const letter = (row: RawRow): DeadLetter => ({
      id: row['id'] ?? '',
      process: row['process'] ?? '',
      target: row['target'] ?? '',
      workspaceId: row['workspace_id'] ?? '',
      orderingKey: row['ordering_key'] ?? '',
      attempts: Number(row['attempts']),
      error: row['last_error'] ?? null,
      deadAt: row['dead_at'] ?? '',
    });
    return pageOf(rows, limit, letter, ({ seq }) => cursorAfter(DEAD_LETTERS, [seq ?? '']));
  }

  override async retryDeadLetter(id: string, workspaceId?: string): Promise<boolean> {
    if (!isMessageId(id)) return false;
    const wasDead = await this.withSession((session) => retryDead(session, id, workspaceId));
    if (wasDead) this.context.announce.outboxFilled();
    return wasDead;
  }

  private processorNamed(name: string): Processor {
    const found = this.processors.find((processor) => nameOf(processor) === name);
    if (!found) throw new UnknownProcessor(name);
    return found;
  }

  private async withSession<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const session = await Session.open({ ...this.context.database, transactionSilenceMs: 60_000 });
    try {
      return await work(session);
    } finally {
      await session.close();
    }
  }
}

const PARKED = `
  SELECT seq, event_id, stream_id, revision, position FROM processing.parked_events
   WHERE name = $1 AND version = $2 AND build = $3 AND partition_key = $4 ORDER BY seq`;

function lagOf(store: EventStore, position: Position, head: Position): number {
  if (store.compare(position, head) >= 0) return 0;
  return Math.max(1, Number(measureOf(head) - measureOf(position)));
}
