import { Body, Controller, Get, HttpCode, HttpStatus, Param, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { NotFound } from '#libs/event-store/application/errors';
import { ProcessingControl } from '#libs/processing/application/processing-control';
import { At, Door } from '../http/door.js';
import { PageQuery } from '../http/paging.dto.js';
import { Refuses } from '../http/refuses.js';
import { Requires } from '../http/routes.js';
import {
  DeadLettersAnswer,
  JobAnswer,
  ParkedListAnswer,
  ProcessorsAnswer,
  RetriedAnswer,
  RetriedLetterAnswer,
  RetryBody,
} from './operations.dto.js';
import { ParkedEvents } from './parked-events.js';
import { BacktestJobs, isBacktest } from '../rulesets/backtest-jobs.js';
import { RebuildJobs } from './rebuild-jobs.js';

@ApiTags('Operations')
@Controller()
@Requires('system:operate')
export class OperationsController {
  constructor(
    private readonly processing: ProcessingControl,
    private readonly jobs: RebuildJobs,
    private readonly backtests: BacktestJobs,
    private readonly parked: ParkedEvents,
  ) {}

  @Get('projections')
  @ApiOperation({ summary: 'Projections and process managers: where they stand, how far behind, what failed' })
  @ApiOkResponse({ type: ProcessorsAnswer })
  async list() {
    return { data: await this.processing.list() };
  }

  @Post('projections/:name/rebuild')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({ summary: 'Build it anew from the log, beside the live one; the switch is at once' })
  @ApiAcceptedResponse({
    type: JobAnswer,
    headers: { Location: { description: 'The job.', schema: { type: 'string' } } },
  })
  @Refuses('not-found')
  async rebuild(@Param('name') name: string, @At() at: Door) {
    return at.created(await this.jobs.start(name), ({ id }) => `/api/v1/jobs/${id}`);
  }

  @Get('projections/:name/parked')
  @ApiOperation({ summary: 'Events of the workspace that failed, and those that wait behind them' })
  @ApiOkResponse({ type: ParkedListAnswer })
  @Refuses('not-found')
  async listParked(@Param('name') name: string, @At() at: Door) {
    return { data: await this.parked.list(at.workspaceId, name) };
  }

  @Post('projections/:name/parked/retry')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'Apply parked events again' })
  @ApiOkResponse({ type: RetriedAnswer })
  @Refuses('not-found')
  retryParked(@Param('name') name: string, @Body() { partition }: RetryBody, @At() at: Door) {
    return this.parked.retry(at.workspaceId, name, partition);
  }

  @Get('dead-letters')
  @ApiOperation({ summary: 'Messages of the workspace that were given up, the oldest first' })
  @ApiOkResponse({ type: DeadLettersAnswer })
  @Refuses('unknown-parameter', 'invalid-parameter', 'invalid-cursor')
  deadLetters(@Query() { limit, cursor }: PageQuery, @At() at: Door) {
    return this.processing.deadLetters({ workspaceId: at.workspaceId, limit, cursor });
  }

  @Post('dead-letters/:messageId/retry')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'Send one of them again, under the same id' })
  @ApiOkResponse({ type: RetriedLetterAnswer })
  @Refuses('not-found')
  async retryDeadLetter(@Param('messageId') messageId: string, @At() at: Door) {
    if (!(await this.processing.retryDeadLetter(messageId, at.workspaceId))) throw new NotFound();
    return { id: messageId };
  }

  @Get('jobs/:jobId')
  @ApiOperation({ summary: 'How far a job is' })
  @ApiOkResponse({ type: JobAnswer })
  @Refuses('not-found')
  job(@Param('jobId') jobId: string, @At() at: Door) {
    return isBacktest(jobId) ? this.backtests.job(at.workspaceId, jobId) : this.jobs.find(jobId);
  }
}
