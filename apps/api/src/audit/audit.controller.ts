import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AuditStream } from '#libs/audit/infrastructure/audit-stream.query';
import { AuditTrail } from '#libs/audit/infrastructure/read-models/audit-trail/audit-trail.query';
import { EventRegistry } from '#libs/event-store/application/event-registry';
import { At, Door } from '../http/door.js';
import { PageQuery } from '../http/paging.dto.js';
import { Refuses } from '../http/refuses.js';
import { Requires } from '../http/routes.js';
import { AuditTrailAnswer, StreamEventsAnswer, TrailQuery } from './audit.dto.js';
import { trailFiltersOf } from './audit.presenter.js';

@ApiTags('Audit')
@Controller('audit')
@Requires('audit:read')
export class AuditController {
  constructor(
    private readonly trail: AuditTrail,
    private readonly streams: AuditStream,
    private readonly registry: EventRegistry,
  ) {}

  @Get('trail')
  @ApiOperation({ summary: 'Every recorded event as one readable line, newest first' })
  @ApiOkResponse({ type: AuditTrailAnswer })
  @Refuses('unknown-parameter', 'invalid-parameter', 'invalid-cursor', 'read-model-behind')
  list(@Query() query: TrailQuery, @At() at: Door) {
    const request = { ...trailFiltersOf(query, this.registry.types()), access: at.access('audit:read') };
    return at.eventual('core', () => this.trail.list(request));
  }

  @Get('streams/:stream/events')
  @ApiOperation({ summary: 'The recorded events of one stream, oldest first' })
  @ApiOkResponse({ type: StreamEventsAnswer })
  @Refuses('invalid-parameter', 'invalid-cursor', 'not-found')
  events(@Param('stream') stream: string, @Query() query: PageQuery, @At() at: Door) {
    return at.eventual('core', () => this.streams.events({ ...query, stream, access: at.access('audit:read') }));
  }
}
