import { Injectable } from '@nestjs/common';
import type { ActorKind, Recorded } from '#libs/kernel/domain/message';
import { NotFound } from '#libs/event-store/application/errors';
import type { ReviewEvent } from '../domain/review.events.js';
import type { StartedReview } from '../domain/review.state.js';
import { ReviewStreams } from './review-streams.js';

/** A past moment of a review: after a revision of its stream, or at an instant (RFC 3339). Neither: now. */
export type Moment = Readonly<{ revision?: bigint | undefined; asOf?: string | undefined }>;

/** A review as it was at a moment; `revision` is that of the stream. */
export type LoadedReview = Readonly<{ review: StartedReview; revision: bigint }>;

/** `GET /reviews/{id}/events`. */
export interface ReviewHistory {
  readonly data: readonly {
    readonly id: string;
    readonly type: string;
    readonly revision: number;
    readonly position: string;
    readonly recordedAt: string;
    readonly actor: { readonly id: string; readonly kind: ActorKind; readonly onBehalfOf: string | null };
    readonly data: unknown;
  }[];
}

/** Strong reads of one review: folded from its stream, never from a projection. Unknown, or not of this workspace: `NotFound`. */
@Injectable()
export class ReviewQueries {
  constructor(private readonly reviews: ReviewStreams) {}

  async load(workspaceId: string, reviewId: string, moment: Moment = {}): Promise<LoadedReview> {
    const found = await this.find(workspaceId, reviewId, moment);
    if (!found) throw new NotFound();
    return found;
  }

  /** Undefined when it had not begun at that moment. @throws NotFound */
  async find(workspaceId: string, reviewId: string, { revision, asOf }: Moment): Promise<LoadedReview | undefined> {
    const at = revision !== undefined ? { revision } : asOf !== undefined ? { asOf } : undefined;
    const loaded = at
      ? await this.reviews.loadAt(reviewId, at, { workspaceId })
      : await this.reviews.load(reviewId, { workspaceId });
    return loaded.state.status === 'not_started' ? undefined : { review: loaded.state, revision: loaded.revision };
  }

  /** When a revision was recorded. */
  async recordedAt(reviewId: string, revision: bigint): Promise<string> {
    const last = (await this.reviews.history(reviewId, { to: revision })).at(-1);
    if (!last) throw new NotFound();
    return last.recordedAt;
  }

  /** Everything that happened, revisions dense from 0. */
  async events(workspaceId: string, reviewId: string, moment: Moment = {}): Promise<ReviewHistory> {
    const { revision } = await this.load(workspaceId, reviewId, moment);
    const history: readonly Recorded<ReviewEvent>[] = await this.reviews.history(reviewId, { to: revision });
    return {
      data: history.map(({ id, type, revision: at, position, recordedAt, actor, data }) => ({
        id,
        type,
        revision: Number(at),
        position,
        recordedAt,
        actor: { id: actor.id, kind: actor.kind, onBehalfOf: actor.onBehalfOf ?? null },
        data,
      })),
    };
  }
}
