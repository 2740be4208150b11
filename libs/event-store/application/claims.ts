import { derivedId } from '#libs/kernel/domain/ids';
import type { DomainError } from '#libs/kernel/domain/domain-error';
import type { DomainEvent } from '#libs/kernel/domain/message';
import type { EventMetadata, EventStore, StreamWrite } from './event-store.js';
import type { ClaimEvent } from './claim.events.js';
import type { Codec } from './codec.js';

/**
 * Something that only one stream of a category may hold at a time: a workflow key, a username, the open review of a
 * subject. There is no release: when the holder is over, the next one takes the claim over at its exact revision.
 */
export interface Claim<E extends DomainEvent = DomainEvent> {
  readonly kind: string;
  /** Unique within workspace and kind; where it is personal, a keyed hash of it. */
  readonly key: string;
  /** Unique in the whole installation instead of the workspace, as usernames are. */
  readonly installationWide?: boolean;
  /** Whether a holder that exists no longer needs the claim. */
  readonly isOver: (holderId: string) => Promise<boolean>;
  /** The refusal for whoever comes second. */
  readonly taken: (holderId: string) => DomainError;
  /**
   * The event that closes the stream of a holder which claimed but has not begun; only stores without multi-stream
   * appends need it. The decider treats a stream of such events as not begun.
   */
  readonly abandon: (holderId: string) => E;
}

export const claimStreamId = (
  workspaceId: string,
  { kind, key, installationWide = false }: Pick<Claim, 'kind' | 'key' | 'installationWide'>,
): string => `claim-${derivedId('claim', kind, installationWide ? '' : workspaceId, key)}`;

/** Who holds a claim; revision -1n when nobody ever did. */
export interface Holding {
  readonly revision: bigint;
  readonly holder: string | undefined;
}

/** Reads and writes the streams of claims. */
export class Claims {
  constructor(
    private readonly store: EventStore,
    private readonly codec: Codec,
  ) {}

  async holding(streamId: string): Promise<Holding> {
    const { events, revision } = await this.store.readStream(streamId, { backwards: true, max: 1 });
    const [last] = await this.codec.decode<ClaimEvent>(events);
    return { revision, holder: last?.data.holder };
  }

  /** The write by which `holder` takes the claim, when it still is at `revision`. */
  async taking(
    streamId: string,
    kind: string,
    holder: string,
    revision: bigint,
    metadata: EventMetadata,
  ): Promise<StreamWrite> {
    // The revision is part of the id: the same command may have to take the same claim again, later.
    const id = derivedId(metadata.commandId, streamId, revision + 1n);
    const events = await this.codec.encode([{ id, event: { type: 'Claimed', data: { kind, holder } }, metadata }]);
    return { streamId, expected: revision === -1n ? 'none' : revision, events };
  }
}
