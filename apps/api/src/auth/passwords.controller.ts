import { Body, Controller, HttpCode, HttpStatus, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ChangePassword } from '#libs/identity/application/change-password';
import { At, Door } from '../http/door.js';
import { Refuses } from '../http/refuses.js';
import { CommandRoute, Requires } from '../http/routes.js';
import { ChangePasswordBody, PasswordResetAnswer } from './auth.dto.js';

@ApiTags('Auth')
@Controller()
export class PasswordsController {
  constructor(private readonly passwords: ChangePassword) {}

  @Post('auth/change-password')
  @HttpCode(HttpStatus.NO_CONTENT)
  @Requires()
  @ApiOperation({ summary: "Choose another password; all the caller's other sessions end" })
  @Refuses('validation-failed', 'not-found', 'rate-limited', 'overloaded')
  change(@Body() body: ChangePasswordBody, @At() at: Door): Promise<void> {
    return this.passwords.change(at.principal, body, at.came.network, at.metadata);
  }

  @Post('users/:userId/reset-password')
  @Requires('user:manage')
  @CommandRoute({ key: 'optional', of: 'the password' })
  @ApiOperation({
    summary: "Replace somebody's password by a one-time secret, which is in this answer and nowhere else; sessions end",
  })
  @ApiCreatedResponse({ type: PasswordResetAnswer })
  @Refuses('not-found', 'invalid-state', 'revision-mismatch', 'idempotency-key-reused', 'overloaded')
  async reset(@Param('userId') userId: string, @At() at: Door) {
    const { outcome, secret } = await this.passwords.reset(userId, at.metadata, at.options);
    const body = { oneTimeSecret: secret?.text ?? null, expiresAt: secret?.until.toISOString() ?? null };
    return at.receipt(
      Promise.resolve(outcome),
      (password) => ({ password }),
      () => ({ body }),
    );
  }
}
