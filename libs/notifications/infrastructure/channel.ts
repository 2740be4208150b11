import type { JsonObject } from '#libs/kernel/domain/json';
import type { ChannelName } from '../application/deliveries.js';
import type { CallResult } from '../application/outbound.js';

/** A message whose turn it is. */
export interface DueDelivery {
  readonly id: string;
  readonly workspaceId: string;
  readonly channel: ChannelName;
  readonly target: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly payload: JsonObject;
  /** Which attempt this is, from 1. */
  readonly attempt: number;
  /** Attempts since it was queued or retried by hand, this one included. */
  readonly tries: number;
}

/** One way to bring a message to its receiver. */
export interface Channel {
  readonly names: readonly ChannelName[];
  send(delivery: DueDelivery): Promise<CallResult>;
}

/** Who is called: a person by mail and by chat are two, of whom one may be there while the other is down. */
export const receiverOf = ({ channel, target }: Pick<DueDelivery, 'channel' | 'target'>): string =>
  `${channel} ${target}`;
