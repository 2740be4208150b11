import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { NotFound } from '#libs/event-store/application/errors';
import type { Outcome } from '#libs/event-store/application/stream-handler';
import type { Review } from '../../domain/review.state.js';
import { CommentStreams } from '../comment-streams.js';
import { ReviewBusCommand } from '../review-command.js';
import { ReviewStreams } from '../review-streams.js';

export class AddCommentCommand extends ReviewBusCommand<{ reviewId: string; text: string }> {}

/** Talk about a review, also after its end; in a stream of its own, so that it never slows a decision. */
@CommandHandler(AddCommentCommand)
export class AddCommentHandler implements ICommandHandler<AddCommentCommand> {
  constructor(
    private readonly reviews: ReviewStreams,
    private readonly comments: CommentStreams,
  ) {}

  /** The receipt is that of the comment, the state that of the review. */
  async execute({ data, metadata, options }: AddCommentCommand): Promise<Outcome<Review>> {
    const { workspaceId } = metadata;
    const { state } = await this.reviews.load(data.reviewId, { workspaceId });
    if (state.status === 'not_started') throw new NotFound();
    const facts = { subjectRef: state.subjectRef };
    const outcome = await this.comments.handle(data.reviewId, { type: 'AddComment', data, facts, metadata }, options);
    return { ...outcome, state };
  }
}
