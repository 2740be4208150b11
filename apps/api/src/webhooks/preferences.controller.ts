import { Body, Controller, Get, Put } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { SetPreferencesCommand } from '#libs/notifications/application/commands/set-preferences.handler';
import { PreferencesQueries, preferencesView } from '#libs/notifications/application/preferences-queries';
import { noPreferences } from '#libs/notifications/domain/preferences.decider';
import { At, Door } from '../http/door.js';
import { Refuses } from '../http/refuses.js';
import { CommandRoute, Requires } from '../http/routes.js';
import { PreferencesAnswer, PreferencesBody, PreferencesReceiptAnswer } from './preferences.dto.js';

@ApiTags('Notifications')
@Controller('notifications/preferences')
@Requires()
export class PreferencesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: PreferencesQueries,
  ) {}

  @Get()
  @ApiOperation({ summary: 'What the caller is told of, and how' })
  @ApiOkResponse({ type: PreferencesAnswer })
  async read(@At() at: Door) {
    const { view, revision } = await this.queries.own(at.principal.userId);
    return revision === undefined ? view : at.strong(Promise.resolve({ view, revision }));
  }

  @Put()
  @CommandRoute({ key: 'optional', of: 'the preferences' })
  @ApiOperation({ summary: 'Say what to be told of, and how; the whole of it' })
  @ApiCreatedResponse({ type: PreferencesReceiptAnswer })
  @Refuses('validation-failed', 'revision-mismatch', 'idempotency-key-reused')
  replace(@Body() body: PreferencesBody, @At() at: Door) {
    return at.receipt(
      this.commands.execute(new SetPreferencesCommand(wishesOf(body), at.metadata, at.options)),
      preferencesView,
    );
  }
}

/** What was left out is what it is for somebody who has said nothing. */
function wishesOf({ mail = [], chat = [], email, chatUrl, digest, quietHours, timezone }: PreferencesBody) {
  return {
    mail,
    chat,
    email: email ?? null,
    digest: { ...noPreferences.digest, ...digest },
    quietHours: quietHours ?? null,
    timezone: timezone ?? noPreferences.timezone,
    // An address is of no use to somebody who wants nothing by chat; nobody else can see that it is there.
    ...(chatUrl !== undefined ? { chatUrl } : chat.length === 0 ? { chatUrl: null } : {}),
  } as ConstructorParameters<typeof SetPreferencesCommand>[0];
}
