import { Body, Controller, HttpCode, HttpStatus, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Timers } from '#libs/processing/application/timers';
import { AddCommentCommand } from '#libs/reviews/application/commands/add-comment.handler';
import { ClearChangesCommand } from '#libs/reviews/application/commands/clear-changes.handler';
import { DecideCommand } from '#libs/reviews/application/commands/decide.handler';
import { DismissChangesCommand } from '#libs/reviews/application/commands/dismiss-changes.handler';
import { EscalateCommand } from '#libs/reviews/application/commands/escalate.handler';
import { RequestChangesCommand } from '#libs/reviews/application/commands/request-changes.handler';
import { ResubmitCommand } from '#libs/reviews/application/commands/resubmit.handler';
import { WithdrawCommand } from '#libs/reviews/application/commands/withdraw.handler';
import { ReviewReceiptAnswer } from '../http/answers.dto.js';
import { At, Door } from '../http/door.js';
import { Refuses } from '../http/refuses.js';
import { CommandRoute, Requires } from '../http/routes.js';
import { ReviewDesk } from './review-desk.js';
import {
  ClearChangesBody,
  CommentBody,
  DecideBody,
  DismissChangesBody,
  EscalateBody,
  FiredAnswer,
  RequestChangesBody,
  ResubmitBody,
  WithdrawBody,
} from './review.dto.js';

/** What may be answered before a review is asked. */
const seeing = ['not-found', 'idempotency-key-reused', 'revision-mismatch'] as const;

/** What may be answered to whoever speaks on a step, in that order. */
const speaking = [
  'step-resolved',
  'invalid-state',
  'stale-review',
  'four-eyes',
  'not-eligible',
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
    'already-exists',
  )
  resubmit(@Param('reviewId') reviewId: string, @Body() body: ResubmitBody, @At() at: Door) {
    return this.desk.send(at, ResubmitCommand, { reviewId, ...body } as never);
  }

  @Post(':reviewId/escalate')
  @Requires('review:start', 'review:decide', 'review:reassign')
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: 'Fire the next rung of the ladder, or ask somebody in addition' })
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
  @Refuses(...seeing, 'step-resolved', 'not-eligible')
  withdraw(@Param('reviewId') reviewId: string, @Body() body: WithdrawBody, @At() at: Door) {
    return this.desk.send(at, WithdrawCommand, { reviewId, ...body });
  }

  @Post(':reviewId/clear-changes')
  @Requires('review:decide')
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: "Say that one's own items are answered" })
  @ApiCreatedResponse({ type: ReviewReceiptAnswer })
  @Refuses(...seeing, 'validation-failed', 'step-resolved', 'not-eligible')
  clearChanges(@Param('reviewId') reviewId: string, @Body() body: ClearChangesBody, @At() at: Door) {
    return this.desk.send(at, ClearChangesCommand, { reviewId, ...body });
  }

  @Post(':reviewId/dismiss-changes')
  @Requires('review:dismiss')
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: "Say that anybody's items need no answer, and why" })
  @ApiCreatedResponse({ type: ReviewReceiptAnswer })
  @Refuses(...seeing, 'forbidden', 'reason-required', 'validation-failed', 'step-resolved', 'four-eyes')
  dismissChanges(@Param('reviewId') reviewId: string, @Body() body: DismissChangesBody, @At() at: Door) {
    return this.desk.send(at, DismissChangesCommand, { reviewId, ...body });
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
