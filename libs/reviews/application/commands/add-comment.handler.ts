import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { NotFound } from '#libs/event-store/application/errors';
import type { Outcome } from '#libs/event-store/application/stream-handler';
import type { AddComment } from '../../domain/comments.js';
import type { Review } from '../../domain/review.state.js';
import { CommentStreams } from '../comment-streams.js';
import { ReviewBusCommand } from '../review-command.js';
import { ReviewStreams } from '../review-streams.js';

export class AddCommentCommand extends ReviewBusCommand<{ reviewId: string; text: string }> {}

/**
 * Talk about a review, also after its end; in a stream of its own, so that it never slows a decision. `If-Match` speaks
 * of the review, which is what the client has seen.
 */
@CommandHandler(AddCommentCommand)
export class AddCommentHandler implements ICommandHandler<AddCommentCommand> {
  constructor(
    private readonly reviews: ReviewStreams,
    private readonly comments: CommentStreams,
  ) {}

  /** The receipt is that of the comment, the state that of the review when it was made. */
  async execute({ data, metadata, options }: AddCommentCommand): Promise<Outcome<Review>> {
    const { workspaceId } = metadata;
    const { state, revision } = await this.reviews.load(data.reviewId, { workspaceId });
    if (state.status === 'not_started') throw new NotFound();
    const facts = { subjectRef: state.subjectRef };
    const command: AddComment = { type: 'AddComment', data, facts, metadata };
    const outcome = await this.comments.handle(data.reviewId, command, { ...options, comparedRevision: revision });
    const now = options.dryRun ? { revision } : await this.reviews.load(data.reviewId, { workspaceId });
    if (!outcome.replayed && now.revision === revision) return { ...outcome, state };
    const { position: before } = outcome.receipt;
    return { ...outcome, state: (await this.reviews.loadAt(data.reviewId, { before }, { workspaceId })).state };
  }
}
