import { Body, Controller, HttpCode, HttpStatus, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Timers } from '#libs/processing/application/timers';
import { AddCommentCommand } from '#libs/reviews/application/commands/add-comment.handler';
import { CancelReviewCommand } from '#libs/reviews/application/commands/cancel-review.handler';
import { ClearChangesCommand } from '#libs/reviews/application/commands/clear-changes.handler';
import { DecideCommand } from '#libs/reviews/application/commands/decide.handler';
import { DismissChangesCommand } from '#libs/reviews/application/commands/dismiss-changes.handler';
import { EscalateCommand } from '#libs/reviews/application/commands/escalate.handler';
import { HoldReviewCommand } from '#libs/reviews/application/commands/hold-review.handler';
import { OverrideStepCommand } from '#libs/reviews/application/commands/override-step.handler';
import { ProvideInfoCommand } from '#libs/reviews/application/commands/provide-info.handler';
import { ReopenReviewCommand } from '#libs/reviews/application/commands/reopen-review.handler';
import { RequestChangesCommand } from '#libs/reviews/application/commands/request-changes.handler';
import { RequestInfoCommand } from '#libs/reviews/application/commands/request-info.handler';
import { ResubmitCommand } from '#libs/reviews/application/commands/resubmit.handler';
import { ResumeReviewCommand } from '#libs/reviews/application/commands/resume-review.handler';
import { WithdrawCommand } from '#libs/reviews/application/commands/withdraw.handler';
import { ReviewReceiptAnswer } from '../http/answers.dto.js';
import { At, Door } from '../http/door.js';
import { Refuses } from '../http/refuses.js';
import { CommandRoute, Requires } from '../http/routes.js';
import { ReviewDesk } from './review-desk.js';
import { FiredAnswer } from './review-answers.dto.js';
import {
  CancelBody,
  ClearChangesBody,
  CommentBody,
  DecideBody,
  DismissChangesBody,
  EscalateBody,
  HoldBody,
  OverrideBody,
  ProvideInfoBody,
  ReopenBody,
  RequestChangesBody,
  RequestInfoBody,
  ResubmitBody,
  ResumeBody,
  WithdrawBody,
} from './review-bodies.dto.js';

/** What may be answered before a review is asked. */
const seeing = ['not-found', 'idempotency-key-reused', 'revision-mismatch'] as const;

/** What may be answered to whoever speaks on a step, in that order. */
const speaking = [
  'step-resolved',
  'invalid-state',
  'stale-review',
  'four-eyes',
  'not-eligible',
  'delegation-out-of-scope',
  'assignment-transferred',
  'assignment-filled',
] as const;

@ApiTags('Reviews')
@Controller('reviews')
export class ReviewCommandsController {
  constructor(
    private readonly desk: ReviewDesk,
    private readonly timers: Timers,
  ) {}

  @Post('escalate')
  @HttpCode(HttpStatus.OK)
  @Requires('system:operate')
  @ApiOperation({ summary: 'Fire every timer of the workspace that is due, now' })
  @ApiOkResponse({ type: FiredAnswer })
  @Refuses('read-model-behind')
  async fireDue(@At() at: Door): Promise<FiredAnswer> {
    return { fired: await this.timers.fireDue(at.workspaceId) };
  }

  @Post(':reviewId/decide')
  @Requires('review:decide')
  @CommandRoute({ key: 'required' })
  @ApiOperation({ summary: 'Give a verdict on the open step, bound to the revision that was seen' })
  @ApiCreatedResponse({ type: ReviewReceiptAnswer })
  @Refuses(...seeing, ...speaking, 'person-already-counted')
  decide(@Param('reviewId') reviewId: string, @Body() body: DecideBody, @At() at: Door) {
    return this.desk.send(at, DecideCommand, { reviewId, ...body });
  }

  @Post(':reviewId/request-changes')
  @Requires('review:decide')
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: 'Send it back to the submitter with items to answer' })
  @ApiCreatedResponse({ type: ReviewReceiptAnswer })
  @Refuses(...seeing, ...speaking, 'validation-failed')
  requestChanges(@Param('reviewId') reviewId: string, @Body() body: RequestChangesBody, @At() at: Door) {
    return this.desk.send(at, RequestChangesCommand, { reviewId, ...body });
  }

  @Post(':reviewId/resubmit')
  @Requires('review:start')
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: 'Bring the next revision of the subject' })
  @ApiCreatedResponse({ type: ReviewReceiptAnswer })
  @Refuses(
    ...seeing,
    'payload-too-large',
    'validation-failed',
    'step-resolved',
    'invalid-state',
    'not-eligible',
    'delegation-out-of-scope',
    'already-exists',
  )
  resubmit(@Param('reviewId') reviewId: string, @Body() body: ResubmitBody, @At() at: Door) {
    return this.desk.send(at, ResubmitCommand, { reviewId, ...body } as never);
  }

  @Post(':reviewId/escalate')
  @Requires('review:start', 'review:decide', 'review:reassign')
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: 'Fire the next rung of the ladder that ends nothing, or ask somebody in addition' })
  @ApiCreatedResponse({ type: ReviewReceiptAnswer })
  @Refuses(
    ...seeing,
    'forbidden',
    'reason-required',
    'validation-failed',
    'step-resolved',
    'invalid-state',
    'four-eyes',
    'not-eligible',
    'person-already-counted',
  )
  escalate(@Param('reviewId') reviewId: string, @Body() body: EscalateBody, @At() at: Door) {
    return this.desk.send(at, EscalateCommand, { reviewId, ...body } as never);
  }

  @Post(':reviewId/withdraw')
  @Requires('review:start')
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: 'Take the submission back' })
  @ApiCreatedResponse({ type: ReviewReceiptAnswer })
  @Refuses(...seeing, 'step-resolved', 'not-eligible', 'delegation-out-of-scope')
  withdraw(@Param('reviewId') reviewId: string, @Body() body: WithdrawBody, @At() at: Door) {
    return this.desk.send(at, WithdrawCommand, { reviewId, ...body });
  }

  @Post(':reviewId/clear-changes')
  @Requires('review:decide')
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: "Say that one's own items are answered" })
  @ApiCreatedResponse({ type: ReviewReceiptAnswer })
  @Refuses(...seeing, 'validation-failed', 'step-resolved', 'invalid-state', 'four-eyes', 'not-eligible')
  clearChanges(@Param('reviewId') reviewId: string, @Body() body: ClearChangesBody, @At() at: Door) {
    return this.desk.send(at, ClearChangesCommand, { reviewId, ...body });
  }

  @Post(':reviewId/dismiss-changes')
  @Requires('review:dismiss')
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: "Say that anybody's items need no answer, and why" })
  @ApiCreatedResponse({ type: ReviewReceiptAnswer })
  @Refuses(
    ...seeing,
    'forbidden',
    'reason-required',
    'validation-failed',
    'step-resolved',
    'invalid-state',
    'four-eyes',
  )
  dismissChanges(@Param('reviewId') reviewId: string, @Body() body: DismissChangesBody, @At() at: Door) {
    return this.desk.send(at, DismissChangesCommand, { reviewId, ...body });
  }

  @Post(':reviewId/hold')
  @Requires('review:reassign')
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: 'Stop everything until it is resumed, the clock with it' })
  @ApiCreatedResponse({ type: ReviewReceiptAnswer })
  @Refuses(...seeing, 'forbidden', 'reason-required', 'step-resolved')
  hold(@Param('reviewId') reviewId: string, @Body() body: HoldBody, @At() at: Door) {
    return this.desk.send(at, HoldReviewCommand, { reviewId, ...body });
  }

  @Post(':reviewId/resume')
  @Requires('review:reassign')
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: 'Go on with what was held' })
  @ApiCreatedResponse({ type: ReviewReceiptAnswer })
  @Refuses(...seeing, 'forbidden', 'step-resolved', 'invalid-state')
  resume(@Param('reviewId') reviewId: string, @Body() body: ResumeBody, @At() at: Door) {
    return this.desk.send(at, ResumeReviewCommand, { reviewId, ...body });
  }

  @Post(':reviewId/request-info')
  @Requires('review:decide')
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: 'Ask the submitter something; nothing has to change for the answer' })
  @ApiCreatedResponse({ type: ReviewReceiptAnswer })
  @Refuses(...seeing, ...speaking)
  requestInfo(@Param('reviewId') reviewId: string, @Body() body: RequestInfoBody, @At() at: Door) {
    return this.desk.send(at, RequestInfoCommand, { reviewId, ...body });
  }

  @Post(':reviewId/provide-info')
  @Requires('review:start')
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: 'Answer what was asked, as the submitter' })
  @ApiCreatedResponse({ type: ReviewReceiptAnswer })
  @Refuses(...seeing, 'step-resolved', 'invalid-state', 'not-eligible', 'delegation-out-of-scope')
  provideInfo(@Param('reviewId') reviewId: string, @Body() body: ProvideInfoBody, @At() at: Door) {
    return this.desk.send(at, ProvideInfoCommand, { reviewId, ...body });
  }

  @Post(':reviewId/cancel')
  @Requires('review:override')
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: 'End a review that should not have been' })
  @ApiCreatedResponse({ type: ReviewReceiptAnswer })
  @Refuses(...seeing, 'forbidden', 'reason-required', 'step-resolved')
  cancel(@Param('reviewId') reviewId: string, @Body() body: CancelBody, @At() at: Door) {
    return this.desk.send(at, CancelReviewCommand, { reviewId, ...body });
  }

  @Post(':reviewId/override')
  @Requires('review:override')
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: 'Settle a step in the place of whom it asks; reported, and never past four eyes' })
  @ApiCreatedResponse({ type: ReviewReceiptAnswer })
  @Refuses(
    ...seeing,
    'forbidden',
    'reason-required',
    'validation-failed',
    'step-resolved',
    'invalid-state',
    'stale-review',
    'four-eyes',
  )
  override(@Param('reviewId') reviewId: string, @Body() body: OverrideBody, @At() at: Door) {
    return this.desk.send(at, OverrideStepCommand, { reviewId, ...body });
  }

  @Post(':reviewId/reopen')
  @Requires('review:override')
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: 'Take an outcome back and ask again' })
  @ApiCreatedResponse({ type: ReviewReceiptAnswer })
  @Refuses(...seeing, 'forbidden', 'reason-required', 'step-resolved', 'invalid-state', 'four-eyes', 'already-exists')
  reopen(@Param('reviewId') reviewId: string, @Body() body: ReopenBody, @At() at: Door) {
    return this.desk.send(at, ReopenReviewCommand, { reviewId, ...body });
  }

  @Post(':reviewId/comments')
  @Requires('review:start', 'review:decide')
  @CommandRoute({ key: 'optional', of: 'the review' })
  @ApiOperation({ summary: 'Say something about it, also after its end' })
  @ApiCreatedResponse({ type: ReviewReceiptAnswer })
  @Refuses(...seeing)
  comment(@Param('reviewId') reviewId: string, @Body() body: CommentBody, @At() at: Door) {
    return this.desk.send(at, AddCommentCommand, { reviewId, ...body });
  }
}
