import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { NotFound } from '#libs/event-store/application/errors';
import type { Outcome } from '#libs/event-store/application/stream-handler';
import { RulesetCatalogue } from '#libs/workflows/application/rulesets/ruleset-catalogue';
import type { Resubmit } from '../../domain/review.commands.js';
import type { Review } from '../../domain/review.state.js';
import { ContentHasher } from '../content-hasher.js';
import { rulesPinnedBy } from '../pinned-rules.js';
import { ReviewBusCommand } from '../review-command.js';
import { ReviewFacts } from '../review-facts.js';
import { ReviewStreams } from '../review-streams.js';
import { SubjectClaims } from '../subject-claims.js';
import { SubjectEffects } from '../subject-effects.js';

export class ResubmitCommand extends ReviewBusCommand<Resubmit['data']> {}

/** Brings the next revision of the subject; an approved review that opens again has to be the only open one. */
@CommandHandler(ResubmitCommand)
export class ResubmitHandler implements ICommandHandler<ResubmitCommand> {
  constructor(
    private readonly reviews: ReviewStreams,
    private readonly facts: ReviewFacts,
    private readonly hasher: ContentHasher,
    private readonly claims: SubjectClaims,
    private readonly effects: SubjectEffects,
    private readonly rulesets: RulesetCatalogue,
  ) {}

  async execute({ data, metadata, options }: ResubmitCommand): Promise<Outcome<Review>> {
    const { workspaceId } = metadata;
    const premises = this.facts.premises(metadata);
    const { state } = await this.reviews.load(data.reviewId, { workspaceId });
    if (state.status === 'not_started') throw new NotFound();
    const { reviewId, subject, subjectRef, steps, workflow } = state;
    const effect = await this.effects.irreversible({ workspaceId, reviewId, type: subject.type, id: subject.id });
    const command: Resubmit = {
      type: 'Resubmit',
      data,
      facts: {
        ...this.facts.of(metadata, options),
        hashes: await this.hasher.hash(subjectRef, data.content, steps, '/content'),
        ...(effect && { effect }),
        ...(options.editsDraft && { editsDraft: true }),
        rules: await rulesPinnedBy(this.rulesets, workspaceId, state),
      },
      metadata,
    };
    const claim = this.claims.of(workflow.key, subjectRef, metadata.now);
    return this.reviews.handle(data.reviewId, command, { ...options, claim, premises });
  }
}
