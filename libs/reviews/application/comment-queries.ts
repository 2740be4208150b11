import { Injectable } from '@nestjs/common';
import { Codec } from '#libs/event-store/application/codec';
import { EventStore } from '#libs/event-store/application/event-store';
import { cursorAfter, pageOf, readCursor, type Page } from '#libs/kernel/application/page';
import type { Recorded } from '#libs/kernel/domain/message';
import type { Personal } from '#libs/kernel/domain/personal';
import type { CommentEvent } from '../domain/review.events.js';
import { CommentStreams } from './comment-streams.js';

/** One line of `GET /reviews/{id}/comments`. */
export interface Comment {
  readonly id: string;
  readonly authorId: string;
  readonly text: Personal<string>;
  readonly at: string;
}

const CURSOR = 'comments';
const aRevision = (text: string) => /^\d{1,15}$/u.test(text);

/** What was said about a review, oldest first, page by page: a strong read. Whether it may be seen is asked before. */
@Injectable()
export class CommentQueries {
  constructor(
    private readonly store: EventStore,
    private readonly codec: Codec,
    private readonly comments: CommentStreams,
  ) {}

  /** @throws InvalidCursor */
  async list(
    reviewId: string,
    { limit, cursor }: { limit: number; cursor?: string | undefined },
  ): Promise<Page<Comment>> {
    const [after] = readCursor(CURSOR, cursor, [aRevision]) ?? [];
    const from = after === undefined ? 0n : BigInt(after) + 1n;
    const { events } = await this.store.readStream(this.comments.streamOf(reviewId), { from, max: limit + 1 });
    return pageOf(
      (await this.codec.decode(events)) as readonly Recorded<CommentEvent>[],
      limit,
      ({ data: { commentId: id, authorId, text, at } }) => ({ id, authorId, text, at }),
      ({ revision }) => cursorAfter(CURSOR, [String(revision)]),
    );
  }
}
