import { setTimeout as delay } from 'node:timers/promises';
import { within } from '#libs/event-store/application/turns';
import { sentence } from './group-batch.js';
import { isOutage } from './outage.js';
import type { ProcessingLog } from './processing-log.js';
import { Session, type SessionOptions } from './session.js';

/**
 * What a step found: more to do at once, or nothing for some time. While it rests, before anything else, it is woken by
 * what presses alone.
 */
export type Outcome = 'more' | 'done' | { readonly sleep: number; readonly deaf?: boolean; readonly rest?: number };

const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 5000;
/** A step may take so long when the loop is told to stop, in milliseconds; then it loses its connection. */
const LAST_STEP_MS = 10_000;

/**
 * Work that is done step by step over one connection of its own, until stopped. It sleeps when there is nothing to do
 * and is woken; whatever fails, it starts again on a new connection, after a pause that grows.
 */
export abstract class WorkLoop {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private awake = false;
  private pressed = false;
  private rouse: (() => void) | undefined;
  private failures = 0;
  protected session: Session | undefined;

  constructor(
    readonly name: string,
    private readonly database: SessionOptions,
    protected readonly log: ProcessingLog,
    /** Milliseconds without a statement after which the server ends the connection of a process that hangs; 0 = never. */
    private readonly silence = 0,
  ) {}

  /** One piece of work; may be interrupted anywhere by the loss of its connection. */
  protected abstract step(session: Session): Promise<Outcome>;

  /** A connection was made: what was known of the last one does not hold. */
  protected connected(_session: Session): Promise<void> {
    return Promise.resolve();
  }

  /** The step failed; what it changed in memory is to be forgotten. */
  protected failed(): void | Promise<void> {}

  /** The loop was told to stop: what was begun is brought to an end. */
  protected ending(_session: Session): Promise<unknown> {
    return Promise.resolve();
  }

  protected get stopped(): boolean {
    return this.stopping.signal.aborted;
  }

  get signal(): AbortSignal {
    return this.stopping.signal;
  }

  start(): void {
    this.running ??= this.run();
  }

  /** There may be something to do. */
  wake(): void {
    this.awake = true;
    this.rouse?.();
  }

  /** There may be something to do that somebody waits for. */
  press(): void {
    this.pressed = true;
    this.wake();
  }

  /** Finishes the step at hand, unless it hangs, then ends and lets go of the connection. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake();
    if (this.running && !(await within(this.running, LAST_STEP_MS))) await this.session?.close();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      try {
        if (!this.session?.usable) await this.connect();
        this.awake = this.pressed = false;
        const outcome = await this.step(this.session as Session);
        if (this.failures > 0) this.log.info(`${this.name} works again`);
        this.failures = 0;
        if (outcome === 'done') break;
        if (outcome !== 'more') await this.idle(outcome);
      } catch (error) {
        await this.recover(error);
      }
    }
    if (this.session?.usable)
      await this.ending(this.session).catch((error: unknown) =>
        this.log.warn(`${this.name} was interrupted at its end`, { reason: sentence(error) }),
      );
    await this.session?.close();
    this.session = undefined;
  }

  private async connect(): Promise<void> {
    await this.session?.close();
    this.session = undefined;
    this.session = await Session.open(this.database, this.silence);
    // A broken connection is noticed while asleep too.
    this.session.onEnd(() => this.wake());
    await this.connected(this.session);
  }

  private async recover(error: unknown): Promise<void> {
    await this.failed();
    const pause = Math.min(FIRST_PAUSE * 2 ** this.failures++, LONGEST_PAUSE);
    if (!this.stopped)
      this.log.warn(`${this.name} will try again`, { reason: sentence(error), outage: isOutage(error), inMs: pause });
    if (this.session?.usable) await this.session.run('ROLLBACK').catch(() => undefined);
    await this.sleep(pause * (0.75 + Math.random() / 2), () => false);
  }

  private async idle({ sleep, deaf = false, rest = 0 }: Exclude<Outcome, string>): Promise<void> {
    if (rest > 0) await this.sleep(rest, () => this.pressed);
    if (rest < sleep) await this.sleep(sleep - rest, () => !deaf && this.awake);
  }

  /** @param isOver asked now and when something happens: whether to sleep no longer */
  private async sleep(milliseconds: number, isOver: () => boolean): Promise<void> {
    if (this.stopped || isOver()) return;
    const woken = new AbortController();
    this.rouse = () => {
      if (this.stopped || isOver()) woken.abort();
    };
    await delay(milliseconds, undefined, { signal: woken.signal, ref: true }).catch(() => undefined);
    this.rouse = undefined;
  }
}
