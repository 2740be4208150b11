import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Bottlenecks } from '#libs/reviews/infrastructure/read-models/dashboard/bottlenecks.query';
import { Dashboard } from '#libs/reviews/infrastructure/read-models/dashboard/dashboard-summary.query';
import { Promises } from '#libs/reviews/infrastructure/read-models/dashboard/promises.query';
import { Workloads } from '#libs/reviews/infrastructure/read-models/dashboard/workload.query';
import { At, Door } from '../http/door.js';
import { Refuses } from '../http/refuses.js';
import { Requires } from '../http/routes.js';
import { BottlenecksAnswer, SlaAnswer, SummaryAnswer, WorkloadAnswer, WorkQuery } from './dashboard.dto.js';
import { bottlenecksBody, requestOf, slaBody, workloadBody } from './dashboard.presenter.js';

@ApiTags('Dashboard')
@Controller('dashboard')
@Requires('dashboard:read')
export class DashboardController {
  constructor(
    private readonly dashboard: Dashboard,
    private readonly waiting: Bottlenecks,
    private readonly workloads: Workloads,
    private readonly promises: Promises,
  ) {}

  @Get('summary')
  @ApiOperation({ summary: 'Counts, kept up to date while reviews move' })
  @ApiOkResponse({ type: SummaryAnswer })
  @Refuses('read-model-behind')
  summary(@At() at: Door) {
    const request = { access: at.access('dashboard:read'), now: at.metadata.now };
    return at.eventual('core', () => this.dashboard.summary(request));
  }

  @Get('bottlenecks')
  @ApiOperation({ summary: 'Where reviews wait: by workflow and step, for whom, since when, and how long it takes' })
  @ApiOkResponse({ type: BottlenecksAnswer })
  @Refuses('unknown-parameter', 'invalid-parameter', 'read-model-behind')
  bottlenecks(@Query() query: WorkQuery, @At() at: Door) {
    const request = requestOf(query, at.access('dashboard:read'), at.metadata.now);
    return at.eventual('work', async () => bottlenecksBody(await this.waiting.list(request)));
  }

  @Get('workload')
  @ApiOperation({ summary: 'How much each person and role has to do, and how soon they decide' })
  @ApiOkResponse({ type: WorkloadAnswer })
  @Refuses('unknown-parameter', 'invalid-parameter', 'read-model-behind')
  workload(@Query() query: WorkQuery, @At() at: Door) {
    const request = requestOf(query, at.access('dashboard:read'), at.metadata.now);
    return at.eventual('work', async () => workloadBody(await this.workloads.list(request)));
  }

  @Get('sla')
  @ApiOperation({ summary: 'Which budgets are kept, by workflow and step, and whose time was used' })
  @ApiOkResponse({ type: SlaAnswer })
  @Refuses('unknown-parameter', 'invalid-parameter', 'read-model-behind')
  sla(@Query() query: WorkQuery, @At() at: Door) {
    const request = requestOf(query, at.access('dashboard:read'), at.metadata.now);
    return at.eventual('work', async () => slaBody(await this.promises.list(request)));
  }
}
