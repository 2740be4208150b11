import { Module, type DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Database } from '#libs/postgres/infrastructure/database';
import { AccessRecords } from './application/access-records.js';
import { AccessState } from './application/access-state.js';
import { AccessTokens } from './application/access-tokens.js';
import { Authenticator } from './application/authenticator.js';
import { changeUserHandlers } from './application/commands/change-user.handlers.js';
import { RegisterUserHandler } from './application/commands/register-user.handler.js';
import { ChangePassword } from './application/change-password.js';
import { ClientSecrets } from './application/client-secrets.js';
import { ClientSignIn } from './application/client-sign-in.js';
import { CredentialStreams } from './application/credential-streams.js';
import { Credentials } from './application/credentials.js';
import { Directory } from './application/directory.js';
import { EmailClaims } from './application/email-claims.js';
import { LoginFailures } from './application/login-failures.js';
import { NewUsers } from './application/new-users.js';
import { OneTimeSecrets } from './application/one-time-secrets.js';
import { PasswordCheck } from './application/password-check.js';
import { Passwords } from './application/passwords.js';
import { PeopleList } from './application/people-list.js';
import { PermissionQueries } from './application/permission-queries.js';
import { RefreshTokens } from './application/refresh-tokens.js';
import { RefusalStreams } from './application/refusal-streams.js';
import { ServiceAccountStreams } from './application/service-account-streams.js';
import { ServiceAccounts } from './application/service-accounts.js';
import { SessionOpening } from './application/session-opening.js';
import { SessionStreams } from './application/session-streams.js';
import { Sessions } from './application/sessions.js';
import { SignIn } from './application/sign-in.js';
import { SignOut } from './application/sign-out.js';
import { ErasureStreams } from './application/erasure-streams.js';
import { HashingSlots } from './application/slots.js';
import { TokenAuthenticator } from './application/token-authenticator.js';
import { UserFacts } from './application/user-facts.js';
import { UserOrders } from './application/user-orders.js';
import { UserQueries } from './application/user-queries.js';
import { UserStreams } from './application/user-streams.js';
import { UsernameClaims } from './application/username-claims.js';
import { WorkspaceStreams } from './application/workspace-streams.js';
import { Argon2Passwords } from './infrastructure/argon2-passwords.js';
import { JwtAccessTokens } from './infrastructure/jwt-access-tokens.js';
import { PostgresClientSecrets } from './infrastructure/postgres-client-secrets.js';
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
  /** Wrong passwords from one network before it has to wait; 0 = networks are not counted. */
  readonly wrongPasswordsPerNetwork: number;
}

/** Users, sessions, permissions. Needs EventStore, Codec, SubjectKeys, Database, Clock and Places from global modules. */
@Module({})
export class IdentityModule {
  static register({ signingKeys, accessTokenSeconds, wrongPasswordsPerNetwork }: IdentityOptions): DynamicModule {
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
        {
          provide: LoginFailures,
          inject: [Database],
          useFactory: (database: Database) => new PostgresLoginFailures(database, wrongPasswordsPerNetwork),
        },
        { provide: ClientSecrets, useClass: PostgresClientSecrets },
        { provide: Sessions, useClass: PostgresSessions },
        HashingSlots,
        PasswordCheck,
        ChangePassword,
        CredentialStreams,
        ServiceAccounts,
        ServiceAccountStreams,
        ClientSignIn,
        SessionStreams,
        SessionOpening,
        AccessRecords,
        RefusalStreams,
        UserStreams,
        UserFacts,
        UserOrders,
        UserQueries,
        PeopleList,
        PermissionQueries,
        NewUsers,
        OneTimeSecrets,
        UsernameClaims,
        ErasureStreams,
        WorkspaceStreams,
        EmailClaims,
        SignIn,
        SignOut,
        RegisterUserHandler,
        ...changeUserHandlers,
      ],
      exports: [
        AccessRecords,
        AccessState,
        AccessTokens,
        Authenticator,
        ChangePassword,
        ClientSignIn,
        Directory,
        ErasureStreams,
        NewUsers,
        PeopleList,
        PermissionQueries,
        ServiceAccounts,
        Sessions,
        SignIn,
        SignOut,
        UserOrders,
        UserQueries,
        UserStreams,
        WorkspaceStreams,
      ],
    };
  }
}
