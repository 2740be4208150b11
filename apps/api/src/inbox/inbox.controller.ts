import { Body, Controller, Get, Put, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { SetInboxViewsCommand } from '#libs/reviews/application/commands/set-inbox-views.handler';
import { InboxViewStreams } from '#libs/reviews/application/inbox-view-streams';
import type { InboxView } from '#libs/reviews/domain/inbox-views';
import { Inbox } from '#libs/reviews/infrastructure/read-models/inbox/inbox.query';
import { At, Door } from '../http/door.js';
import { InvalidParameter } from '../http/refusals.js';
import { Refuses } from '../http/refuses.js';
import { CommandRoute, Requires } from '../http/routes.js';
import { ReviewDesk } from '../reviews/review-desk.js';
import {
  InboxAnswer,
  InboxCountsAnswer,
  InboxQuery,
  InboxViewsAnswer,
  InboxViewsBody,
  InboxViewsReceiptAnswer,
} from './inbox.dto.js';

@ApiTags('Inbox')
@Controller('inbox')
@Requires('review:read')
export class InboxController {
  constructor(
    private readonly inbox: Inbox,
    private readonly desk: ReviewDesk,
    private readonly views: InboxViewStreams,
    private readonly commands: CommandBus,
  ) {}

  @Get()
  @ApiOperation({ summary: 'What waits for the caller, most urgent first, and why' })
  @ApiOkResponse({ type: InboxAnswer })
  @Refuses('unknown-parameter', 'invalid-parameter', 'invalid-cursor', 'read-model-behind')
  async list(@Query() { view, ...page }: InboxQuery, @At() at: Door) {
    const filter = view === undefined ? {} : await this.viewOf(at, view);
    const { now } = at.metadata;
    return at.eventual('inbox', () => this.inbox.list({ ...this.desk.owner(at), ...page, filter, now }));
  }

  @Get('counts')
  @ApiOperation({ summary: 'How much waits for the caller, by reason and by view' })
  @ApiOkResponse({ type: InboxCountsAnswer })
  @Refuses('read-model-behind')
  async counts(@At() at: Door) {
    const { views } = await this.views.of(at.principal.userId);
    return at.eventual('inbox', () => this.inbox.counts(this.desk.owner(at), at.metadata.now, views));
  }

  @Get('views')
  @ApiOperation({ summary: 'How the caller looks at the inbox' })
  @ApiOkResponse({ type: InboxViewsAnswer })
  async read(@At() at: Door) {
    const { views, revision } = await this.views.of(at.principal.userId);
    return revision === undefined ? { views } : at.strong(Promise.resolve({ view: { views }, revision }));
  }

  @Put('views')
  @CommandRoute({ key: 'optional', of: 'the views' })
  @ApiOperation({ summary: 'Save how to look at the inbox; the whole of it' })
  @ApiCreatedResponse({ type: InboxViewsReceiptAnswer })
  @Refuses('validation-failed', 'revision-mismatch', 'idempotency-key-reused')
  replace(@Body() body: InboxViewsBody, @At() at: Door) {
    return at.receipt(this.commands.execute(new SetInboxViewsCommand(body, at.metadata, at.options)), (views) => ({
      views,
    }));
  }

  private async viewOf(at: Door, key: string): Promise<InboxView> {
    const { views } = await this.views.of(at.principal.userId);
    const found = views.find((view) => view.key === key);
    if (!found) throw new InvalidParameter('You have no view of this key.', { parameter: 'view' });
    return found;
  }
}
