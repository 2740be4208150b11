import { Body, Controller, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AddApproverCommand } from '#libs/reviews/application/commands/add-approver.handler';
import { ChangeDecisionCommand } from '#libs/reviews/application/commands/change-decision.handler';
import { ClaimAssignmentCommand } from '#libs/reviews/application/commands/claim-assignment.handler';
import { ReassignCommand } from '#libs/reviews/application/commands/reassign.handler';
import { RecuseCommand } from '#libs/reviews/application/commands/recuse.handler';
import { ReleaseAssignmentCommand } from '#libs/reviews/application/commands/release-assignment.handler';
import { RescindDecisionCommand } from '#libs/reviews/application/commands/rescind-decision.handler';
import { TakeOverCommand } from '#libs/reviews/application/commands/take-over.handler';
import { ReviewReceiptAnswer } from '../http/answers.dto.js';
import { At, Door } from '../http/door.js';
import { Refuses } from '../http/refuses.js';
import { CommandRoute, Requires } from '../http/routes.js';
import { ReviewDesk } from './review-desk.js';
import {
  AddApproverBody,
  AssignmentBody,
  AssignmentWithReasonBody,
  ChangeDecisionBody,
  ReassignBody,
  RescindBody,
} from './seats.dto.js';

/** What may be answered before the assignment is looked at. */
const finding = [
  'not-found',
  'idempotency-key-reused',
  'revision-mismatch',
  'validation-failed',
  'step-resolved',
  'invalid-state',
] as const;
const explained = ['forbidden', 'reason-required'] as const;
const taking = [
  'four-eyes',
  'not-eligible',
  'assignment-transferred',
  'assignment-filled',
  'person-already-counted',
] as const;

/** Who is asked on a step, and what those who were asked have said. */
@ApiTags('Reviews')
@Controller('reviews')
export class ReviewSeatsController {
  constructor(private readonly desk: ReviewDesk) {}

  @Post(':reviewId/claim')
  @Requires('review:decide')
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: 'Keep an assignment for a role to oneself for a while; deciding needs no claim' })
  @ApiCreatedResponse({ type: ReviewReceiptAnswer })
  @Refuses(...finding, ...taking)
  claim(@Param('reviewId') reviewId: string, @Body() body: AssignmentBody, @At() at: Door) {
    return this.desk.send(at, ClaimAssignmentCommand, { reviewId, ...body });
  }

  @Post(':reviewId/release')
  @Requires('review:decide')
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: 'Leave what one has claimed to the others' })
  @ApiCreatedResponse({ type: ReviewReceiptAnswer })
  @Refuses(...finding, 'not-eligible')
  release(@Param('reviewId') reviewId: string, @Body() body: AssignmentBody, @At() at: Door) {
    return this.desk.send(at, ReleaseAssignmentCommand, { reviewId, ...body });
  }

  @Post(':reviewId/take-over')
  @Requires('review:reassign')
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: 'Take what somebody else has claimed, or holds by name' })
  @ApiCreatedResponse({ type: ReviewReceiptAnswer })
  @Refuses(...explained, ...finding, ...taking)
  takeOver(@Param('reviewId') reviewId: string, @Body() body: AssignmentWithReasonBody, @At() at: Door) {
    return this.desk.send(at, TakeOverCommand, { reviewId, ...body });
  }

  @Post(':reviewId/reassign')
  @Requires('review:reassign')
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: 'Move one open assignment to another person, with all it stands for' })
  @ApiCreatedResponse({ type: ReviewReceiptAnswer })
  @Refuses(...explained, ...finding, ...taking)
  reassign(@Param('reviewId') reviewId: string, @Body() body: ReassignBody, @At() at: Door) {
    return this.desk.send(at, ReassignCommand, { reviewId, ...body });
  }

  @Post(':reviewId/add-approver')
  @Requires('review:reassign')
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: 'Ask somebody in addition on a step that runs; no rule is lowered' })
  @ApiCreatedResponse({ type: ReviewReceiptAnswer })
  @Refuses(...explained, ...finding, 'four-eyes', 'not-eligible', 'person-already-counted')
  addApprover(@Param('reviewId') reviewId: string, @Body() body: AddApproverBody, @At() at: Door) {
    return this.desk.send(at, AddApproverCommand, { reviewId, ...body } as never);
  }

  @Post(':reviewId/recuse')
  @Requires('review:decide')
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: 'Step back from a step that one is asked on' })
  @ApiCreatedResponse({ type: ReviewReceiptAnswer })
  @Refuses('reason-required', ...finding, ...taking)
  recuse(@Param('reviewId') reviewId: string, @Body() body: AssignmentWithReasonBody, @At() at: Door) {
    return this.desk.send(at, RecuseCommand, { reviewId, ...body });
  }

  @Post(':reviewId/change-decision')
  @Requires('review:decide')
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: "Turn one's own verdict around, until its step is resolved" })
  @ApiCreatedResponse({ type: ReviewReceiptAnswer })
  @Refuses(...finding, 'stale-review', 'four-eyes', 'not-eligible')
  changeDecision(@Param('reviewId') reviewId: string, @Body() body: ChangeDecisionBody, @At() at: Door) {
    return this.desk.send(at, ChangeDecisionCommand, { reviewId, ...body });
  }

  @Post(':reviewId/rescind')
  @Requires('review:decide')
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: "Take one's own decision back, until its step is resolved" })
  @ApiCreatedResponse({ type: ReviewReceiptAnswer })
  @Refuses('reason-required', ...finding, 'not-eligible')
  rescind(@Param('reviewId') reviewId: string, @Body() body: RescindBody, @At() at: Door) {
    return this.desk.send(at, RescindDecisionCommand, { reviewId, ...body });
  }
}
