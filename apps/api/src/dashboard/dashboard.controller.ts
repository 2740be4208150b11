import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Dashboard } from '#libs/reviews/infrastructure/read-models/dashboard/dashboard-summary.query';
import { At, Door } from '../http/door.js';
import { Refuses } from '../http/refuses.js';
import { Requires } from '../http/routes.js';
import { SummaryAnswer } from './dashboard.dto.js';

@ApiTags('Dashboard')
@Controller('dashboard')
@Requires('dashboard:read')
export class DashboardController {
  constructor(private readonly dashboard: Dashboard) {}

  @Get('summary')
  @ApiOperation({ summary: 'Counts, kept up to date while reviews move' })
  @ApiOkResponse({ type: SummaryAnswer })
  @Refuses('read-model-behind')
  summary(@At() at: Door) {
    const request = { access: at.access('dashboard:read'), now: at.metadata.now };
    return at.eventual('core', () => this.dashboard.summary(request));
  }
}
