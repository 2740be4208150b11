import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { derivedId } from '#libs/kernel/domain/ids';
import { Directory } from '#libs/identity/application/directory';
import { WorkflowCatalogue } from '#libs/workflows/application/workflow-catalogue';
import type { SubjectToReview } from '../../domain/review.commands.js';
import { ContentHasher } from '../content-hasher.js';
import { ReviewBusCommand } from '../review-command.js';
import { ReviewStreams } from '../review-streams.js';
import { SubjectClaims } from '../subject-claims.js';

export class StartReviewCommand extends ReviewBusCommand<{
  /** Id or key. */
  workflow: string;
  subject: SubjectToReview;
  note?: string;
}> {}

/** Freezes the published workflow into the event, so that a later edit of the workflow cannot change a running review. */
@CommandHandler(StartReviewCommand)
export class StartReviewHandler implements ICommandHandler<StartReviewCommand> {
  constructor(
    private readonly reviews: ReviewStreams,
    private readonly workflows: WorkflowCatalogue,
    private readonly directory: Directory,
    private readonly hasher: ContentHasher,
    private readonly claims: SubjectClaims,
  ) {}

  async execute({ data, metadata, options }: StartReviewCommand) {
    const { workflow, subject } = data;
    const published = await this.workflows.published(metadata.workspaceId, workflow);
    const directory = this.directory.snapshot(metadata.workspaceId);
    const reviewId = derivedId(metadata.commandId, 'review', 0);
    const { steps } = published.definition;
    return this.reviews.handle(
      reviewId,
      {
        type: 'StartReview',
        data: { reviewId, subject, ...(data.note === undefined ? {} : { note: data.note }) },
        facts: {
          published,
          directory,
          may: options.may ?? { reassign: false, dismiss: false },
          hashes: await this.hasher.hash(metadata.workspaceId, subject, subject.content, steps, '/subject/content'),
          branchId: directory.person(metadata.actor.id)?.branchId ?? 'HQ',
        },
        metadata,
      },
      { ...options, claim: this.claims.of(metadata.workspaceId, published.key, subject) },
    );
  }
}
