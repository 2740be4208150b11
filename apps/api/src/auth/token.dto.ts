import { IsIn, IsOptional, IsString, Length, ValidateIf } from 'class-validator';

export const grantTypes = ['password', 'client_credentials', 'refresh_token'] as const;
const needs = (type: (typeof grantTypes)[number]) => ValidateIf(({ grant_type }: TokenBody) => grant_type === type);

/** Members as RFC 6749 names them; those of the other grants are not looked at. */
export class TokenBody {
  /** password, client_credentials or refresh_token */
  @IsIn(grantTypes)
  grant_type!: string;

  /** With `password`. */
  @needs('password')
  @IsString()
  @Length(1, 200)
  username?: string;

  /** With `password`. */
  @needs('password')
  @IsString()
  @Length(1, 1024)
  password?: string;

  /** With `refresh_token`. */
  @needs('refresh_token')
  @IsString()
  @Length(1, 200)
  refresh_token?: string;

  /** With `client_credentials`, unless it comes by HTTP Basic. */
  @IsOptional()
  @IsString()
  @Length(0, 200)
  client_id?: string;

  /** With `client_credentials`, unless it comes by HTTP Basic. */
  @IsOptional()
  @IsString()
  @Length(0, 200)
  client_secret?: string;

  /** Taken, and of no effect: a token may do what its owner may at each moment. */
  @IsOptional()
  @IsString()
  @Length(0, 1000)
  scope?: string;
}

export class TokenAnswer {
  access_token!: string;
  /** @example Bearer */
  token_type!: string;
  /** Seconds. */
  expires_in!: number;
  /** Not for service accounts: they ask again. */
  refresh_token?: string;
}
