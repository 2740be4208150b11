import { LRUCache } from 'lru-cache';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import type { CommandRecord } from './folded-streams.js';

const KEPT = 10_000;

/**
 * Requests that changed nothing, so that the log knows nothing of them: their key is theirs all the same. By this process
 * and while it lasts, for the newest 10,000. What is no request (a timer, a reaction) is not kept: sent again it is
 * decided anew.
 */
export class Unrecorded {
  readonly #answers = new LRUCache<string, CommandRecord>({ max: KEPT });

  of(streamId: string, { commandId }: CommandMetadata): CommandRecord | undefined {
    return this.#answers.get(`${streamId} ${commandId}`);
  }

  keep(streamId: string, { commandId, requestId }: CommandMetadata, answer: CommandRecord): void {
    if (requestId !== undefined) this.#answers.set(`${streamId} ${commandId}`, answer);
  }
}
