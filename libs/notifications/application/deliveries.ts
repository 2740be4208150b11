import type { Page } from '#libs/kernel/application/page';
import type { JsonObject } from '#libs/kernel/domain/json';

export type ChannelName = 'webhook' | 'callback' | 'mail' | 'chat';
export type DeliveryState = 'waiting' | 'delivered' | 'dead';

/** A message for one receiver; the id is derived from the event and the receiver. */
export interface NewDelivery {
  readonly id: string;
  readonly workspaceId: string;
  readonly channel: ChannelName;
  /** Whom it is for: what the channel can find an address by. */
  readonly target: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly payload: JsonObject;
  /** Not before; at once unless told. RFC 3339. */
  readonly dueAt?: string;
}

/** A message as its sender's administrator sees it. */
export interface DeliveryLine {
  readonly id: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  /** When it is tried next; null when it is not. */
  readonly nextAttemptAt: string | null;
  readonly createdAt: string;
  readonly finishedAt: string | null;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
}

export interface AttemptLine {
  readonly attempt: number;
  readonly beganAt: string;
  readonly milliseconds: number;
  readonly outcome: string;
  readonly status: number | null;
  readonly error: string | null;
}

export interface DeliveryDetail extends DeliveryLine {
  readonly payload: JsonObject;
  readonly log: readonly AttemptLine[];
}

export interface DeliveriesOf {
  readonly workspaceId: string;
  readonly channel: ChannelName;
  readonly target: string;
}

export interface DeliveriesRequest extends DeliveriesOf {
  readonly states?: readonly DeliveryState[] | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** Messages on their way out, kept with all their attempts until they are too old to matter. */
export abstract class Deliveries {
  /** One that is known by its id is left as it is. @returns how many are new */
  abstract queue(deliveries: readonly NewDelivery[]): Promise<number>;
  /**
   * Adds an item to a digest that has not begun to go out; one that is known by its id is in a digest already.
   * @param digestAfter the digest that is due next after an instant
   */
  abstract collect(
    item: { readonly id: string; readonly payload: JsonObject },
    digestAfter: (instant: string) => NewDelivery & { readonly dueAt: string },
    now: string,
  ): Promise<number>;
  /** Newest first. Throws `InvalidCursor`. */
  abstract list(request: DeliveriesRequest): Promise<Page<DeliveryLine>>;
  abstract find(of: DeliveriesOf, id: string): Promise<DeliveryDetail | undefined>;
  /** Tried again at once, whatever became of it; false when there is no such message. */
  abstract retry(of: DeliveriesOf, id: string): Promise<boolean>;
  /** Called in this process whenever something may have to go out. */
  abstract onWork(listener: () => void): void;
}
