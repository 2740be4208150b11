import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AuditTrail } from '#libs/audit/infrastructure/read-models/audit-trail/audit-trail.query';
import { CommentQueries } from '#libs/reviews/application/comment-queries';
import { ReviewQueries } from '#libs/reviews/application/review-queries';
import { eligibility } from '#libs/reviews/domain/views/eligibility';
import { explanation } from '#libs/reviews/domain/views/explanation';
import { reviewChain } from '#libs/reviews/domain/views/review-chain';
import { reviewDetail } from '#libs/reviews/domain/views/review-detail';
import { ReviewList } from '#libs/reviews/infrastructure/read-models/review-status/review-list.query';
import { AuditTrailAnswer } from '../audit/audit.dto.js';
import { At, Door } from '../http/door.js';
import { PageQuery } from '../http/paging.dto.js';
import { Refuses } from '../http/refuses.js';
import { Requires } from '../http/routes.js';
import { ReviewDesk } from './review-desk.js';
import {
  ActionsAnswer,
  ChainAnswer,
  CommentsAnswer,
  DiffAnswer,
  EligibilityAnswer,
  EventsAnswer,
  ExplanationAnswer,
  ReviewAnswer,
  ReviewsAnswer,
} from './review-answers.dto.js';
import { DiffQuery, MomentQuery, ReviewsQuery } from './review-queries.dto.js';
import { caseStreams, diffOf, filtersOf, momentOf } from './review-queries.presenter.js';

@ApiTags('Reviews')
@Controller('reviews')
@Requires('review:read')
export class ReviewReadsController {
  constructor(
    private readonly desk: ReviewDesk,
    private readonly queries: ReviewQueries,
    private readonly comments: CommentQueries,
    private readonly reviews: ReviewList,
    private readonly trail: AuditTrail,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Reviews that the caller may see, newest first' })
  @ApiOkResponse({ type: ReviewsAnswer })
  @Refuses('unknown-parameter', 'invalid-parameter', 'invalid-cursor', 'read-model-behind')
  list(@Query() query: ReviewsQuery, @At() at: Door) {
    return at.eventual('core', () =>
      this.reviews.list({ ...filtersOf(query), access: this.desk.access(at, 'review:read') }),
    );
  }

  @Get(':reviewId')
  @ApiOperation({ summary: 'Where a review stands' })
  @ApiOkResponse({ type: ReviewAnswer })
  @Refuses('invalid-parameter', 'not-found')
  detail(@Param('reviewId') reviewId: string, @Query() query: MomentQuery, @At() at: Door) {
    return this.desk.read(at, reviewId, momentOf(query), ({ review, revision }) => reviewDetail(review, revision));
  }

  @Get(':reviewId/chain')
  @ApiOperation({ summary: 'The approval chain: every execution of every step' })
  @ApiOkResponse({ type: ChainAnswer })
  @Refuses('invalid-parameter', 'not-found')
  chain(@Param('reviewId') reviewId: string, @Query() query: MomentQuery, @At() at: Door) {
    return this.desk.read(at, reviewId, momentOf(query), ({ review }) => reviewChain(review));
  }

  @Get(':reviewId/events')
  @ApiOperation({ summary: 'Everything recorded about a review, in order' })
  @ApiOkResponse({ type: EventsAnswer })
  @Refuses('invalid-parameter', 'not-found')
  async events(@Param('reviewId') reviewId: string, @Query() query: MomentQuery, @At() at: Door) {
    const { revision } = await this.desk.visible(at, reviewId, momentOf(query), 'review:read');
    const history = this.queries.events(at.workspaceId, reviewId, { revision });
    return at.strong(history.then((view) => ({ view, revision })));
  }

  @Get(':reviewId/explanation')
  @ApiOperation({ summary: 'What a review waits for, all at once, and which timer comes next' })
  @ApiOkResponse({ type: ExplanationAnswer })
  @Refuses('invalid-parameter', 'not-found')
  explanation(@Param('reviewId') reviewId: string, @Query() query: MomentQuery, @At() at: Door) {
    return this.desk.read(at, reviewId, momentOf(query), ({ review }, { directory }) => explanation(review, directory));
  }

  @Get(':reviewId/eligibility')
  @ApiOperation({ summary: 'Who may decide now, and why the others may not' })
  @ApiOkResponse({ type: EligibilityAnswer })
  @Refuses('invalid-parameter', 'not-found')
  eligibility(@Param('reviewId') reviewId: string, @Query() query: MomentQuery, @At() at: Door) {
    return this.desk.read(at, reviewId, momentOf(query), ({ review }, { directory, delegations }) =>
      eligibility(review, directory, delegations),
    );
  }

  @Get(':reviewId/diff')
  @ApiOperation({ summary: 'What changed between two revisions of the subject' })
  @ApiOkResponse({ type: DiffAnswer })
  @Refuses('invalid-parameter', 'not-found')
  diff(@Param('reviewId') reviewId: string, @Query() query: DiffQuery, @At() at: Door) {
    return this.desk.read(at, reviewId, momentOf(query), ({ review }) => diffOf(review, query));
  }

  @Get(':reviewId/actions')
  @ApiOperation({ summary: 'What the caller can do with a review now, and why not the rest' })
  @ApiOkResponse({ type: ActionsAnswer })
  @Refuses('invalid-parameter', 'not-found')
  actions(@Param('reviewId') reviewId: string, @Query() query: MomentQuery, @At() at: Door) {
    return this.desk.read(at, reviewId, momentOf(query), ({ review }, people) => this.desk.actions(at, review, people));
  }

  @Get(':reviewId/comments')
  @ApiOperation({ summary: 'What was said about a review, oldest first' })
  @ApiOkResponse({ type: CommentsAnswer })
  @Refuses('invalid-parameter', 'invalid-cursor', 'not-found')
  async said(@Param('reviewId') reviewId: string, @Query() query: PageQuery, @At() at: Door) {
    await this.desk.visible(at, reviewId, {}, 'review:read');
    return this.comments.list(reviewId, query);
  }

  @Get(':reviewId/audit')
  @Requires('audit:read')
  @ApiOperation({ summary: 'The lines of the audit trail about a review, its comments included; newest first' })
  @ApiOkResponse({ type: AuditTrailAnswer })
  @Refuses('invalid-parameter', 'invalid-cursor', 'not-found', 'read-model-behind')
  async audit(@Param('reviewId') reviewId: string, @Query() query: PageQuery, @At() at: Door) {
    await this.desk.visible(at, reviewId, {}, 'audit:read');
    // Whoever may see the review may see its lines, by whichever right.
    const access = { ...at.access('audit:read'), reach: 'all' } as const;
    const request = { ...query, stream: caseStreams(reviewId), access };
    return at.eventual('core', () => this.trail.list(request));
  }
}
