import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { NotFound } from '#libs/event-store/application/errors';
import { Refuses } from '../http/refuses.js';
import { Requires } from '../http/routes.js';
import { EnumAnswer, EnumsAnswer } from './enum.dto.js';
import { enumList } from './enum-list.js';

@ApiTags('Enums')
@Controller('enums')
@Requires()
export class EnumsController {
  @Get()
  @ApiOperation({ summary: 'Every set of values that requests choose from, by name' })
  @ApiOkResponse({ type: EnumsAnswer })
  list(): EnumsAnswer {
    return { data: [...enumList.values()] };
  }

  @Get(':name')
  @ApiOperation({ summary: 'One set of values, in order, with what may follow what' })
  @ApiOkResponse({ type: EnumAnswer })
  @Refuses('not-found')
  one(@Param('name') name: string): EnumAnswer {
    const found = enumList.get(name);
    if (!found) throw new NotFound('There is no enum of this name.');
    return found;
  }
}
