import { Controller, Get, Query } from '@nestjs/common';
import { ApiExtraModels, ApiHeader, ApiOkResponse, ApiOperation, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { At, Door } from '../http/door.js';
import { Refuses } from '../http/refuses.js';
import { Requires } from '../http/routes.js';
import { EventStreams } from './event-streams.js';
import { LiveEventAnswer, StreamQuery } from './stream.dto.js';

@ApiTags('Stream')
@Controller('stream')
@Requires('review:read')
export class StreamController {
  constructor(private readonly streams: EventStreams) {}

  @Get()
  @ApiOperation({
    summary: 'What happens to the reviews that the caller may see, as it happens',
    description:
      'Server-sent events in the order of the log, thin: read what you need with your own rights. `id:` is a Consistency-Token; sent as Last-Event-ID it goes on exactly there. Ends when the session or the permission does.',
  })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'The last id received, or the Consistency-Token of any answer; without it: from now on.',
    schema: { type: 'string', maxLength: 300 },
  })
  @ApiExtraModels(LiveEventAnswer)
  @ApiOkResponse({
    description: 'What `data:` of each event holds.',
    content: { 'text/event-stream': { schema: { $ref: getSchemaPath(LiveEventAnswer) } } },
  })
  @Refuses('unknown-parameter', 'invalid-parameter', 'rate-limited')
  open(@Query() { lastEventId }: StreamQuery, @At() at: Door) {
    const header = at.request.headers['last-event-id'];
    return this.streams.answer(at, typeof header === 'string' ? header : lastEventId);
  }
}
