import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { AccessTokens } from '#libs/identity/application/access-tokens';
import { Public } from '../http/routes.js';
import { KeySetAnswer } from './auth.dto.js';

@ApiTags('Auth')
@Controller('.well-known')
export class KeysController {
  constructor(private readonly tokens: AccessTokens) {}

  @Get('jwks.json')
  @Public()
  @ApiOperation({ summary: 'The public keys that access tokens are checked with; none while they are signed by HS256' })
  keys(): KeySetAnswer {
    return { keys: [...this.tokens.publicKeys()] };
  }
}
