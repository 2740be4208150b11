import { Logger } from '@nestjs/common';
import type { CallResult } from '../application/outbound.js';
import { backOffMs } from '../domain/back-off.js';
import { receiverOf, type Channel, type DueDelivery } from './channel.js';
import type { DeliveryOptions } from './delivery-options.js';
import type { PostgresDeliveries } from './postgres-deliveries.js';
import type { PostgresReplays } from './postgres-replays.js';

const PRUNE_EVERY_MS = 3_600_000;
const LONGEST_PAUSE_MS = 10_000;
const NOT_AT_ONCE_MS = 500;

/**
 * Sends what is due, many at once. A message is taken by a short statement and sent outside of any transaction: a slow
 * receiver keeps nobody waiting but itself. What was under way when a process died is taken again when its lease is
 * over, so each message arrives at least once, always under the same id.
 */
export class DeliveryWorker {
  private readonly logger = new Logger('Deliveries');
  private readonly channels = new Map<string, Channel>();
  /** Calls under way, by receiver and by workspace. */
  private readonly underWay = new Map<string, number>();
  private readonly atWork = new Map<string, number>();
  /** Receivers that are down, and until when nobody calls them. */
  private readonly blocked = new Map<string, number>();
  private running: Promise<void> | undefined;
  private readonly stopping = new AbortController();
  private readonly calls = new Set<Promise<void>>();
  private replaying: Promise<void> | undefined;
  private rouse: () => void = () => undefined;
  private awake = false;
  private prunedAt = 0;

  constructor(
    private readonly deliveries: PostgresDeliveries,
    private readonly replays: PostgresReplays,
    channels: readonly Channel[],
    private readonly options: DeliveryOptions,
  ) {
    for (const channel of channels) for (const name of channel.names) this.channels.set(name, channel);
    deliveries.onWork(() => this.wake());
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Lets what is under way come to its end; none of it takes longer than its time-out. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await this.running;
    await Promise.all([...this.calls, this.replaying]);
  }

  private wake(): void {
    this.awake = true;
    this.rouse();
  }

  private async run(): Promise<void> {
    for (let failures = 0; !this.stopping.signal.aborted;) {
      try {
        this.awake = false;
        const didSomething = await this.step();
        failures = 0;
        if (!didSomething) await this.sleep(await this.pause());
      } catch (err) {
        failures += 1;
        if (!this.stopping.signal.aborted) this.logger.warn({ err }, 'Deliveries will be tried again');
        this.awake = false;
        await this.sleep(Math.min(100 * 2 ** failures, LONGEST_PAUSE_MS));
      }
    }
  }

  private async step(): Promise<boolean> {
    this.replaying ??= this.replay();
    const { concurrency, retentionDays } = this.options;
    if (performance.now() - this.prunedAt > PRUNE_EVERY_MS || this.prunedAt === 0)
      if ((await this.deliveries.prune(retentionDays)) === 0) this.prunedAt = performance.now();
    const free = concurrency - this.calls.size;
    if (free <= 0) return false;
    const { underWay, atWork } = this;
    const due = await this.deliveries.take({ ...this.options, limit: free, spared: this.spared(), underWay, atWork });
    for (const delivery of due) this.begin(delivery);
    return due.length > 0;
  }

  /** A page of the log beside the deliveries: one that cannot be read, or not now, holds up nothing that is due. */
  private async replay(): Promise<void> {
    let didSomething = false;
    try {
      didSomething = await this.replays.step();
    } catch (err) {
      this.logger.warn({ err }, 'Replays will be tried again');
    }
    this.replaying = undefined;
    if (didSomething) this.wake();
  }

  /** Receivers that are down. */
  private spared(): string[] {
    const now = performance.now();
    for (const [receiver, until] of this.blocked) if (until <= now) this.blocked.delete(receiver);
    return [...this.blocked.keys()];
  }

  private begin(delivery: DueDelivery): void {
    const { workspaceId } = delivery;
    const receiver = receiverOf(delivery);
    add(this.underWay, receiver, 1);
    add(this.atWork, workspaceId, 1);
    const call = this.deliver(delivery).finally(() => {
      this.calls.delete(call);
      add(this.underWay, receiver, -1);
      add(this.atWork, workspaceId, -1);
      this.wake();
    });
    this.calls.add(call);
  }

  private async deliver(delivery: DueDelivery): Promise<void> {
    const beganAt = new Date();
    const began = performance.now();
    try {
      const result = await this.send(delivery);
      const ms = performance.now() - began;
      await this.deliveries.finish(delivery, { result, beganAt, ms, againInMs: this.againInMs(delivery, result) });
    } catch (err) {
      // The outcome could not be written: the lease brings the message back.
      this.logger.warn({ err, delivery: delivery.id, channel: delivery.channel }, 'A delivery will be tried again');
    }
  }

  private async send(delivery: DueDelivery): Promise<CallResult> {
    const channel = this.channels.get(delivery.channel);
    if (!channel) return { outcome: 'failed', error: 'no channel', status: null, final: true };
    try {
      return await channel.send(delivery);
    } catch (err) {
      // Its address or its words could not be read: an attempt like others, so that it comes to an end.
      this.logger.warn({ err, delivery: delivery.id, channel: delivery.channel }, 'A delivery could not be made');
      return { outcome: 'failed', error: 'unreadable', status: null, final: false };
    }
  }

  private againInMs(delivery: DueDelivery, result: CallResult): number | null {
    const { id, channel, tries } = delivery;
    if (result.outcome === 'delivered') return null;
    if (result.outcome === 'postponed') {
      this.blocked.set(receiverOf(delivery), performance.now() + result.forMs);
      return result.forMs;
    }
    const { error, status, final, retryAfterMs = 0 } = result;
    const isOver = final || tries >= this.options.maxTries;
    this.logger.debug({ delivery: id, channel, tries, error, status, isOver }, 'A delivery failed');
    return isOver ? null : Math.max(backOffMs(tries, Math.random()), retryAfterMs);
  }

  private async pause(): Promise<number> {
    const next = (await this.deliveries.nextInMs()) ?? this.options.pollMs;
    // What is due and not ours to take (locked, or of a receiver that is spared) is looked at again, but not at once.
    return Math.min(next <= 0 ? NOT_AT_ONCE_MS : Math.max(next, 20), this.options.pollMs);
  }

  private async sleep(ms: number): Promise<void> {
    if (this.awake || this.stopping.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.rouse = () => (clearTimeout(timer), resolve());
    });
    this.rouse = () => undefined;
  }
}

function add(counts: Map<string, number>, key: string, calls: number): void {
  const left = (counts.get(key) ?? 0) + calls;
  if (left > 0) counts.set(key, left);
  else counts.delete(key);
}
