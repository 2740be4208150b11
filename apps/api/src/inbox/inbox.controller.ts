import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Inbox } from '#libs/reviews/infrastructure/read-models/inbox/inbox.query';
import { At, Door } from '../http/door.js';
import { PageQuery } from '../http/paging.dto.js';
import { Refuses } from '../http/refuses.js';
import { Requires } from '../http/routes.js';
import { ReviewDesk } from '../reviews/review-desk.js';
import { InboxAnswer, InboxCountsAnswer } from './inbox.dto.js';

@ApiTags('Inbox')
@Controller('inbox')
@Requires('review:read')
export class InboxController {
  constructor(
    private readonly inbox: Inbox,
    private readonly desk: ReviewDesk,
  ) {}

  @Get()
  @ApiOperation({ summary: 'What waits for the caller, most urgent first, and why' })
  @ApiOkResponse({ type: InboxAnswer })
  @Refuses('unknown-parameter', 'invalid-parameter', 'invalid-cursor', 'read-model-behind')
  list(@Query() query: PageQuery, @At() at: Door) {
    return at.eventual('inbox', () => this.inbox.list({ ...this.desk.owner(at), ...query }));
  }

  @Get('counts')
  @ApiOperation({ summary: 'How much waits for the caller' })
  @ApiOkResponse({ type: InboxCountsAnswer })
  @Refuses('read-model-behind')
  counts(@At() at: Door) {
    return at.eventual('inbox', () => this.inbox.counts(this.desk.owner(at), at.metadata.now));
  }
}
