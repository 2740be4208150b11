import type { Clock } from '#libs/kernel/application/clock';
import type { EventStore } from '#libs/event-store/application/event-store';
import type { AnyProcessManager, CommandTarget } from '../application/process-manager.js';
import type { ProcessingControl } from '../application/processing-control.js';
import type { ProjectionGroup } from '../application/projection.js';
import type { ReadModels } from '../application/read-models.js';
import type { Timers } from '../application/timers.js';
import type { WaitGate } from '../application/wait-gate.js';
import { BoardControl } from './board-control.js';
import { Announcer } from './announcer.js';
import { Board, BoardReadModels, BoardWaitGate } from './board.js';
import { AWAITS, OUTBOX, readAll, TIMERS } from './checkpoints.js';
import { defaultTuning, type ProcessingContext, type Tuning } from './context.js';
import { LogPages, type EventDecoder } from './log-pages.js';
import { OutboxDispatcher } from './outbox-dispatcher.js';
import { Portions } from './portions.js';
import type { AnyProcess } from './process-loop.js';
import { Pruner, type Prunable } from './pruner.js';
import { silentLog, type ProcessingLog } from './processing-log.js';
import { Session, type SessionOptions } from './session.js';
import { Listener, Subscription } from './signals.js';
import { ensureBuild, nameOf, Supervisor, versionOf, type Processor } from './supervisor.js';
import { Targets } from './targets.js';
import type { Firing } from './timer-batch.js';
import { BoardTimers, TimerLoop } from './timer-service.js';

/** What a process does of the processing; a process with none of them can still read, wait and fire on request. */
export type Role = 'projections' | 'processes' | 'outbox' | 'timers';

export const allRoles: readonly Role[] = ['projections', 'processes', 'outbox', 'timers'];

export interface ProcessingOptions {
  readonly store: EventStore;
  readonly codec: EventDecoder;
  /** The PostgreSQL that holds the read models. */
  readonly database: SessionOptions;
  readonly groups: readonly ProjectionGroup[];
  readonly processes?: readonly AnyProcessManager[];
  readonly targets?: readonly CommandTarget[];
  /** Decides what is due; left out, the database's clock does, which all processes share. */
  readonly clock?: Clock;
  /** Days that fired timers and sent messages are kept; left out, for ever. */
  readonly keepDoneDays?: number;
  readonly log?: ProcessingLog;
  readonly tuning?: Partial<Tuning>;
}

/** All that is computed from the log in one process: read models, process managers, outbox and timers. */
export class Processing {
  readonly readModels: ReadModels;
  readonly waitGate: WaitGate;
  readonly timers: Timers;
  readonly control: ProcessingControl;
  private readonly board: Board;
  private readonly targets: Targets;
  private readonly processors: readonly Processor[];
  private readonly announcer: Announcer;
  private readonly firing: Firing;
  private readonly context: ProcessingContext;
  private readonly listener: Listener;
  private readonly subscription: Subscription | undefined;
  private supervisor: Supervisor | undefined;
  private outbox: OutboxDispatcher | undefined;
  private timerLoop: TimerLoop | undefined;
  private pruner: Pruner | undefined;
  private readonly prompt: ReadonlySet<string>;
  private lingering: NodeJS.Timeout | undefined;
  private started = false;

  constructor(private readonly options: ProcessingOptions) {
    const { store, codec, database, groups, processes = [], clock, log = silentLog } = options;
    this.processors = [
      ...groups.map((group) => ({ kind: 'projection', group }) as const),
      ...processes.map((process) => ({ kind: 'process', process: process as unknown as AnyProcess }) as const),
    ];
    const versions = new Map(this.processors.map((processor) => [nameOf(processor), versionOf(processor)]));
    if (versions.size !== this.processors.length) throw new Error('Two groups or processes have the same name.');
    this.board = new Board(store, database, versions, log, (name) => this.awaited(name));
    this.prompt = new Set(groups.filter(({ prompt }) => prompt).map(({ name }) => name));
    this.announcer = new Announcer(this.board, {
      changed: () => this.changed(),
      timersSet: () => this.timerLoop?.wake(),
      outboxFilled: () => this.outbox?.wake(),
    });
    const tuning = { ...defaultTuning, ...options.tuning };
    this.context = {
      store,
      codec,
      pages: new LogPages({ store, codec, page: tuning.page }),
      database,
      log,
      tuning,
      announce: this.announcer,
      portions: new Portions(() => this.supervisor?.pressLoops(() => true)),
    };
    this.targets = new Targets(options.targets ?? []);
    this.firing = { clock, targets: this.targets, context: this.context };
    this.readModels = new BoardReadModels(this.board, groups);
    this.waitGate = new BoardWaitGate(this.board);
    this.timers = new BoardTimers(
      this.firing,
      this.board,
      processes.map(({ name }) => name),
    );
    this.control = new BoardControl(
      this.context,
      this.processors,
      this.board,
      clock,
      (key) => this.supervisor?.leading(key) ?? false,
      (processor) => this.supervisor?.runs(processor) ?? false,
    );
    this.listener = new Listener(database, log, store.kind === 'postgres', {
      events: (payload) => this.heardOfEvents(payload),
      message: (message, backend) => backend !== this.board.backend && this.heard(message),
      back: () => this.lookAround(),
    });
    if (store.kind !== 'postgres') this.subscription = new Subscription(store, log, () => this.wake());
  }

  /** Adds a place for timers and outbox messages to go; before `start`. */
  register(target: CommandTarget): void {
    this.targets.register(target);
  }

  /** Starts listening and the loops of the given roles; returns once this process knows which builds there are. */
  async start(roles: readonly Role[]): Promise<void> {
    if (this.started) throw new Error('The processing is already running.');
    this.started = true;
    await this.giveBirth();
    this.listener.start();
    const mine = this.processors.filter(({ kind }) =>
      roles.includes(kind === 'projection' ? 'projections' : 'processes'),
    );
    if (mine.length > 0) {
      this.supervisor = new Supervisor(this.context, mine);
      this.supervisor.start();
      this.subscription?.start();
    }
    if (roles.includes('outbox')) {
      const { clock } = this.options;
      this.outbox = new OutboxDispatcher(this.context, this.targets, clock && (() => clock.now()));
      this.outbox.start();
    }
    if (roles.includes('timers')) {
      this.timerLoop = new TimerLoop(this.firing);
      this.timerLoop.start();
    }
    this.startPruning(roles.filter((role) => role === 'timers' || role === 'outbox'));
    await this.board.refresh();
  }

  /** Whoever does a work clears it away. */
  private startPruning(tables: readonly Prunable[]): void {
    const { keepDoneDays } = this.options;
    if (keepDoneDays === undefined || tables.length === 0) return;
    this.pruner = new Pruner(this.context, tables, keepDoneDays);
    this.pruner.start();
  }

  /**
   * A process manager answers what happens after it was born; so it is born before this process gives any command,
   * whether or not this process will run it.
   */
  private async giveBirth(): Promise<void> {
    const session = await Session.open(this.context.database);
    try {
      const known = new Set((await readAll(session)).map(({ name }) => name));
      for (const processor of this.processors)
        if (processor.kind === 'process' && !known.has(nameOf(processor)))
          await ensureBuild(session, this.context, processor);
    } finally {
      await session.close();
    }
  }

  /** Waits until every group of this process has a live build. @returns false when the time is over. */
  async ready(timeoutMs: number): Promise<boolean> {
    const end = performance.now() + timeoutMs;
    for (;;) {
      const live = await this.control.liveBuilds().catch(() => ({ ok: false }));
      if (live.ok) return true;
      if (performance.now() > end) return false;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** There are new events: whoever appends in this process saves the loops the way over the database. */
  wake(): void {
    this.context.pages.wake();
    this.supervisor?.pressLoops((name) => this.board.isAwaited(name));
    this.supervisor?.wakeLoops((name) => this.prompt.has(name));
    this.wakeSoon();
  }

  /** Events gather meanwhile, and nobody stands in the way of what somebody waits for. */
  private wakeSoon(): void {
    this.lingering ??= setTimeout(() => {
      this.lingering = undefined;
      this.supervisor?.wakeLoops();
    }, this.context.tuning.lingerMs);
  }

  /** Somebody begins to wait for what a processor makes of events, whichever process it is that does. */
  private awaited(name: string): void {
    this.press(name);
    const live = this.board.live(name);
    if (!live || !this.supervisor?.leading(live)) this.announcer.awaited(name);
  }

  private heardOfWaiter(name: string): void {
    // What is being read may lack what is waited for: news of the log may come another way, and later.
    this.context.pages.wake();
    this.press(name);
  }

  private press(name: string): void {
    this.supervisor?.pressLoops((candidate) => candidate === name);
  }

  /** @param news what the PostgreSQL log notifies: first and last position, types. */
  private heardOfEvents(news: string): void {
    const [, last = ''] = news.split(' ');
    // Mostly an append of this very process, whose loops were woken by it.
    if (this.options.store.isPosition(last) && this.context.pages.hasRead(last)) this.wakeSoon();
    else this.wake();
  }

  /** The clock was moved, or timers may be due for another reason. */
  wakeTimers(): void {
    this.timerLoop?.wake();
  }

  /** Lets every loop finish what it is doing, then ends its connections. */
  async stop(): Promise<void> {
    clearTimeout(this.lingering);
    await Promise.all([this.timerLoop?.stop(), this.outbox?.stop(), this.pruner?.stop(), this.supervisor?.stop()]);
    await Promise.all([this.subscription?.stop(), this.listener.stop()]);
    await this.announcer.close();
    await this.board.close();
  }

  private changed(): void {
    this.board.refresh().catch(() => undefined);
    this.supervisor?.wake();
    this.supervisor?.wakeLoops();
  }

  private heard(message: string): void {
    if (message === TIMERS) this.timerLoop?.wake();
    else if (message === OUTBOX) this.outbox?.wake();
    else if (message.startsWith('at ')) this.board.heard(message);
    else if (message.startsWith(AWAITS)) this.heardOfWaiter(message.slice(AWAITS.length));
    else this.changed();
  }

  /** Notifications may have been missed. */
  private lookAround(): void {
    this.changed();
    this.timerLoop?.wake();
    this.outbox?.wake();
  }
}
