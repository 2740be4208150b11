import { setTimeout as sleep } from 'node:timers/promises';
import { status, type ServiceError } from '@grpc/grpc-js';
import { refusal, type Endpoint } from './refusals.js';

/** What happens to an answer that the client was owed: the connection breaks, a server error comes instead, or nothing does. */
export type Loss = 'unavailable' | 'unknown' | 'cancelled' | 'deadline' | 'timeout' | 'silence';

const LOSS_STATUS: Readonly<Record<Exclude<Loss, 'silence'>, status>> = {
  unavailable: status.UNAVAILABLE,
  unknown: status.UNKNOWN,
  cancelled: status.CANCELLED,
  deadline: status.DEADLINE_EXCEEDED,
  timeout: status.ABORTED,
};

/** A subscription that faults can reach while it runs. */
export interface LiveSubscription {
  cut(error: ServiceError): void;
  checkpoint(position: bigint): void;
}

/** Everything that can go wrong with a server, on demand. Each fault stays until it is used up or lifted. */
export class Faults {
  /** Answers calls that require the leader with "not leader", naming this one. */
  leader: Endpoint | undefined;
  /** Milliseconds before every call is looked at. */
  slowMs = 0;
  /** Ends every subscription after so many events, with an error; each reconnection is cut anew. */
  cutSubscriptionsAfter: number | undefined;

  private readonly subscriptions = new Set<LiveSubscription>();
  private lostAnswers: { times: number; as: Loss } = { times: 0, as: 'unavailable' };
  private failedAppends: { times: number; as: Exclude<Loss, 'silence'> } = { times: 0, as: 'unavailable' };
  private silence: { readonly over: Promise<void>; readonly lift: () => void } | undefined;
  private unavailableUntil = 0;

  /** The next appends are committed, and their answers get lost. */
  loseAnswers(times: number, as: Loss = 'unavailable'): void {
    this.lostAnswers = { times, as };
  }

  /** The next appends fail before anything is committed. */
  failAppends(times: number, as: Exclude<Loss, 'silence'> = 'unavailable'): void {
    this.failedAppends = { times, as };
  }

  /** Calls are accepted and nothing is done or answered until it is lifted (as a stopped process); then they go on. */
  silent(on: boolean): void {
    if (on === (this.silence !== undefined)) return;
    if (!on) {
      this.silence?.lift();
      this.silence = undefined;
      return;
    }
    const { promise: over, resolve: lift } = Promise.withResolvers<void>();
    this.silence = { over, lift };
  }

  /** Every call is answered "unavailable" for so many milliseconds. */
  unavailableFor(ms: number): void {
    this.unavailableUntil = Date.now() + ms;
  }

  /** Ends the subscriptions that run now; answers how many. */
  cutSubscriptions(as: Exclude<Loss, 'silence'> = 'unavailable'): number {
    const running = [...this.subscriptions];
    for (const subscription of running) subscription.cut(lossError(as));
    return running.length;
  }

  /** Sends a checkpoint of any value to the subscriptions that run now, as faulty servers did. */
  sendCheckpoint(position: bigint): void {
    for (const subscription of this.subscriptions) subscription.checkpoint(position);
  }

  /** Lifts everything. */
  clear(): void {
    this.leader = undefined;
    this.slowMs = 0;
    this.cutSubscriptionsAfter = undefined;
    this.lostAnswers.times = 0;
    this.failedAppends.times = 0;
    this.unavailableUntil = 0;
    this.silent(false);
  }

  /** For the services: waits or throws as the faults say. */
  async onCall(): Promise<void> {
    await this.silence?.over;
    if (this.slowMs > 0) await sleep(this.slowMs);
    if (Date.now() < this.unavailableUntil) throw lossError('unavailable');
  }

  onAppend(): void {
    if (this.failedAppends.times-- > 0) throw lossError(this.failedAppends.as);
  }

  /** After the commit: `undefined` lets the answer through. */
  onAnswer(): ServiceError | 'silence' | undefined {
    if (this.lostAnswers.times-- <= 0) return undefined;
    return this.lostAnswers.as === 'silence' ? 'silence' : lossError(this.lostAnswers.as);
  }

  /** Holds a running subscription back while the server is silent. */
  async onEvent(): Promise<void> {
    await this.silence?.over;
  }

  /** Registers a running subscription; call the returned function at its end. */
  track(subscription: LiveSubscription): () => void {
    this.subscriptions.add(subscription);
    return () => this.subscriptions.delete(subscription);
  }
}

export const lossError = (as: Exclude<Loss, 'silence'>): ServiceError =>
  refusal(LOSS_STATUS[as], `Injected fault: ${as}`);
