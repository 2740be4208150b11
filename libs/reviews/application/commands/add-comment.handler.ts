import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { derivedId } from '#libs/kernel/domain/ids';
import type { Outcome } from '#libs/event-store/application/stream-handler';
import { subjectKeyRef } from '#libs/event-store/application/subject-keys';
import { isStarted, type Review } from '../../domain/review.state.js';
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

  async execute(_: AddCommentCommand): Promise<Outcome<Review>> {
    throw new Error();
  }
}
