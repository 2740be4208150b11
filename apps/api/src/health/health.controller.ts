import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { At, Door } from '../http/door.js';
import { Public } from '../http/routes.js';
import { LiveAnswer, ReadyAnswer } from './health.dto.js';
import { Readiness } from './readiness.js';

@ApiTags('Health')
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Get('live')
  @Public()
  @ApiOperation({ summary: 'The process runs' })
  live(): LiveAnswer {
    return { status: 'ok' };
  }

  @Get('ready')
  @Public()
  @ApiOperation({ summary: 'The process can do its work' })
  @ApiResponse({ status: 503, description: 'It cannot yet, or not now.', type: ReadyAnswer })
  async ready(@At() at: Door): Promise<ReadyAnswer> {
    return at.status(await this.readiness.check(), ({ status }) => (status === 'ready' ? 200 : 503));
  }
}
