import { Body, Controller, Get, Param, Put, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { SettingDesk } from '#libs/organization/application/settings/setting-desk';
import { At, Door } from '../http/door.js';
import { ChangesAnswer, RevisionsQuery } from '../http/history.dto.js';
import { canonicalInstant, historyAnswer } from '../http/history.presenter.js';
import { ValidationFailed } from '../http/refusals.js';
import { Refuses } from '../http/refuses.js';
import { CommandRoute, Requires } from '../http/routes.js';
import { EventsAnswer } from '../reviews/review-answers.dto.js';
import {
  EffectiveQuery,
  PutSettingBody,
  SettingDetailAnswer,
  SettingReceiptAnswer,
  SettingsAnswer,
} from './setting.dto.js';

@ApiTags('Settings')
@Controller('settings')
export class SettingsController {
  constructor(private readonly desk: SettingDesk) {}

  @Get()
  @Requires('settings:read')
  @ApiOperation({ summary: 'Everything that can be set, with what holds in the workspace now' })
  @ApiOkResponse({ type: SettingsAnswer })
  async list(@At() at: Door) {
    return { data: await this.desk.list(at.workspaceId, at.metadata.now) };
  }

  @Get('effective')
  @Requires('settings:read')
  @ApiOperation({ summary: 'What holds in a branch, or in the workspace, now or at another time' })
  @ApiOkResponse({ type: SettingsAnswer })
  @Refuses('not-found', 'invalid-parameter')
  async effective(@Query() { branchId, asOf }: EffectiveQuery, @At() at: Door) {
    const instant = canonicalInstant(asOf) ?? at.metadata.now;
    return { data: await this.desk.effective(at.workspaceId, branchId, instant) };
  }

  @Get(':key')
  @Requires('settings:read')
  @ApiOperation({ summary: 'One setting, with everything that was said about it' })
  @ApiOkResponse({ type: SettingDetailAnswer })
  @Refuses('not-found')
  one(@Param('key') key: string, @At() at: Door) {
    return this.desk.detail(at.workspaceId, key, at.metadata.now);
  }

  @Put(':key')
  @Requires('settings:write')
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: 'Set it for the workspace or a branch, at once or from a later time on' })
  @ApiCreatedResponse({ type: SettingReceiptAnswer })
  @Refuses('not-found', 'validation-failed', 'revision-mismatch', 'invalid-state', 'idempotency-key-reused')
  put(@Param('key') key: string, @Body() { inherit = false, ...body }: PutSettingBody, @At() at: Door) {
    if ('value' in body === inherit) throw eitherOr();
    return at.receipt(this.desk.change({ key, ...body }, at.metadata, at.options), () => ({ key }));
  }

  @Get(':key/history')
  @Requires('settings:read')
  @ApiOperation({ summary: 'What was said about it, oldest first' })
  @ApiOkResponse({ type: EventsAnswer })
  @Refuses('not-found')
  async history(@Param('key') key: string, @At() at: Door) {
    return historyAnswer(await this.desk.history(at.workspaceId, key));
  }

  @Get(':key/diff')
  @Requires('settings:read')
  @ApiOperation({ summary: 'What differs between two revisions of its history, by workspace and branch' })
  @ApiOkResponse({ type: ChangesAnswer })
  @Refuses('not-found', 'invalid-parameter')
  diff(@Param('key') key: string, @Query() query: RevisionsQuery, @At() at: Door) {
    return at.strong(this.desk.diff(at.workspaceId, key, query));
  }
}

const eitherOr = () =>
  new ValidationFailed([{ pointer: '/value', code: 'required', detail: 'Give a value, or inherit: true.' }]);
