import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { NotFound } from '#libs/event-store/application/errors';
import type { Outcome } from '#libs/event-store/application/stream-handler';
import type { ReopenReview } from '../../domain/review.commands.js';
import type { Review } from '../../domain/review.state.js';
import { ReviewBusCommand } from '../review-command.js';
import { ReviewFacts } from '../review-facts.js';
import { ReviewStreams } from '../review-streams.js';
import { SubjectClaims } from '../subject-claims.js';
import { SubjectEffects } from '../subject-effects.js';

export class ReopenReviewCommand extends ReviewBusCommand<ReopenReview['data']> {}

/** Takes an outcome back. A review that opens again has to be the only open one of its subject. */
@CommandHandler(ReopenReviewCommand)
export class ReopenReviewHandler implements ICommandHandler<ReopenReviewCommand> {
  constructor(
    private readonly reviews: ReviewStreams,
    private readonly facts: ReviewFacts,
    private readonly claims: SubjectClaims,
    private readonly effects: SubjectEffects,
  ) {}

  async execute({ data, metadata, options }: ReopenReviewCommand): Promise<Outcome<Review>> {
    const { workspaceId } = metadata;
    const { reviewId } = data;
    const { state } = await this.reviews.load(reviewId, { workspaceId });
    if (state.status === 'not_started') throw new NotFound();
    const { subject, subjectRef, workflow } = state;
    const effect = await this.effects.irreversible({ workspaceId, reviewId, type: subject.type, id: subject.id });
    const facts = { ...this.facts.of(metadata, options), ...(effect && { effect }) };
    const claim = this.claims.of(workflow.key, subjectRef, metadata.now);
    return this.reviews.handle(reviewId, { type: 'ReopenReview', data, facts, metadata }, { ...options, claim });
  }
}
