import { Global, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { CommentQueries } from './application/comment-queries.js';
import { CommentStreams } from './application/comment-streams.js';
import { AddApproverHandler } from './application/commands/add-approver.handler.js';
import { ChangeDecisionHandler } from './application/commands/change-decision.handler.js';
import { ClaimAssignmentHandler } from './application/commands/claim-assignment.handler.js';
import { ExpireClaimHandler } from './application/commands/expire-claim.handler.js';
import { ReassignHandler } from './application/commands/reassign.handler.js';
import { RecuseHandler } from './application/commands/recuse.handler.js';
import { ReleaseAssignmentHandler } from './application/commands/release-assignment.handler.js';
import { RescindDecisionHandler } from './application/commands/rescind-decision.handler.js';
import { TakeOverHandler } from './application/commands/take-over.handler.js';
import { VacateSeatsHandler } from './application/commands/vacate-seats.handler.js';
import { AddCommentHandler } from './application/commands/add-comment.handler.js';
import { CancelReviewHandler } from './application/commands/cancel-review.handler.js';
import { ClearChangesHandler } from './application/commands/clear-changes.handler.js';
import { DecideHandler } from './application/commands/decide.handler.js';
import { DismissChangesHandler } from './application/commands/dismiss-changes.handler.js';
import { EscalateHandler } from './application/commands/escalate.handler.js';
import { FireTimerHandler } from './application/commands/fire-timer.handler.js';
import { HoldReviewHandler } from './application/commands/hold-review.handler.js';
import { OverrideStepHandler } from './application/commands/override-step.handler.js';
import { ProvideInfoHandler } from './application/commands/provide-info.handler.js';
import { ReopenReviewHandler } from './application/commands/reopen-review.handler.js';
import { RequestChangesHandler } from './application/commands/request-changes.handler.js';
import { RequestInfoHandler } from './application/commands/request-info.handler.js';
import { ResubmitHandler } from './application/commands/resubmit.handler.js';
import { ResumeReviewHandler } from './application/commands/resume-review.handler.js';
import { StartReviewHandler } from './application/commands/start-review.handler.js';
import { WithdrawHandler } from './application/commands/withdraw.handler.js';
import { SetInboxViewsHandler } from './application/commands/set-inbox-views.handler.js';
import { InboxViewStreams } from './application/inbox-view-streams.js';
import { ContentHasher } from './application/content-hasher.js';
import { DefaultsInForce } from './application/defaults-in-force.js';
import { ExpireClaimTarget } from './application/expire-claim.target.js';
import { FireTimerTarget } from './application/fire-timer.target.js';
import { ClocksCounting } from './application/clocks-counting.js';
import { ReprojectTarget } from './application/reproject.target.js';
import { PinnedClocks } from './infrastructure/read-models/review-calendar/clocks-counting.query.js';
import { ReviewFacts } from './application/review-facts.js';
import { ReviewOrders } from './application/review-orders.js';
import { ReviewQueries } from './application/review-queries.js';
import { Simulations } from './application/simulations.js';
import { ReviewStreams } from './application/review-streams.js';
import { SeatsHeld } from './application/seats-held.js';
import { BlockedSteps } from './application/blocked-steps.js';
import { ReviewsTold } from './application/reviews-told.js';
import { StandingChanges } from './application/standing-changes.js';
import { SeatsGainedTarget } from './application/seats-gained.target.js';
import { SeatsLostTarget } from './application/seats-lost.target.js';
import { SubjectClaims } from './application/subject-claims.js';
import { NoEffects, SubjectEffects } from './application/subject-effects.js';
import { Dashboard } from './infrastructure/read-models/dashboard/dashboard-summary.query.js';
import { Bottlenecks } from './infrastructure/read-models/dashboard/bottlenecks.query.js';
import { Promises } from './infrastructure/read-models/dashboard/promises.query.js';
import { Workloads } from './infrastructure/read-models/dashboard/workload.query.js';
import { BlockedStepWork } from './infrastructure/read-models/step-work/blocked-steps.query.js';
import { ReviewSeatsHeld } from './infrastructure/read-models/review-party/seats-held.query.js';
import { Inbox } from './infrastructure/read-models/inbox/inbox.query.js';
import { ReviewReadersQuery } from './infrastructure/read-models/review-party/review-readers.query.js';
import { ReviewFeed } from './infrastructure/review-feed.js';
import { ReviewList } from './infrastructure/read-models/review-status/review-list.query.js';

/**
 * Reviews from start to outcome. Needs EventStore, Codec, SubjectKeys, Clock, Database, ReadModels, Directory,
 * Delegations and WorkflowCatalogue from global modules.
 */
@Global()
@Module({
  imports: [CqrsModule],
  providers: [
    ReviewStreams,
    CommentStreams,
    ReviewFacts,
    ReviewOrders,
    SubjectClaims,
    { provide: SubjectEffects, useClass: NoEffects },
    ContentHasher,
    DefaultsInForce,
    ReviewQueries,
    CommentQueries,
    Simulations,
    ReviewList,
    Inbox,
    Dashboard,
    Bottlenecks,
    Workloads,
    Promises,
    ReviewReadersQuery,
    ReviewFeed,
    InboxViewStreams,
    SetInboxViewsHandler,
    StartReviewHandler,
    DecideHandler,
    RequestChangesHandler,
    ResubmitHandler,
    EscalateHandler,
    WithdrawHandler,
    ClearChangesHandler,
    DismissChangesHandler,
    HoldReviewHandler,
    ResumeReviewHandler,
    RequestInfoHandler,
    ProvideInfoHandler,
    CancelReviewHandler,
    OverrideStepHandler,
    ReopenReviewHandler,
    AddCommentHandler,
    AddApproverHandler,
    ChangeDecisionHandler,
    ClaimAssignmentHandler,
    ExpireClaimHandler,
    ReassignHandler,
    RecuseHandler,
    ReleaseAssignmentHandler,
    RescindDecisionHandler,
    TakeOverHandler,
    VacateSeatsHandler,
    FireTimerHandler,
    FireTimerTarget,
    ReprojectTarget,
    { provide: ClocksCounting, useClass: PinnedClocks },
    ExpireClaimTarget,
    ReviewsTold,
    StandingChanges,
    SeatsLostTarget,
    { provide: SeatsHeld, useClass: ReviewSeatsHeld },
    SeatsGainedTarget,
    { provide: BlockedSteps, useClass: BlockedStepWork },
  ],
  exports: [
    ReviewStreams,
    ReviewQueries,
    CommentQueries,
    Simulations,
    ReviewList,
    Inbox,
    Dashboard,
    Bottlenecks,
    Workloads,
    Promises,
    ReviewFeed,
    InboxViewStreams,
    FireTimerTarget,
    ReprojectTarget,
    ExpireClaimTarget,
    SeatsLostTarget,
    SeatsGainedTarget,
  ],
})
export class ReviewsModule {}
