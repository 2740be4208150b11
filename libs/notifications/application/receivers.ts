import type { ChannelName } from './deliveries.js';

/** Where a message goes and by which secrets it is signed; each is a signature of its own. */
export interface Receiver {
  readonly url: string;
  readonly secrets: readonly string[];
}

/** Knows the address behind a target; a room that has targets of its own adds itself to `Receivers`. */
export interface ReceiverSource {
  readonly channel: ChannelName;
  /** Undefined: there is nobody (any more), the message is given up. */
  receiverOf(workspaceId: string, target: string): Promise<Receiver | undefined>;
}

/** All sources by their channel. */
export class Receivers {
  private readonly sources = new Map<ChannelName, ReceiverSource>();

  add(source: ReceiverSource): void {
    if (this.sources.has(source.channel)) throw new Error(`Two rooms answer for the channel ${source.channel}.`);
    this.sources.set(source.channel, source);
  }

  async find(channel: ChannelName, workspaceId: string, target: string): Promise<Receiver | undefined> {
    return this.sources.get(channel)?.receiverOf(workspaceId, target);
  }
}
