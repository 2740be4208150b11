import { IsOptional, IsString, Length } from 'class-validator';
import { Secret } from '../http/dto.js';
import { ReceiptAnswer } from '../http/answers.dto.js';

export class LoginBody {
  /** @example officer */
  @IsString()
  @Length(1, 200)
  username!: string;

  /** @example countersign-demo */
  @IsString()
  @Length(1, 1024)
  password!: string;
}

export class ChangePasswordBody {
  /** Also a one-time secret that the caller has signed in with. */
  @Secret()
  @IsString()
  @Length(1, 1024)
  currentPassword!: string;

  /** 12 to 256 characters. */
  @Secret()
  @IsString()
  @Length(1, 1024)
  newPassword!: string;
}

export class RefreshBody {
  @IsString()
  @Length(1, 200)
  refreshToken!: string;
}

export class LogoutBody {
  /** Its session ends too when it is the caller's. */
  @IsOptional()
  @IsString()
  @Length(1, 200)
  refreshToken?: string;
}

export class SignedInUser {
  /** @example 3b8fd6c0-9a53-5c3e-9a53-6f1d2c9e8b47 */
  id!: string;
  /** @example officer */
  username!: string;
  /** @example ["officer"] */
  roles!: string[];
  /** @example demo */
  workspaceId!: string;
}

export class SignedInAnswer {
  accessToken!: string;
  /** Good for one exchange, within seven days. */
  refreshToken!: string;
  /**
   * Seconds until the access token expires.
   * @example 3600
   */
  expiresIn!: number;
  user!: SignedInUser;
}

export class GrantAnswer {
  /** @example review:decide */
  permission!: string;
  /** own, branch, workspace, or read (the workspace, by safe methods only). */
  scope!: string;
}

export class MeAnswer {
  user!: SignedInUser;
  permissions!: GrantAnswer[];
}

export class SessionAnswer {
  id!: string;
  createdAt!: string;
  refreshedAt!: string;
  expiresAt!: string;
  userAgent!: string | null;
  /** The session of this very request. */
  current!: boolean;
}

export class SessionsAnswer {
  data!: SessionAnswer[];
}

export class SessionStateAnswer {
  /**
   * running (in a dry run) or revoked
   * @example revoked
   */
  status!: string;
}

export class SessionReceiptAnswer extends ReceiptAnswer {
  state!: SessionStateAnswer;
}

/** RFC 7517 */
export class KeyAnswer {
  kid!: string;
  /** @example OKP */
  kty!: string;
  /** @example Ed25519 */
  crv!: string;
  /** @example EdDSA */
  alg!: string;
  /** @example sig */
  use!: string;
  x!: string;
}

export class KeySetAnswer {
  keys!: KeyAnswer[];
}

export class PasswordStateAnswer {
  /**
   * own, or reset until its owner chooses another one
   * @example reset
   */
  password!: string;
}

export class PasswordResetAnswer extends ReceiptAnswer {
  state!: PasswordStateAnswer;
  /** Good for one sign-in; null in a dry run and in the answer to a repeated command. */
  oneTimeSecret!: string | null;
  /** Until when it is good. */
  expiresAt!: string | null;
}
