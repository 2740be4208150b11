import { derivedId } from '#libs/kernel/domain/ids';
import type { Command, DomainEvent } from '#libs/kernel/domain/message';
import { claimStreamId, Claims, type Claim } from './claims.js';
import type { Codec } from './codec.js';
import { metadataOf } from './drafts.js';
import { ConcurrentModification } from './errors.js';
import { expecting, type EventMetadata, type EventStore, type StreamWrite } from './event-store.js';
import type { HandleOptions } from './stream-definition.js';

const MAX_CONFLICTS = 5;
/** How long a claim whose holder has not begun is given before it is taken over, in milliseconds per look. */
const GRACE_MS = [20, 40, 80, 160, 320];

/** All claims of a command. */
export const claimsOf = <E extends DomainEvent, C extends Command>({
  claim = [],
}: HandleOptions<E, C>): readonly Claim<E>[] => (Array.isArray(claim) ? claim : [claim as Claim<E>]);

/** Takes claims for the streams of one category: with their first events where the store can, ahead of them elsewhere. */
export class ClaimTaking<E extends DomainEvent> {
  readonly #claims: Claims;

  constructor(
    private readonly store: EventStore,
    private readonly codec: Codec,
    private readonly streamOf: (id: string) => string,
  ) {
    this.#claims = new Claims(store, codec);
  }

  /**
   * The writes that take the claims in the same append, or, where the store cannot do that, takes them now.
   * @param own the stream that takes them; one that is unheard of is guessed to find them all free
   */
  async take(
    id: string,
    command: Command,
    claims: readonly Claim<E>[],
    own: 'unheard-of' | { readonly exists: boolean },
  ): Promise<readonly StreamWrite[]> {
    const metadata = metadataOf(command);
    const writes: StreamWrite[] = [];
    for (const claim of claims) {
      const streamId = claimStreamId(metadata.workspaceId, claim);
      if (!this.store.capabilities.atomicMultiStream) await this.takeAhead(id, streamId, claim, metadata);
      // Nearly always nobody holds it: the append finds out, which saves a read.
      else if (own === 'unheard-of') writes.push(await this.#claims.taking(streamId, claim.kind, id, -1n, metadata));
      else writes.push(await this.takeWith(id, streamId, claim, metadata, own.exists));
    }
    return writes;
  }

  private async takeWith(
    id: string,
    streamId: string,
    claim: Claim<E>,
    metadata: EventMetadata,
    exists: boolean,
  ): Promise<StreamWrite> {
    const { revision, holder } = await this.#claims.holding(streamId);
    // A stream that exists may have let go of it since: taken anew, nobody who saw that can take it over meanwhile.
    if (holder === id && !exists) return { streamId, expected: revision, events: [] };
    if (holder !== undefined && holder !== id && !(await claim.isOver(holder))) throw claim.taken(holder);
    return this.#claims.taking(streamId, claim.kind, id, revision, metadata);
  }

  /** @throws what `take` would refuse; takes nothing */
  async look(id: string, { metadata: { workspaceId } }: Command, claims: readonly Claim<E>[]): Promise<void> {
    for (const claim of claims) {
      const { holder } = await this.#claims.holding(claimStreamId(workspaceId, claim));
      if (holder !== undefined && holder !== id && !(await claim.isOver(holder))) throw claim.taken(holder);
    }
  }

  /**
   * The claim first, the stream after it. Between the two the holder has not begun: whoever comes then waits a little,
   * closes the holder's stream at its exact revision, so that the slow one cannot begin any more, and takes the claim.
   */
  private async takeAhead(id: string, streamId: string, claim: Claim<E>, metadata: EventMetadata): Promise<void> {
    for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
      const { revision, holder } = await this.#claims.holding(streamId);
      if (holder === id) return;
      if (holder !== undefined) {
        const begun = await this.begins(holder, claim);
        if (begun ? !(await claim.isOver(holder)) : !(await this.abandon(holder, claim, metadata))) {
          throw claim.taken(holder);
        }
      }
      const write = await this.#claims.taking(streamId, claim.kind, id, revision, metadata);
      const { status } = await this.store.append([write]);
      if (status !== 'conflict') return;
    }
    throw new ConcurrentModification();
  }

  /** Whether the holder's stream has begun, after giving it some time to. */
  private async begins(holder: string, claim: Claim<E>): Promise<boolean> {
    for (const pause of [...GRACE_MS, undefined]) {
      const { events } = await this.store.readStream(this.streamOf(holder), { backwards: true, max: 1 });
      if (events[0] !== undefined && events[0].type !== claim.abandon(holder).type) return true;
      if (pause === undefined) return false;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
    return false;
  }

  /** Closes the stream of a holder that has not begun; false when it began meanwhile. */
  private async abandon(holder: string, claim: Claim<E>, metadata: EventMetadata): Promise<boolean> {
    const streamId = this.streamOf(holder);
    const { events, revision } = await this.store.readStream(streamId, { backwards: true, max: 1 });
    const event = claim.abandon(holder);
    if (events[0] !== undefined && events[0].type !== event.type) return false;
    const id = derivedId(metadata.commandId, streamId, 'abandon', revision + 1n);
    const write = {
      streamId,
      expected: expecting(revision),
      events: await this.codec.encode([{ id, event, metadata }]),
    };
    const { status } = await this.store.append([write]);
    return status !== 'conflict';
  }
}
