import { Body, Controller, Get, HttpCode, HttpStatus, Param, Post, Put, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiAcceptedResponse, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { JsonObject } from '#libs/kernel/domain/json';
import { CreateRulesetCommand } from '#libs/workflows/application/rulesets/create-ruleset.handler';
import { PublishRulesetCommand } from '#libs/workflows/application/rulesets/publish-ruleset.handler';
import { ReplaceRulesetDraftCommand } from '#libs/workflows/application/rulesets/replace-ruleset-draft.handler';
import { RulesetQueries } from '#libs/workflows/application/rulesets/ruleset-queries';
import { RulesetList } from '#libs/workflows/infrastructure/read-models/ruleset-list/ruleset-list.query';
import { At, Door } from '../http/door.js';
import { wholeNumber } from '../http/ids.js';
import { PageQuery } from '../http/paging.dto.js';
import { Refuses } from '../http/refuses.js';
import { CommandRoute, Requires } from '../http/routes.js';
import { JobAnswer } from '../operations/operations.dto.js';
import { BacktestBody, FlipsAnswer } from './backtest.dto.js';
import { BacktestJobs } from './backtest-jobs.js';
import {
  DryRunAnswer,
  DryRunBody,
  RulesetAnswer,
  RulesetBody,
  RulesetDraftBody,
  RulesetReceiptAnswer,
  RulesetsAnswer,
  RulesetVersionAnswer,
  RulesetVersionsAnswer,
} from './ruleset.dto.js';
import { namedRuleset, renamedRuleset, rulesetState } from './ruleset.presenter.js';

@ApiTags('Rulesets')
@Controller('rulesets')
export class RulesetsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: RulesetQueries,
    private readonly rulesets: RulesetList,
    private readonly backtests: BacktestJobs,
  ) {}

  @Get()
  @Requires('workflow:read')
  @ApiOperation({ summary: 'The rulesets of the workspace, by key' })
  @ApiOkResponse({ type: RulesetsAnswer })
  @Refuses('unknown-parameter', 'invalid-parameter', 'invalid-cursor', 'read-model-behind')
  list(@Query() query: PageQuery, @At() at: Door) {
    return at.eventual('rulesets', () => this.rulesets.list({ ...query, workspaceId: at.workspaceId }));
  }

  @Post()
  @Requires('rules:publish')
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: 'Create a ruleset as a draft' })
  @ApiCreatedResponse({ type: RulesetReceiptAnswer })
  @Refuses('definition-invalid', 'already-exists', 'idempotency-key-reused')
  create(@Body() ruleset: RulesetBody, @At() at: Door) {
    const command = new CreateRulesetCommand({ ruleset }, at.metadata, at.options);
    return at.receipt(this.commands.execute(command), rulesetState, namedRuleset);
  }

  @Get(':ruleset')
  @Requires('workflow:read')
  @ApiOperation({ summary: 'One ruleset (id or key) with its draft' })
  @ApiOkResponse({ type: RulesetAnswer })
  @Refuses('not-found')
  read(@Param('ruleset') ruleset: string, @At() at: Door) {
    return at.strong(this.queries.detail(at.workspaceId, ruleset));
  }

  @Put(':ruleset/draft')
  @Requires('rules:publish')
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: 'Replace the draft; what is published stays as it is' })
  @ApiCreatedResponse({ type: RulesetReceiptAnswer })
  @Refuses('not-found', 'definition-invalid', 'revision-mismatch', 'idempotency-key-reused')
  replaceDraft(@Param('ruleset') idOrKey: string, @Body() ruleset: RulesetDraftBody, @At() at: Door) {
    const command = new ReplaceRulesetDraftCommand({ idOrKey, ruleset }, at.metadata, at.options);
    return at.receipt(this.commands.execute(command), rulesetState, renamedRuleset);
  }

  @Post(':ruleset/publish')
  @Requires('rules:publish')
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: 'Publish the draft as the next version, immutable from then on' })
  @ApiCreatedResponse({ type: RulesetReceiptAnswer })
  @Refuses('not-found', 'revision-mismatch', 'idempotency-key-reused')
  publish(@Param('ruleset') idOrKey: string, @At() at: Door) {
    const command = new PublishRulesetCommand({ idOrKey }, at.metadata, at.options);
    return at.receipt(this.commands.execute(command), rulesetState, renamedRuleset);
  }

  @Get(':ruleset/versions')
  @Requires('workflow:read')
  @ApiOperation({ summary: 'The published versions, newest first' })
  @ApiOkResponse({ type: RulesetVersionsAnswer })
  @Refuses('not-found')
  versions(@Param('ruleset') ruleset: string, @At() at: Door) {
    return at.strong(this.queries.versions(at.workspaceId, ruleset));
  }

  @Get(':ruleset/versions/:version')
  @Requires('workflow:read')
  @ApiOperation({ summary: 'One published version' })
  @ApiOkResponse({ type: RulesetVersionAnswer })
  @Refuses('not-found')
  version(@Param('ruleset') ruleset: string, @Param('version') version: string, @At() at: Door) {
    return at.strong(this.queries.version(at.workspaceId, ruleset, wholeNumber(version)));
  }

  @Post(':ruleset/dry-run')
  @HttpCode(HttpStatus.OK)
  @Requires('workflow:read')
  @ApiOperation({ summary: 'What the rules say of one payload, and why; nothing is recorded' })
  @ApiOkResponse({ type: DryRunAnswer })
  @Refuses('not-found', 'payload-too-large')
  dryRun(@Param('ruleset') ruleset: string, @Body() { payload, version }: DryRunBody, @At() at: Door) {
    return this.queries.dryRun(at.workspaceId, ruleset, payload as JsonObject, version);
  }

  @Post(':ruleset/backtest')
  @HttpCode(HttpStatus.ACCEPTED)
  @Requires('rules:publish')
  @ApiOperation({
    summary: 'Ask the rules about every past decision of the workspace; a job that lists what would flip',
  })
  @ApiAcceptedResponse({
    type: JobAnswer,
    headers: { Location: { description: 'The job.', schema: { type: 'string' } } },
  })
  @Refuses('not-found', 'rate-limited', 'idempotency-key-reused')
  async backtest(@Param('ruleset') ruleset: string, @Body() body: BacktestBody, @At() at: Door) {
    return at.created(await this.backtests.start(ruleset, body, at.metadata), ({ id }) => `/api/v1/jobs/${id}`);
  }

  @Get(':ruleset/backtests/:jobId/flips')
  @Requires('rules:publish')
  @ApiOperation({ summary: 'Reviews that would have ended the other way, in the order they ended' })
  @ApiOkResponse({ type: FlipsAnswer })
  @Refuses('not-found', 'unknown-parameter', 'invalid-parameter', 'invalid-cursor')
  flips(@Param('ruleset') ruleset: string, @Param('jobId') job: string, @Query() page: PageQuery, @At() at: Door) {
    return this.backtests.flips(at.workspaceId, { ruleset, job }, page);
  }
}
