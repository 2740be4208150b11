import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/kernel/application/clock';
import type { ActorKind, Recorded } from '#libs/kernel/domain/message';
import { NotFound } from '#libs/event-store/application/errors';
import { Directory } from '#libs/identity/application/directory';
import type { May } from '../domain/review.commands.js';
import type { ReviewEvent } from '../domain/review.events.js';
import type { StartedReview } from '../domain/review.state.js';
import { actions, type Actions } from '../domain/views/actions.js';
import { eligibility, type Eligibility } from '../domain/views/eligibility.js';
import { explanation, type Explanation } from '../domain/views/explanation.js';
import { reviewChain, type ReviewChain } from '../domain/views/review-chain.js';
import { reviewDetail, type ReviewDetail } from '../domain/views/review-detail.js';
import { reviewDiff, type ReviewDiff } from '../domain/views/review-diff.js';
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
  constructor(
    private readonly reviews: ReviewStreams,
    private readonly directory: Directory,
    private readonly clock: Clock,
  ) {}

  async load(workspaceId: string, reviewId: string, { revision, asOf }: Moment = {}): Promise<LoadedReview> {
    const at = revision !== undefined ? { revision } : asOf !== undefined ? { asOf } : undefined;
    const loaded = at
      ? await this.reviews.loadAt(reviewId, at, { workspaceId })
      : await this.reviews.load(reviewId, { workspaceId });
    if (loaded.state.status === 'not_started') throw new NotFound();
    return { review: loaded.state, revision: loaded.revision };
  }

  async detail(workspaceId: string, reviewId: string, moment?: Moment): Promise<ReviewDetail> {
    const { review, revision } = await this.load(workspaceId, reviewId, moment);
    return reviewDetail(review, revision);
  }

  async chain(workspaceId: string, reviewId: string, moment?: Moment): Promise<ReviewChain> {
    return reviewChain((await this.load(workspaceId, reviewId, moment)).review);
  }

  async explanation(workspaceId: string, reviewId: string, moment?: Moment): Promise<Explanation> {
    return explanation((await this.load(workspaceId, reviewId, moment)).review);
  }

  /** People as they are known now; the review as it was at the moment. */
  async eligibility(workspaceId: string, reviewId: string, moment?: Moment): Promise<Eligibility> {
    const { review } = await this.load(workspaceId, reviewId, moment);
    return eligibility(review, this.directory.snapshot(workspaceId));
  }

  /** By default from the revision before to the current one. */
  async diff(
    workspaceId: string,
    reviewId: string,
    { from, to }: { from?: number | undefined; to?: number | undefined } = {},
    moment?: Moment,
  ): Promise<ReviewDiff> {
    const { review } = await this.load(workspaceId, reviewId, moment);
    const until = to ?? review.revisions.length;
    const diff = reviewDiff(review, from ?? Math.max(1, until - 1), until);
    if (!diff) throw new NotFound('The subject has no such revision.');
    return diff;
  }

  async actions(
    workspaceId: string,
    reviewId: string,
    person: { userId: string; roles: readonly string[] },
    may: May,
    moment?: Moment,
  ): Promise<Actions> {
    const { review } = await this.load(workspaceId, reviewId, moment);
    return actions(review, person, may, this.directory.snapshot(workspaceId), this.clock.now().toISOString());
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
