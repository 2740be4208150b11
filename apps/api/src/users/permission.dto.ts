import { IsOptional } from 'class-validator';
import { permissions } from '#libs/identity/domain/permissions';
import { GrantAnswer } from '../auth/auth.dto.js';
import { PageAnswer } from '../http/answers.dto.js';
import { anId, IsAnyOf, IsInstant } from '../http/dto.js';
import { PageQuery } from '../http/paging.dto.js';

export class PermissionsQuery extends PageQuery {
  /** Ids of users and service accounts: what can they do? */
  @IsOptional()
  @IsAnyOf(anId, 'a user id')
  user?: string;

  /** Who can do that? */
  @IsOptional()
  @IsAnyOf(permissions, 'a permission')
  permission?: string;

  /** As it was at this time (RFC 3339); one to come is now. */
  @IsOptional()
  @IsInstant()
  asOf?: string;
}

export class PermissionHeldAnswer {
  userId!: string;
  /** user or service */
  kind!: string;
  /** @example review:decide */
  permission!: string;
  /** own, branch, workspace, or read (the workspace, by safe methods only). */
  scope!: string;
  /**
   * What gives the right: roles, or a grant to a service account.
   * @example ["role:manager"]
   */
  via!: string[];
}

export class PermissionsAnswer {
  data!: PermissionHeldAnswer[];
  page!: PageAnswer;
}

export class RoleAnswer {
  /** @example manager */
  role!: string;
  /** What it lets do, in this version of the program. */
  permissions!: GrantAnswer[];
  /** How many active people and service accounts hold it. */
  holders!: number;
}

export class RolesAnswer {
  data!: RoleAnswer[];
}
