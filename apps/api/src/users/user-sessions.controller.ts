import { Controller, Get, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { SignOut } from '#libs/identity/application/sign-out';
import { UserQueries } from '#libs/identity/application/user-queries';
import { SessionReceiptAnswer, SessionsAnswer } from '../auth/auth.dto.js';
import { sessionsAnswer } from '../auth/auth.presenter.js';
import { At, Door } from '../http/door.js';
import { Refuses } from '../http/refuses.js';
import { CommandRoute, Requires } from '../http/routes.js';

/** The sign-ins of others, for administrators: where somebody is signed in is not for every colleague to read. */
@ApiTags('Users')
@Controller('users/:userId/sessions')
@Requires('session:manage')
export class UserSessionsController {
  constructor(
    private readonly users: UserQueries,
    private readonly signOut: SignOut,
  ) {}

  @Get()
  @ApiOperation({ summary: "A person's sign-ins that are still good, newest first" })
  @ApiOkResponse({ type: SessionsAnswer })
  @Refuses('not-found')
  async list(@Param('userId') userId: string, @At() at: Door): Promise<SessionsAnswer> {
    await this.users.one(at.workspaceId, userId);
    return sessionsAnswer(await this.signOut.running(userId), at.principal.sessionId);
  }

  @Post(':sessionId/revoke')
  @CommandRoute({ key: 'optional', of: 'the session' })
  @ApiOperation({ summary: "End a person's session; all its tokens are refused from now on" })
  @ApiCreatedResponse({ type: SessionReceiptAnswer })
  @Refuses('not-found', 'revision-mismatch', 'idempotency-key-reused')
  revoke(@Param('userId') userId: string, @Param('sessionId') sessionId: string, @At() at: Door) {
    const revoked = this.signOut.revokeFor(userId, sessionId, at.metadata, at.options);
    return at.receipt(revoked, (status) => ({ status }));
  }
}
