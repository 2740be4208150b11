import { EventStoreDBClient } from '@eventstore/db-client';
import type { Connection } from './connection-string.js';
import { isClientSick, within } from './outcome.js';

/** The right to use a client until `release`. */
export interface Lease {
  readonly client: EventStoreDBClient;
  /** Aborted when the client is replaced: what runs long on it should move. */
  readonly retired: AbortSignal;
  /** The server answered. */
  wentWell(): void;
  wentWrong(error: unknown): void;
  release(): void;
}

class Held {
  readonly retirement = new AbortController();
  users = 0;
  sickInARow = 0;

  constructor(readonly client: EventStoreDBClient) {}
}

/** One client that is thrown away and built anew when it keeps failing in ways that only a new one mends. */
export class ClientSlot {
  private held: Held;
  private leaving = new Set<Promise<void>>();

  constructor(
    private readonly connection: Connection,
    private readonly faultsBeforeRebuild: number,
    private readonly onRebuilt: () => void,
  ) {
    this.held = new Held(build(connection));
  }

  lease(): Lease {
    const { held } = this;
    held.users += 1;
    let released = false;
    return {
      client: held.client,
      retired: held.retirement.signal,
      wentWell: () => (held.sickInARow = 0),
      wentWrong: (error) => this.note(held, error),
      release: () => {
        if (released) return;
        released = true;
        held.users -= 1;
        if (held.users === 0 && held.retirement.signal.aborted && held !== this.held) this.dispose(held);
      },
    };
  }

  async use<T>(work: (client: EventStoreDBClient) => Promise<T>): Promise<T> {
    const lease = this.lease();
    try {
      const result = await work(lease.client);
      lease.wentWell();
      return result;
    } catch (error) {
      lease.wentWrong(error);
      throw error;
    } finally {
      lease.release();
    }
  }

  /** Resolves when the connections are closed; calls in progress are cancelled. */
  async close(): Promise<void> {
    if (!this.held.retirement.signal.aborted) {
      this.held.retirement.abort();
      this.dispose(this.held);
    }
    await Promise.all(this.leaving);
  }

  private note(held: Held, error: unknown): void {
    if (!isClientSick(error)) {
      // Any other answer is an answer: the client works.
      held.sickInARow = 0;
      return;
    }
    held.sickInARow += 1;
    // Many calls fail together; only those of the client in place count, so that one fault rebuilds once.
    if (held !== this.held || held.sickInARow < this.faultsBeforeRebuild) return;
    this.held = new Held(build(this.connection));
    held.retirement.abort(); // its last user will dispose of it
    this.onRebuilt();
  }

  private dispose(held: Held): void {
    const left = discard(held.client).finally(() => this.leaving.delete(left));
    this.leaving.add(left);
  }
}

const build = ({ connectionString }: Connection): EventStoreDBClient =>
  EventStoreDBClient.connectionString(connectionString);

/** Milliseconds that closing may take before it is left to itself. */
const DISPOSAL_MS = 1_000;

async function discard(client: EventStoreDBClient): Promise<void> {
  try {
    await within(DISPOSAL_MS, 'dispose', client.dispose());
    // `dispose` cancels calls but leaves the channel, and with it the socket, open.
    const channel = await within(DISPOSAL_MS, 'dispose', client['getChannel']());
    channel.close();
  } catch {
    // A client that cannot even be closed is only garbage.
  }
}
