import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Codec } from '#libs/event-store/application/codec';
import { IdempotencyKeyReused, NotFound } from '#libs/event-store/application/errors';
import { EventStore, type Position, type RecordedEvent } from '#libs/event-store/application/event-store';
import { derivedId } from '#libs/kernel/domain/ids';
import type { CommandMetadata, Recorded } from '#libs/kernel/domain/message';
import type { Ruleset } from '#libs/kernel/domain/ruleset';
import {
  Tally,
  pastTypes,
  type BacktestResult,
  type Flip,
  type Past,
  type PastEvent,
} from '../../domain/backtest/tally.js';
import { BacktestInvalid, TooManyBacktests } from '../../domain/rulesets/ruleset.errors.js';
import { RulesetQueries } from '../rulesets/ruleset-queries.js';
import { WorkflowCatalogue } from '../workflow-catalogue.js';
import { BacktestRecords, type BacktestAsked, type BacktestState, type FlipPage } from './backtest-records.js';

/** Events read, decoded and counted before anybody else gets a turn. */
const PAGE = 500;
/** Pages after which it says how far it is, also when there is nothing to write down: each time is a flush to disk. */
const QUIET_PAGES = 10;
/** Backtests of one process that wait for each other. */
const MOST_WAITING = 10;
/** Between two signs of life of those that have not ended, in milliseconds. */
const BEAT_MS = 20_000;

/**
 * What rules would have done to the real past: pages of the log go by, the rules are asked about each content, flips
 * are written down as they come. Memory does not grow with the log. One at a time in a process.
 */
@Injectable()
export class Backtests implements OnApplicationShutdown {
  private readonly logger = new Logger(Backtests.name);
  private readonly stopping = new AbortController();
  private turn: Promise<void> = Promise.resolve();
  /** Those that have not ended, the one that runs and those that wait for their turn. */
  private readonly open = new Set<string>();
  private beating: NodeJS.Timeout | undefined;

  constructor(
    private readonly store: EventStore,
    private readonly codec: Codec,
    private readonly rulesets: RulesetQueries,
    private readonly workflows: WorkflowCatalogue,
    private readonly records: BacktestRecords,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.turn;
  }

  /**
   * Begins a backtest, or finds the one that the same request began.
   * @throws RulesetNotFound, NotFound, BacktestInvalid, TooManyBacktests, IdempotencyKeyReused
   */
  async start(
    idOrKey: string,
    { version, ...past }: Past & { version?: number | undefined },
    metadata: CommandMetadata,
  ) {
    const { workspaceId, commandId, actor } = metadata;
    const { which, ruleset } = await this.rulesets.rules(workspaceId, idOrKey, version);
    const backtestId = derivedId(commandId, 'backtest', 0);
    const before = await this.records.find(workspaceId, backtestId);
    if (!before) await this.check(workspaceId, past);
    if (this.open.size >= MOST_WAITING) throw new TooManyBacktests();
    const asked = { ...which, ...past };
    if (await this.records.begin({ backtestId, workspaceId, asked, startedBy: actor.id })) {
      this.begun(backtestId);
      this.turn = this.turn
        .then(() => this.run(backtestId, workspaceId, ruleset, past))
        .finally(() => this.ended(backtestId));
    }
    const found = await this.find(workspaceId, backtestId);
    if (questionOf(found.asked) !== questionOf(asked)) throw new IdempotencyKeyReused();
    return found;
  }

  /** A past in which nothing can have been decided is a slip of the pen. @throws BacktestInvalid */
  private async check(workspaceId: string, { workflow, from, to }: Past): Promise<void> {
    if (workflow !== undefined && !(await this.workflows.has(workspaceId, workflow)))
      throw new BacktestInvalid('/workflow', 'unknown-value', `There is no workflow ${workflow}.`);
    if (from !== undefined && to !== undefined && Date.parse(from) >= Date.parse(to))
      throw new BacktestInvalid('/to', 'out-of-range', 'to must be later than from.');
  }

  /** @throws NotFound */
  async find(workspaceId: string, backtestId: string): Promise<BacktestState> {
    const found = await this.records.find(workspaceId, backtestId);
    if (!found) throw new NotFound();
    return found;
  }

  /** Flips in the order of the log, after the one numbered `after`. @throws NotFound */
  async flips(workspaceId: string, backtestId: string, page: { after: number; limit: number }): Promise<FlipPage> {
    await this.find(workspaceId, backtestId);
    return this.records.flips(backtestId, page);
  }

  private begun(backtestId: string): void {
    this.open.add(backtestId);
    this.beating ??= setInterval(() => void this.beat(), BEAT_MS).unref();
  }

  private ended(backtestId: string): void {
    this.open.delete(backtestId);
    if (this.open.size > 0) return;
    clearInterval(this.beating);
    this.beating = undefined;
  }

  private async beat(): Promise<void> {
    await this.records
      .beat([...this.open])
      .catch((cause: unknown) => this.logger.warn({ err: cause }, 'Backtests could not be marked as alive.'));
  }

  private async run(backtestId: string, workspaceId: string, ruleset: Ruleset, past: Past): Promise<void> {
    let first = 1;
    try {
      const result = await this.over(workspaceId, ruleset, past, async (flips, fraction, decisions) => {
        await this.records.advance(backtestId, { fraction, decisions, first, flips });
        first += flips.length;
      });
      await this.records.succeed(backtestId, result);
    } catch (error) {
      const stopped = this.stopping.signal.aborted;
      if (!stopped) this.logger.warn({ err: error, backtest: backtestId }, 'A backtest ended early.');
      await this.records
        .fail(backtestId, stopped ? 'The process was stopped.' : 'It ended early; the log of the process says why.')
        .catch((cause: unknown) => this.logger.warn({ err: cause }, 'A backtest could not be marked as failed.'));
    }
  }

  /** The whole past up to now; `tell` takes the flips since the last time and how far it is. */
  async over(
    workspaceId: string,
    ruleset: Ruleset,
    past: Past,
    tell: (flips: readonly Flip[], fraction: number, decisions: number) => Promise<void>,
  ): Promise<BacktestResult> {
    const tally = new Tally(ruleset, past);
    const end = await this.store.head();
    const read = (after: Position | 'start') => this.store.readAll({ after, limit: PAGE, types: pastTypes });
    let reading = read('start');
    let flips: Flip[] = [];
    for (let pages = 1; ; pages++) {
      this.stopping.signal.throwIfAborted();
      const { events, next, atHead } = await reading;
      const isOver = atHead || this.store.compare(next, end) >= 0;
      if (!isOver) {
        // While this page is counted the log reads the next one; a fault of it is met when it is waited for.
        reading = read(next);
        reading.catch(() => undefined);
      }
      const own = events.filter(
        ({ metadata, position }) => metadata.workspaceId === workspaceId && this.store.compare(position, end) <= 0,
      );
      flips.push(...(await this.count(tally, own)));
      if (isOver || flips.length >= PAGE || pages % QUIET_PAGES === 0) {
        await tell(flips, isOver ? 1 : share(next, end), tally.result.decisions);
        flips = [];
      }
      if (isOver) return tally.result;
    }
  }

  private async count(tally: Tally, events: readonly RecordedEvent[]): Promise<Flip[]> {
    const flips: Flip[] = [];
    for (const event of await this.codec.decode<PastEvent>(events)) {
      let taken = tally.take(event);
      if (taken === 'forgotten') {
        tally.recall(await this.before(event));
        taken = tally.take(event);
      }
      if (taken !== undefined && taken !== 'forgotten') flips.push(taken);
    }
    return flips;
  }

  /** The review up to an event of it. */
  private async before({ streamId, revision }: Recorded<PastEvent>): Promise<Recorded<PastEvent>[]> {
    const { events } = await this.store.readStream(streamId, { max: Number(revision) + 1 });
    return this.codec.decode<PastEvent>(events);
  }
}

/** What the request said; a draft that it asked about may be another by now. */
const questionOf = ({ version, workflow, from, to, shadow }: BacktestAsked): string =>
  JSON.stringify([version, workflow, from, to, shadow]);

/** How much of the log is behind, where positions are numbers; a guess where they are not. */
function share(at: Position, end: Position): number {
  const [done, all] = [Number(at), Number(end)];
  return all > 0 && done >= 0 && done <= all ? done / all : 0.5;
}
