import { Injectable } from '@nestjs/common';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import { claimStreamId, Claims } from './claims.js';
import { Codec } from './codec.js';
import { metadataOf } from './drafts.js';
import { IdempotencyKeyReused } from './errors.js';
import { EventStore } from './event-store.js';

const KIND = 'request';

/**
 * The keys of requests that go to many streams. What each stream records tells only what it was told itself; whether it
 * is the same request is told by a claim: the key is held by the hash of the body that came first.
 */
@Injectable()
export class RequestKeys {
  readonly #claims: Claims;

  constructor(
    private readonly store: EventStore,
    codec: Codec,
  ) {
    this.#claims = new Claims(store, codec);
  }

  /**
   * Binds the key of a request to its body, for good, before anything of it is carried out: the same request, sent again
   * after a crash, goes on where it was.
   * @throws IdempotencyKeyReused when it came with another body before
   */
  async bind(metadata: CommandMetadata): Promise<void> {
    const { workspaceId, commandId, commandHash } = metadata;
    const streamId = claimStreamId(workspaceId, { kind: KIND, key: commandId });
    // Nearly always the key is new: the append finds out, which saves a read.
    const write = await this.#claims.taking(
      streamId,
      KIND,
      commandHash,
      -1n,
      metadataOf({ type: 'BindKey', metadata }),
    );
    const { status } = await this.store.append([write]);
    if (status === 'ok') return;
    const { holder } = await this.#claims.holding(streamId);
    if (holder !== commandHash) throw new IdempotencyKeyReused();
  }
}
