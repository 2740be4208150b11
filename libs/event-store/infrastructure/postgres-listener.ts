import pg from 'pg';
import { farewell } from '#libs/postgres/infrastructure/farewell';
import { backOff, pause } from './postgres-faults.js';

/**
 * A connection that LISTENs and calls back; it only ever wakes, so a lost notification costs a poll, not an event.
 * It calls back after every (re)connection too, without a payload: what was notified while there was none must be read.
 */
export class PostgresListener {
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #client: pg.Client | undefined;

  constructor(
    private readonly config: pg.ClientConfig,
    private readonly channel: string,
    private readonly wake: (payload?: string) => void,
    private readonly warn: (message: string, error: unknown) => void,
  ) {}

  /** Connects in the background; more calls change nothing. */
  start(): void {
    this.#running ??= this.run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    if (this.#client) await farewell(this.#client);
    await this.#running;
  }

  private async run(): Promise<void> {
    const { signal } = this.#stopping;
    for (let failures = 0; !signal.aborted;) {
      try {
        await this.listen(() => (failures = 0));
      } catch (error) {
        if (!signal.aborted)
          this.warn('The connection that listens for new events was lost; polling meanwhile.', error);
      }
      failures += 1;
      await pause(backOff(failures, 100, 10_000), signal);
    }
  }

  /** Resolves or rejects when the connection has ended. */
  private async listen(connected: () => void): Promise<void> {
    const client = new pg.Client(this.config);
    const ended = new Promise<void>((resolve, reject) => {
      client.once('end', resolve);
      client.once('error', reject);
    });
    // An error event without a listener would end the process: late ones are expected on a dying connection.
    client.on('error', () => undefined);
    ended.catch(() => undefined);
    const heard = ({ payload }: pg.Notification) => this.wake(payload);
    client.on('notification', heard);
    this.#client = client;
    try {
      await client.connect();
      await client.query(`LISTEN ${this.channel}`);
      connected();
      this.wake();
      if (this.#stopping.signal.aborted) return;
      await ended;
    } finally {
      client.removeListener('notification', heard);
      await farewell(client);
    }
  }
}
