import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '#libs/kernel/application/clock';
import { derivedId } from '#libs/kernel/domain/ids';
import type { Actor } from '#libs/kernel/domain/message';
import type { RefusalEvent, SignInFailure } from '../domain/refusal.events.js';
import { RefreshTokens } from './refresh-tokens.js';
import { RefusalStreams } from './refusal-streams.js';
import { Tally, type Repeated } from './tally.js';

/** Where a refused request came from. */
export interface Origin {
  readonly requestId: string;
  readonly address: string | undefined;
}

/** Who was refused, as far as they are known. */
export interface Refused {
  readonly userId: string | undefined;
  readonly workspaceId: string;
  readonly actor: Actor;
}

type Untimed<E> = E extends { type: infer T; data: infer D }
  ? { type: T; data: Omit<D, 'times' | 'from' | 'until'> }
  : never;

interface Item {
  readonly event: Untimed<RefusalEvent>;
  readonly who: Refused;
  readonly requestId: string;
  readonly id: string;
}

const WINDOW_MS = 60_000;
const CHECK_MS = 5_000;
/** Different refusals that are told apart within a minute; of those beyond only the number is logged. */
const MOST_KINDS = 1_000;

/**
 * Records who was turned away. Whoever is refused does not wait for it: what cannot be recorded is logged, and one
 * person's (or one stranger's network's) repetitions within a minute are one more event, however many they are.
 */
@Injectable()
export class AccessRecords implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly tally = new Tally<Item>(WINDOW_MS, MOST_KINDS);
  private readonly logger = new Logger(AccessRecords.name);
  private readonly underWay = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly streams: RefusalStreams,
    private readonly ids: RefreshTokens,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.close(this.clock.now()), CHECK_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
  }

  /** @param network whom strangers are counted with */
  signInFailed(who: Refused, cause: SignInFailure, network: string | undefined, from: Origin): void {
    const { userId } = who;
    const data = { ...(userId !== undefined && { userId }), cause, ...addressOf(from) };
    this.count(`${userId ?? `network ${network}`} ${cause}`, { type: 'SignInFailed', data }, who, from);
  }

  permissionRefused(who: Refused & { userId: string }, permission: string, route: string, from: Origin): void {
    const { userId } = who;
    const data = { userId, permission, route, ...addressOf(from) };
    this.count(`${userId} ${permission}`, { type: 'PermissionRefused', data }, who, from);
  }

  /** Records what was counted until now, without waiting for the minute to end. */
  async flush(): Promise<void> {
    this.close('all');
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  private count(kind: string, event: Item['event'], who: Refused, { requestId }: Origin): void {
    const now = this.clock.now();
    const item = { event, who, requestId, id: this.ids.sessionId() };
    if (this.tally.isFirst(`${who.workspaceId} ${kind}`, item, now))
      this.record(item, item.id, { item, times: 1, from: now, until: now });
  }

  private close(now: Date | 'all'): void {
    const { repeated, missed } = this.tally.close(now);
    if (missed > 0) this.logger.warn({ missed }, 'More people were refused than are recorded one by one.');
    for (const each of repeated) this.record(each.item, derivedId(each.item.id, 'repeated', 0), each);
  }

  private record({ event, who, requestId }: Item, id: string, { times, from, until }: Repeated<Item>): void {
    const data = { ...event.data, times, from: from.toISOString(), until: until.toISOString() };
    const metadata = {
      commandId: id,
      commandHash: '',
      actor: who.actor,
      workspaceId: who.workspaceId,
      now: until.toISOString(),
      correlationId: requestId,
      causationId: id,
      requestId,
    };
    const order = {
      type: 'RecordRefusal',
      data: { type: event.type, data } as RefusalEvent,
      facts: {},
      metadata,
    } as const;
    const recorded = this.streams.handle(id, order).then(
      () => undefined,
      (err: unknown) => this.logger.warn({ err }, 'A refusal could not be recorded.'),
    );
    this.underWay.add(recorded);
    void recorded.finally(() => this.underWay.delete(recorded));
  }
}

const addressOf = ({ address }: Origin): { address?: string } => (address === undefined ? {} : { address });
