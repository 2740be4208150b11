import type { EventStore, Position } from '#libs/event-store/application/event-store';
import type { ProjectionGroup } from '../application/projection.js';
import { ReadModels } from '../application/read-models.js';
import { ReadModelBehind, WaitGate } from '../application/wait-gate.js';
import { CHANGED, readAdvanced, readAll, type BuildKey, type Checkpoint } from './checkpoints.js';
import { physicalName, tableNames } from './group-tables.js';
import type { ProcessingLog } from './processing-log.js';
import { Session, type RawRow, type SessionOptions } from './session.js';
import { arrayOf } from './array-parameters.js';

interface Waiter {
  readonly name: string;
  readonly position: Position;
  readonly end: (reached: boolean) => void;
}

/** While somebody waits, the database is asked this often, whatever notifications say. */
const ASK_MS = 250;
/** Beyond this the answer of the database itself is too late for a reader. */
const ANSWER_MS = 2000;

/** Where a process knows that builds stand: fed by its own loops, by NOTIFY, and by asking. */
export class Board {
  private builds: readonly Checkpoint[] = [];
  private readonly waiters = new Set<Waiter>();
  private refreshing: Promise<void> | undefined;
  private connection: Promise<Session> | undefined;
  private asking: ReturnType<typeof setInterval> | undefined;
  private pid: number | undefined;
  private closed = false;
  /** The connection on which the database has answered. */
  private answered: Session | undefined;

  constructor(
    private readonly store: EventStore,
    private readonly database: SessionOptions,
    /** The version of each group and process that this program has. */
    readonly versions: ReadonlyMap<string, number>,
    private readonly log: ProcessingLog,
    /** Somebody begins to wait for a group. */
    private readonly awaited: (name: string) => void,
  ) {}

  /** The live build of this program's version. */
  live(name: string): Checkpoint | undefined {
    const version = this.versions.get(name);
    return this.builds.find((build) => build.name === name && build.version === version && build.status === 'live');
  }

  all(): readonly Checkpoint[] {
    return this.builds;
  }

  /** False until the database has answered on the present connection: a crash may have undone what was announced. */
  get isSure(): boolean {
    return this.answered?.usable === true;
  }

  /** Where a build stands for sure. */
  position(key: BuildKey): Position | undefined {
    return this.isSure ? this.known(key)?.position : undefined;
  }

  /** Asks the database; several callers share one answer, but never one that was asked for before they came. */
  async refresh(): Promise<void> {
    await this.refreshing?.catch(() => undefined);
    this.refreshing ??= this.ask().finally(() => (this.refreshing = undefined));
    await this.refreshing;
  }

  advanced(key: BuildKey, position: Position): void {
    const known = this.known(key);
    if (!known || !this.isSure) this.refresh().catch(() => undefined);
    if (!known) return;
    if (this.store.compare(position, known.position) <= 0) return;
    this.builds = this.builds.map((build) => (build === known ? { ...known, position } : build));
    this.release();
  }

  /** Takes what came on the notification channel. */
  heard(message: string): void {
    const advanced = readAdvanced(message);
    if (advanced) this.advanced(advanced, advanced.position);
    else if (message === CHANGED) this.refresh().catch(() => undefined);
  }

  has(name: string, position: Position): boolean {
    const live = this.live(name);
    const reached = live && this.position(live);
    return reached !== undefined && this.store.compare(reached, position) >= 0;
  }

  isAwaited(name: string): boolean {
    for (const waiter of this.waiters) if (waiter.name === name) return true;
    return false;
  }

  /** @returns false when the position was not reached in time. @throws what the store says of a malformed position. */
  async waitFor(name: string, position: Position, timeoutMs: number): Promise<boolean> {
    this.store.compare(position, position);
    if (this.has(name, position)) return true;
    if (this.closed) return false;
    const reached = await new Promise<boolean>((resolve) => {
      const end = (answer: boolean) => {
        clearTimeout(timer);
        this.waiters.delete(waiter);
        if (this.waiters.size === 0) this.stopAsking();
        resolve(answer);
      };
      const waiter: Waiter = { name, position, end };
      const timer = setTimeout(() => end(false), timeoutMs);
      this.waiters.add(waiter);
      this.awaited(name);
      this.asking ??= setInterval(() => void this.refresh().catch(() => undefined), ASK_MS);
    });
    return reached || this.has(name, position);
  }

  /** The one connection; another when it is not usable any more. */
  async session(): Promise<Session> {
    for (;;) {
      if (this.closed) throw new Error('connection ended: the processing has stopped');
      const connection = (this.connection ??= this.connect());
      const session = await connection.catch((error: unknown) => {
        if (this.connection === connection) this.connection = undefined;
        throw error;
      });
      if (session.usable) return session;
      if (this.connection === connection) this.connection = undefined;
    }
  }

  /** A question beside the board's own. */
  async rows(sql: string, values: readonly unknown[] = []): Promise<RawRow[]> {
    return await (await this.session()).rows(sql, values);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.stopAsking();
    for (const waiter of this.waiters) waiter.end(false);
    await (await this.connection?.catch(() => undefined))?.close();
  }

  private stopAsking(): void {
    clearInterval(this.asking);
    this.asking = undefined;
  }

  private release(): void {
    for (const waiter of this.waiters) if (this.has(waiter.name, waiter.position)) waiter.end(true);
  }

  private async ask(): Promise<void> {
    if (this.closed) return;
    const session = await this.session();
    const answer = readAll(session);
    const late = new Promise<never>((_, reject) => {
      const timer = setTimeout(() => reject(new Error('timeout: the database does not answer')), ANSWER_MS);
      void answer.catch(() => undefined).finally(() => clearTimeout(timer));
    });
    try {
      const builds = await Promise.race([answer, late]);
      if (!session.usable) throw new Error('connection ended: the answer may be older than a crash');
      this.builds = builds.map((build) => this.newest(build));
      this.answered = session;
      this.release();
    } catch (error) {
      // A connection that does not answer is given up; the next question opens another.
      void session.close();
      this.log.warn('The state of the read models cannot be read', { reason: (error as Error).message });
      throw error;
    }
  }

  private known({ name, version, build }: BuildKey): Checkpoint | undefined {
    return this.builds.find((one) => one.name === name && one.version === version && one.build === build);
  }

  /** A notification may have overtaken the answer. */
  private newest(build: Checkpoint): Checkpoint {
    const known = this.known(build);
    return known && this.store.compare(known.position, build.position) > 0
      ? { ...build, position: known.position }
      : build;
  }

  /** The server's side of its connection. */
  get backend(): number | undefined {
    return this.pid;
  }

  private async connect(): Promise<Session> {
    const session = await Session.open({ ...this.database, flushed: false });
    // What was announced before may be undone; what is announced from here on is newer than any answer.
    this.builds = this.builds.map((build) => ({ ...build, position: this.store.start }));
    this.pid = session.backend;
    return session;
  }
}

/** Missing table: a rebuild has dropped what this process still had in mind. */
const isMissingTable = (error: unknown) => (error as { code?: unknown } | null)?.code === '42P01';

export class BoardReadModels extends ReadModels {
  private readonly tables: ReadonlyMap<string, ReadonlySet<string>>;

  constructor(
    private readonly board: Board,
    groups: readonly ProjectionGroup[],
  ) {
    super();
    this.tables = new Map(groups.map((group) => [group.name, new Set(tableNames(group))]));
  }

  override tableName(group: string, table: string): string {
    if (!this.tables.get(group)?.has(table)) throw new Error(`There is no table ${table} in group ${group}.`);
    const live = this.board.live(group);
    if (!live) throw new ReadModelBehind(group);
    return `rm.${physicalName(table, live.version, live.build)}`;
  }

  override async read<T>(group: string, query: (table: (name: string) => string) => Promise<T>): Promise<T> {
    const table = (name: string) => this.tableName(group, name);
    if (!this.board.live(group)) await this.board.refresh();
    try {
      return await query(table);
    } catch (error) {
      if (!isMissingTable(error)) throw error;
      await this.board.refresh();
      return await query(table);
    }
  }

  override position(group: string): Position | undefined {
    const live = this.board.live(group);
    return live && this.board.position(live);
  }

  override async stale(group: string, partitions: readonly string[]): Promise<ReadonlySet<string>> {
    const live = this.board.live(group);
    if (!live || live.parked === 0 || partitions.length === 0) return new Set();
    const rows = await this.board.rows(
      `SELECT DISTINCT partition_key FROM processing.parked_events
        WHERE name = $1 AND version = $2 AND build = $3 AND partition_key = ANY($4::text[])`,
      [live.name, live.version, live.build, arrayOf(partitions)],
    );
    return new Set(rows.map((row) => row['partition_key'] ?? ''));
  }
}

export class BoardWaitGate extends WaitGate {
  constructor(private readonly board: Board) {
    super();
  }

  override async waitFor(group: string, position: string, timeoutMs: number): Promise<void> {
    if (!(await this.board.waitFor(group, position as Position, timeoutMs))) throw new ReadModelBehind(group);
  }
}
