import { Body, Controller, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { DecideCommand } from '#libs/reviews/application/commands/decide.handler';
import { At, Door } from '../http/door.js';
import { CommandRoute, Requires } from '../http/routes.js';
import { BulkDecideAnswer, BulkDecideBody } from './bulk-decide.dto.js';
import { ReviewDesk } from './review-desk.js';

@ApiTags('Reviews')
@Controller('reviews')
export class BulkDecideController {
  constructor(private readonly desk: ReviewDesk) {}

  @Post('bulk-decide')
  @HttpCode(HttpStatus.MULTI_STATUS)
  @Requires('review:decide')
  @CommandRoute({ key: 'required' })
  @ApiOperation({ summary: 'Decide up to 200 reviews; what one is refused does not touch the others' })
  @ApiResponse({ status: HttpStatus.MULTI_STATUS, type: BulkDecideAnswer })
  async decide(@Body() { items }: BulkDecideBody, @At() at: Door) {
    return { results: await this.desk.sendEach(at, DecideCommand, items) };
  }
}
