import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { DomainError } from '#libs/kernel/domain/domain-error';
import type { PinnedRuleset } from '#libs/kernel/domain/ruleset';
import type { Definition } from '#libs/kernel/domain/workflow-definition';
import { derivedId } from '#libs/kernel/domain/ids';
import { subjectKeyRef } from '#libs/event-store/application/subject-keys';
import type { Outcome } from '#libs/event-store/application/stream-handler';
import { CalendarCatalogue } from '#libs/workflows/application/calendar-catalogue';
import { RulesetCatalogue } from '#libs/workflows/application/rulesets/ruleset-catalogue';
import { WorkflowCatalogue } from '#libs/workflows/application/workflow-catalogue';
import { branchOf } from '../../domain/directory.js';
import type { Published, StartReview, SubjectToReview } from '../../domain/review.commands.js';
import type { Review } from '../../domain/review.state.js';
import { ContentHasher } from '../content-hasher.js';
import { currentCalendars } from '../current-calendars.js';
import { DefaultsInForce } from '../defaults-in-force.js';
import { ReviewBusCommand } from '../review-command.js';
import { ReviewFacts } from '../review-facts.js';
import { ReviewStreams } from '../review-streams.js';
import { SubjectClaims } from '../subject-claims.js';

export class StartReviewCommand extends ReviewBusCommand<{
  /** Id or key. */
  workflow: string;
  subject: SubjectToReview;
  note?: string;
}> {}

type Pinned = Published & Readonly<{ revision?: bigint }>;

/**
 * Freezes the published workflow into the event, so that a later edit of the workflow cannot change a running review.
 * `If-Match` speaks of the workflow: there is no review yet that a client could have seen.
 */
@CommandHandler(StartReviewCommand)
export class StartReviewHandler implements ICommandHandler<StartReviewCommand> {
  constructor(
    private readonly reviews: ReviewStreams,
    private readonly workflows: WorkflowCatalogue,
    private readonly facts: ReviewFacts,
    private readonly hasher: ContentHasher,
    private readonly claims: SubjectClaims,
    private readonly calendars: CalendarCatalogue,
    private readonly rulesets: RulesetCatalogue,
    private readonly defaults: DefaultsInForce,
  ) {}

  async execute({ data, metadata, options }: StartReviewCommand): Promise<Outcome<Review>> {
    const { workspaceId, actor } = metadata;
    const { subject } = data;
    const reviewId = derivedId(metadata.commandId, 'review', 0);
    const { revision: comparedRevision, ...pinned } = await this.published(workspaceId, data.workflow, reviewId);
    const subjectRef = subjectKeyRef(workspaceId, subject.type, subject.id);
    const facts = this.facts.of(metadata, options);
    const branchId = branchOf(facts.directory.person(actor.id));
    const definition = this.defaults.fill(pinned.definition, { workspaceId, branchId, now: metadata.now });
    const published = { ...pinned, definition };
    const command: StartReview = {
      type: 'StartReview',
      data: { reviewId, subject, ...(data.note !== undefined && { note: data.note }) },
      facts: {
        ...facts,
        published,
        hashes: await this.hasher.hash(subjectRef, subject.content, published.definition.steps, '/subject/content'),
        subjectRef,
        calendars: await currentCalendars(this.calendars, workspaceId, published.definition),
        rules: await this.rules(workspaceId, published.definition),
        branchId,
      },
      metadata,
    };
    const claim = this.claims.of(published.key, subjectRef, metadata.now);
    return this.reviews.handle(reviewId, command, { ...options, comparedRevision, claim });
  }

  private async rules(workspaceId: string, { auto }: Definition): Promise<PinnedRuleset | undefined> {
    return auto && this.rulesets.newest(workspaceId, auto.ruleset);
  }

  /** The version to pin. A start sent again is answered from its review, whatever became of the workflow meanwhile. */
  private async published(workspaceId: string, workflow: string, reviewId: string): Promise<Pinned> {
    try {
      return await this.workflows.published(workspaceId, workflow);
    } catch (refusal) {
      if (!(refusal instanceof DomainError)) throw refusal;
      const { state } = await this.reviews.load(reviewId);
      if (state.status === 'not_started') throw refusal;
      const { workflow: pinned, steps, fourEyes, auto, reopen, calendar } = state;
      const { id: workflowId, key, name } = pinned;
      const definition = {
        key,
        name,
        steps,
        fourEyes,
        ...(auto && { auto }),
        ...(reopen && { reopen }),
        ...(calendar !== null && { calendar }),
      };
      return { ...pinned, workflowId, definition };
    }
  }
}
