import { IsArray, IsIn, IsInt, IsOptional, IsString, Matches, Max, Min } from 'class-validator';
import { grantScopes } from '#libs/identity/domain/permissions';
import { PageAnswer, ReceiptAnswer } from '../http/answers.dto.js';
import { IsId, Nested } from '../http/dto.js';

/** What an account of a program is. */
export const accountRoles = ['service', 'assistant'] as const;

export class GrantBody {
  /**
   * workflow:read, review:read, review:start, dashboard:read or system:operate
   * @example review:start
   */
  @IsString()
  @Matches(/^[a-z:-]{1,60}$/, { message: 'permission must be the name of a permission.' })
  permission!: string;

  /** own, branch or workspace */
  @IsIn(grantScopes)
  scope!: string;
}

export class WithdrawGrantBody {
  /** @example review:start */
  @IsString()
  @Matches(/^[a-z:-]{1,60}$/, { message: 'permission must be the name of a permission.' })
  permission!: string;
}

export class CreateServiceAccountBody {
  /**
   * Unique among those of the workspace that are active.
   * @example loan-portal
   */
  @IsString()
  @Matches(/^[a-z0-9][a-z0-9-]{0,62}$/, { message: 'name must be of the form a-z, 0-9 and -, at most 63 characters.' })
  name!: string;

  /** service (unless told) is granted its permissions one by one; assistant hands in drafts and is granted nothing. */
  @IsOptional()
  @IsIn(accountRoles)
  role?: string;

  /** The root branch unless told. */
  @IsOptional()
  @IsId()
  branchId?: string;

  @IsOptional()
  @IsArray()
  @Nested(() => GrantBody, { each: true })
  grants?: GrantBody[];
}

export class RotateSecretBody {
  /** How long the secret before is still good; not at all unless told, a week at most. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(10_080)
  overlapMinutes?: number;
}

export class ServiceGrantAnswer {
  permission!: string;
  scope!: string;
}

export class ServiceAccountAnswer {
  /** Also its client id. */
  id!: string;
  /** @example loan-portal */
  name!: string;
  /** service or assistant */
  role!: string;
  /** active or deactivated */
  status!: string;
  branchId!: string;
  grants!: ServiceGrantAnswer[];
  createdAt!: string;
}

export class ServiceAccountsAnswer {
  data!: ServiceAccountAnswer[];
  page!: PageAnswer;
}

export class ServiceAccountStateAnswer {
  /** active or deactivated */
  status!: string;
  grants!: ServiceGrantAnswer[];
}

export class ServiceAccountReceiptAnswer extends ReceiptAnswer {
  state!: ServiceAccountStateAnswer;
}

export class ClientSecretReceiptAnswer extends ServiceAccountReceiptAnswer {
  clientId!: string;
  /** Null in a dry run, and when it was made before: a repeated command makes it only where the first try broke off. */
  clientSecret!: string | null;
}
