import { Body, Controller, Get, HttpCode, HttpStatus, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { SignIn } from '#libs/identity/application/sign-in';
import { SignOut } from '#libs/identity/application/sign-out';
import { At, Door } from '../http/door.js';
import { Refuses } from '../http/refuses.js';
import { CommandRoute, Public, Requires } from '../http/routes.js';
import {
  LoginBody,
  LogoutBody,
  MeAnswer,
  RefreshBody,
  SessionReceiptAnswer,
  SessionsAnswer,
  SignedInAnswer,
} from './auth.dto.js';
import { meAnswer, sessionsAnswer } from './auth.presenter.js';

@ApiTags('Auth')
@Controller('auth')
export class AuthController {
  constructor(
    private readonly signIn: SignIn,
    private readonly signOut: SignOut,
  ) {}

  @Post('login')
  @HttpCode(HttpStatus.OK)
  @Public()
  @ApiOperation({ summary: 'Sign in with a password' })
  @Refuses('unauthenticated', 'rate-limited', 'overloaded')
  login(@Body() body: LoginBody, @At() at: Door): Promise<SignedInAnswer> {
    return this.signIn.login(body, at.came, at.metadata) as Promise<SignedInAnswer>;
  }

  @Post('refresh')
  @HttpCode(HttpStatus.OK)
  @Public()
  @ApiOperation({ summary: 'Exchange a refresh token for new tokens; each is good for one exchange' })
  @Refuses('unauthenticated', 'token-expired', 'token-reused')
  refresh(@Body() body: RefreshBody, @At() at: Door): Promise<SignedInAnswer> {
    return this.signIn.refresh(body.refreshToken, at.metadata) as Promise<SignedInAnswer>;
  }

  @Post('logout')
  @HttpCode(HttpStatus.NO_CONTENT)
  @Requires()
  @ApiOperation({ summary: 'End the session; all its tokens are refused from now on' })
  logout(@Body() body: LogoutBody, @At() at: Door): Promise<void> {
    return this.signOut.logout(at.principal, body.refreshToken, at.metadata);
  }

  @Get('me')
  @Requires()
  @ApiOperation({ summary: 'Who is signed in, and what that person may do' })
  me(@At() at: Door): MeAnswer {
    return meAnswer(at.principal);
  }

  @Get('sessions')
  @Requires()
  @ApiOperation({ summary: "The caller's sign-ins that are still good, newest first" })
  async listSessions(@At() at: Door): Promise<SessionsAnswer> {
    return sessionsAnswer(await this.signOut.running(at.principal.userId), at.principal.sessionId);
  }

  @Post('sessions/:sessionId/revoke')
  @Requires()
  @CommandRoute({ key: 'optional', of: 'the session' })
  @ApiOperation({ summary: "End another of the caller's sessions; all its tokens are refused from now on" })
  @Refuses('not-found')
  revokeSession(@Param('sessionId') sessionId: string, @At() at: Door): Promise<SessionReceiptAnswer> {
    const revoked = this.signOut.revoke(at.principal, sessionId, at.metadata, at.options);
    return at.receipt(revoked, (status) => ({ status })) as Promise<SessionReceiptAnswer>;
  }
}
