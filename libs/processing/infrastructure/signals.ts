import type { EventStore, Position } from '#libs/event-store/application/event-store';
import { CHANNEL } from './checkpoints.js';
import type { ProcessingLog } from './processing-log.js';
import { literal, type Session, type SessionOptions } from './session.js';
import { WorkLoop, type Outcome } from './work-loop.js';

/** What the append function of the PostgreSQL log notifies. */
const EVENTS_CHANNEL = 'es_events';

const LOOK_MS = 5000;

/**
 * Listens on one connection for what other processes say: new events (when PostgreSQL holds the log) and progress.
 * Notifications only wake; whoever misses one finds the same by looking.
 */
export class Listener extends WorkLoop {
  constructor(
    database: SessionOptions,
    log: ProcessingLog,
    private readonly withEvents: boolean,
    private readonly heard: {
      events(payload: string): void;
      message(message: string, backend: number): void;
      back(): void;
    },
  ) {
    super('listener', database, log);
  }

  protected override async connected(session: Session): Promise<void> {
    session.onNotification((channel, payload, backend) => {
      if (channel === EVENTS_CHANNEL) this.heard.events(payload);
      else this.heard.message(payload, backend);
    });
    await session.run(`LISTEN ${CHANNEL};${this.withEvents ? `LISTEN ${EVENTS_CHANNEL};` : ''}`);
    this.heard.back();
  }

  /** A connection that was lost without a word is found out here. */
  protected override async step(session: Session): Promise<Outcome> {
    await session.run(`SELECT ${literal('still there')}`);
    return { sleep: LOOK_MS };
  }
}

const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 5000;

/** Wakes on new events of a log that is not in our database: by a subscription from its head, made again when it breaks. */
export class Subscription {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    private readonly store: EventStore,
    private readonly log: ProcessingLog,
    private readonly heard: () => void,
  ) {}

  start(): void {
    this.running ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    let after: Position | undefined;
    let failures = 0;
    while (!signal.aborted) {
      try {
        after ??= await this.store.head();
        for await (const page of this.store.subscribe({ after, signal })) {
          after = page.next;
          failures = 0;
          if (page.events.length > 0) this.heard();
        }
      } catch (error) {
        if (signal.aborted) return;
        this.log.warn('The subscription to the log broke and will be made again', { reason: (error as Error).message });
      }
      if (signal.aborted) return;
      await pause(Math.min(FIRST_PAUSE * 2 ** failures++, LONGEST_PAUSE) * (0.75 + Math.random() / 2), signal);
    }
  }
}

const pause = (milliseconds: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener('abort', end, { once: true });
  });
