import { Body, Controller, HttpCode, HttpStatus, Post, UseFilters } from '@nestjs/common';
import { ApiConsumes, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ClientSignIn } from '#libs/identity/application/client-sign-in';
import { SignIn, type SignedIn } from '#libs/identity/application/sign-in';
import { At, Door } from '../http/door.js';
import { FORM } from '../http/fastify.js';
import { Refuses } from '../http/refuses.js';
import { Public } from '../http/routes.js';
import { clientOf, granting, OAuthFilter, required } from './oauth.js';
import { TokenAnswer, TokenBody } from './token.dto.js';

/** The same sign-ins as `/auth/login` and `/auth/refresh`, as OAuth 2 libraries ask for them (RFC 6749). */
@ApiTags('Auth')
@Controller('auth')
export class TokenController {
  constructor(
    private readonly people: SignIn,
    private readonly clients: ClientSignIn,
  ) {}

  @Post('token')
  @HttpCode(HttpStatus.OK)
  @Public()
  @UseFilters(OAuthFilter)
  @RouteConfig(FORM)
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiOperation({ summary: 'A token for a password, for the credentials of a service account, or for a refresh token' })
  @Refuses('unauthenticated', 'token-expired', 'token-reused', 'validation-failed', 'rate-limited', 'overloaded')
  async token(@Body() body: TokenBody, @At() at: Door): Promise<TokenAnswer> {
    const client = clientOf(body, at.request.headers.authorization);
    if (body.grant_type === 'client_credentials')
      return granting('invalid_client', async () => {
        const { accessToken, expiresIn } = await this.clients.signIn(required(client), at.came, at.metadata);
        return { access_token: accessToken, token_type: 'Bearer', expires_in: expiresIn };
      });
    // A client that says who it is has to prove it, whatever it asks for.
    if (client?.secret) await granting('invalid_client', () => this.clients.check(client, at.came, at.metadata));
    return granting('invalid_grant', async () => answerOf(await this.person(body, at)));
  }

  private person(body: TokenBody, at: Door): Promise<SignedIn> {
    if (body.grant_type === 'refresh_token') return this.people.refresh(body.refresh_token!, at.metadata);
    const { username, password } = body;
    return this.people.login({ username: username!, password: password! }, at.came, at.metadata);
  }
}

const answerOf = ({ accessToken, expiresIn, refreshToken }: SignedIn): TokenAnswer => ({
  access_token: accessToken,
  token_type: 'Bearer',
  expires_in: expiresIn,
  refresh_token: refreshToken,
});
