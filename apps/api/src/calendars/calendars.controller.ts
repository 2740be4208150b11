import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  CreateCalendarCommand,
  PublishCalendarCommand,
} from '#libs/workflows/application/commands/publish-calendar.handlers';
import { CalendarQueries } from '#libs/workflows/application/queries/calendar-queries';
import { newest, type Calendar } from '#libs/workflows/domain/calendar/calendar.decider';
import { CalendarList } from '#libs/workflows/infrastructure/read-models/calendar-list/calendar-list.query';
import { At, Door } from '../http/door.js';
import { wholeNumber } from '../http/ids.js';
import { PageQuery } from '../http/paging.dto.js';
import { Refuses } from '../http/refuses.js';
import { CommandRoute, Requires } from '../http/routes.js';
import {
  CalendarAnswer,
  CalendarBody,
  CalendarReceiptAnswer,
  CalendarsAnswer,
  CalendarVersionBody,
  CalendarVersionsAnswer,
  type CalendarStateAnswer,
} from './calendar.dto.js';

@ApiTags('Calendars')
@Controller('calendars')
export class CalendarsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: CalendarQueries,
    private readonly calendars: CalendarList,
  ) {}

  @Get()
  @Requires('workflow:read')
  @ApiOperation({ summary: 'The published calendars of the workspace, by key' })
  @ApiOkResponse({ type: CalendarsAnswer })
  @Refuses('unknown-parameter', 'invalid-parameter', 'invalid-cursor', 'read-model-behind')
  list(@Query() query: PageQuery, @At() at: Door) {
    return at.eventual('calendars', () => this.calendars.list({ ...query, workspaceId: at.workspaceId }));
  }

  @Post()
  @Requires('workflow:publish')
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: 'Publish the first version of a calendar' })
  @ApiCreatedResponse({ type: CalendarReceiptAnswer })
  @Refuses('definition-invalid', 'already-exists', 'idempotency-key-reused')
  create(@Body() calendar: CalendarBody, @At() at: Door) {
    const command = new CreateCalendarCommand({ calendar }, at.metadata, at.options);
    return at.receipt(this.commands.execute(command), stateOf, located);
  }

  @Get(':calendarId')
  @Requires('workflow:read')
  @ApiOperation({ summary: 'The newest version of a calendar (id or key); `default` exists always' })
  @ApiOkResponse({ type: CalendarAnswer })
  @Refuses('not-found')
  read(@Param('calendarId') calendarId: string, @At() at: Door) {
    return at.strong(this.queries.detail(at.workspaceId, calendarId));
  }

  @Get(':calendarId/versions')
  @Requires('workflow:read')
  @ApiOperation({ summary: 'The published versions, newest first' })
  @ApiOkResponse({ type: CalendarVersionsAnswer })
  @Refuses('not-found')
  versions(@Param('calendarId') calendarId: string, @At() at: Door) {
    return at.strong(this.queries.versions(at.workspaceId, calendarId));
  }

  @Post(':calendarId/versions')
  @Requires('workflow:publish')
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: 'Publish the next version; deadlines of running reviews move with it' })
  @ApiCreatedResponse({ type: CalendarReceiptAnswer })
  @Refuses('not-found', 'definition-invalid', 'revision-mismatch', 'idempotency-key-reused')
  publish(@Param('calendarId') calendarId: string, @Body() calendar: CalendarVersionBody, @At() at: Door) {
    const command = new PublishCalendarCommand({ calendarId, calendar }, at.metadata, at.options);
    return at.receipt(this.commands.execute(command), stateOf, named);
  }

  @Get(':calendarId/versions/:version')
  @Requires('workflow:read')
  @ApiOperation({ summary: 'One published version' })
  @ApiOkResponse({ type: CalendarAnswer })
  @Refuses('not-found')
  version(@Param('calendarId') calendarId: string, @Param('version') version: string, @At() at: Door) {
    return at.strong(this.queries.version(at.workspaceId, calendarId, wholeNumber(version)));
  }
}

const stateOf = (calendar: Calendar): CalendarStateAnswer =>
  calendar.status === 'published'
    ? { status: calendar.status, version: newest(calendar).version }
    : { status: calendar.status, version: null };

const named = (calendar: Calendar) => {
  if (calendar.status !== 'published') return { body: {} };
  const { calendarId, version } = newest(calendar);
  return { body: { calendarId, version } };
};

const located = (calendar: Calendar) =>
  calendar.status === 'published'
    ? { ...named(calendar), location: `/api/v1/calendars/${newest(calendar).calendarId}` }
    : named(calendar);
