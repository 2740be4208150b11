import { Module, type DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { AccessState } from './application/access-state.js';
import { AccessTokens } from './application/access-tokens.js';
import { Authenticator } from './application/authenticator.js';
import {
  DeactivateUserHandler,
  GrantRoleHandler,
  RevokeRoleHandler,
} from './application/commands/change-user.handlers.js';
import { RegisterUserHandler } from './application/commands/register-user.handler.js';
import { Credentials } from './application/credentials.js';
import { Directory } from './application/directory.js';
import { LoginFailures } from './application/login-failures.js';
import { Passwords } from './application/passwords.js';
import { RefreshTokens } from './application/refresh-tokens.js';
import { SessionStreams } from './application/session-streams.js';
import { Sessions } from './application/sessions.js';
import { SignIn } from './application/sign-in.js';
import { SignOut } from './application/sign-out.js';
import { TokenAuthenticator } from './application/token-authenticator.js';
import { UserStreams } from './application/user-streams.js';
import { UsernameClaims } from './application/username-claims.js';
import { Argon2Passwords } from './infrastructure/argon2-passwords.js';
import { JwtAccessTokens } from './infrastructure/jwt-access-tokens.js';
import { PostgresCredentials } from './infrastructure/postgres-credentials.js';
import { PostgresLoginFailures } from './infrastructure/postgres-login-failures.js';
import { PostgresSessions } from './infrastructure/postgres-sessions.js';
import { RandomRefreshTokens } from './infrastructure/random-refresh-tokens.js';
import type { SigningKey } from './infrastructure/signing-key.js';

export interface IdentityOptions {
  /** The first that can sign does, all are accepted. */
  readonly signingKeys: readonly [SigningKey, ...SigningKey[]];
  /** Life of an access token in seconds. */
  readonly accessTokenSeconds: number;
}

/** Users, sessions, permissions. Needs EventStore, Codec, SubjectKeys, Database and Clock from a global module. */
@Module({})
export class IdentityModule {
  static register({ signingKeys, accessTokenSeconds }: IdentityOptions): DynamicModule {
    return {
      module: IdentityModule,
      global: true,
      imports: [CqrsModule],
      providers: [
        AccessState,
        { provide: Directory, useExisting: AccessState },
        { provide: Authenticator, useClass: TokenAuthenticator },
        { provide: AccessTokens, useFactory: () => new JwtAccessTokens(signingKeys, accessTokenSeconds) },
        { provide: RefreshTokens, useClass: RandomRefreshTokens },
        { provide: Passwords, useClass: Argon2Passwords },
        { provide: Credentials, useClass: PostgresCredentials },
        { provide: LoginFailures, useClass: PostgresLoginFailures },
        { provide: Sessions, useClass: PostgresSessions },
        SessionStreams,
        UserStreams,
        UsernameClaims,
        SignIn,
        SignOut,
        RegisterUserHandler,
        GrantRoleHandler,
        RevokeRoleHandler,
        DeactivateUserHandler,
      ],
      exports: [AccessState, AccessTokens, Directory, Authenticator, SignIn, SignOut, Sessions, UserStreams],
    };
  }
}
