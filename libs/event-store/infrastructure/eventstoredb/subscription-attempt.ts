import type {
  AllStreamRecordedEvent,
  AllStreamResolvedEvent,
  AllStreamSubscription,
  Credentials,
} from '@eventstore/db-client';
import type { Page, RecordedEvent } from '../../application/event-store.js';
import type { Lease } from './client-slot.js';
import { placeOf, toRecorded } from './envelope.js';
import { NoAnswer } from './outcome.js';
import { isProgress, later, START, toPosition, type Place } from './place.js';
import type { Scope } from './scope.js';
import type { Settings } from './settings.js';

/** Nothing was said for long, which may be all right: subscribe again and see. */
export class Quiet extends Error {}

/** One subscription of the client, from its start to its first fault, as pages in order. */
export class SubscriptionAttempt {
  private readonly subscription: AllStreamSubscription;
  private readonly waiting: RecordedEvent[] = [];
  private confirmed = false;
  private live = false;
  /** "At head" is told once each time it becomes true, also without an event. */
  private saidLive = false;
  private failure: unknown;
  private parkedCheckpoint: Place = START;
  private told: Place;
  private wake: () => void = () => undefined;

  constructor(
    private readonly lease: Lease,
    private readonly scope: Scope,
    /** Everything up to here has been received. */
    private last: Place,
    credentials: Credentials,
    private readonly settings: Settings,
  ) {
    this.told = last;
    this.subscription = lease.client.subscribeToAll({
      fromPosition: last.commit < 0n ? 'start' : last,
      filter: scope.filter((_, checkpoint) => this.onCheckpoint(checkpoint)),
      credentials,
    });
    this.subscription
      .on('error', (error) => this.fail(error)) // at once: the first error can come before anybody waits
      .on('end', () => this.fail(new Error('The subscription ended.')))
      .on('confirmation', () => this.onConfirmation())
      .on('caughtUp', () => this.onCaughtUp(true))
      .on('fellBehind', () => this.onCaughtUp(false))
      .on('data', (resolved) => this.onEvent(resolved));
    lease.retired.addEventListener('abort', this.onRetired);
  }

  /** Throws the fault that ended it, `Quiet`, or the reason of `signal`. */
  async next(signal: AbortSignal): Promise<Page> {
    while (!this.hasNews()) {
      signal.throwIfAborted();
      if (this.failure !== undefined) throw this.failure;
      await this.news(signal);
    }
    return this.page();
  }

  stop(): void {
    this.lease.retired.removeEventListener('abort', this.onRetired);
    this.wake = () => undefined;
    this.subscription.removeAllListeners('data').pause();
    this.subscription.unsubscribe().catch(() => undefined);
  }

  private hasNews(): boolean {
    if (this.waiting.length > 0 || isProgress(this.told, this.last)) return true;
    return this.atHead() && !this.saidLive;
  }

  private atHead(): boolean {
    return this.live && this.waiting.length === 0 && this.subscription.readableLength === 0;
  }

  private page(): Page {
    const events = this.waiting.splice(0, this.settings.pageSize);
    const cut = this.waiting.length > 0;
    if (!cut && this.subscription.isPaused()) this.subscription.resume();
    const next = cut ? events.at(-1)!.position : toPosition(this.last);
    if (!cut) this.told = this.last;
    const atHead = this.atHead();
    this.saidLive = atHead;
    return { events, next, atHead };
  }

  private onEvent({ event }: AllStreamResolvedEvent): void {
    try {
      if (event) this.receive(event);
      this.releaseCheckpoint();
      if (this.waiting.length >= this.settings.pageSize * 2) this.subscription.pause();
      this.wake();
    } catch (error) {
      this.fail(error);
    }
  }

  private receive(event: AllStreamRecordedEvent): void {
    const place = placeOf(event);
    if (!isProgress(this.last, place)) return; // sent twice, as around a reconnection
    if (this.scope.admits(event)) this.waiting.push(toRecorded(event, place));
    this.last = place;
  }

  /** Never throws: the client would let the rejection of its own transformation end the process. */
  private onCheckpoint(checkpoint: Place): void {
    if (!isProgress(this.last, checkpoint)) return;
    this.parkedCheckpoint = later(this.parkedCheckpoint, checkpoint);
    this.releaseCheckpoint();
    this.wake();
  }

  /** A checkpoint overtakes the events before it that still wait inside the client's stream: it counts when they are through. */
  private releaseCheckpoint(): void {
    if (this.subscription.readableLength > 0 || !isProgress(this.last, this.parkedCheckpoint)) return;
    this.last = this.parkedCheckpoint;
  }

  private onConfirmation(): void {
    this.confirmed = true;
    this.lease.wentWell();
    this.wake();
  }

  private onCaughtUp(live: boolean): void {
    this.live = live;
    if (!live) this.saidLive = false;
    this.wake();
  }

  private readonly onRetired = (): void => this.fail(new Quiet('The client was replaced.'));

  private fail(error: unknown): void {
    this.failure ??= error;
    this.wake();
  }

  private news(signal: AbortSignal): Promise<void> {
    const { confirmMs, subscriptionIdleMs } = this.settings;
    const ms = this.confirmed ? subscriptionIdleMs : confirmMs;
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.wake = () => undefined;
        resolve();
      };
      const timer = setTimeout(() => {
        this.fail(this.confirmed ? new Quiet('Nothing new.') : new NoAnswer('subscribe', ms));
        done();
      }, ms);
      signal.addEventListener('abort', done);
      this.wake = done;
      // What was parked may have come through without an event of its own.
      this.releaseCheckpoint();
      if (this.hasNews() || this.failure !== undefined || signal.aborted) done();
    });
  }
}
