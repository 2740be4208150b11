import { ArrayMaxSize, IsArray, IsIn, IsOptional, IsString, Length, Matches } from 'class-validator';
import { EMAIL, EMAIL_HINT } from '#libs/identity/domain/email';
import { rolesOfPeople } from '#libs/identity/domain/permissions';
import { USERNAME, USERNAME_HINT } from '#libs/identity/domain/username';
import { userStatuses } from '#libs/identity/domain/user.state';
import { PageAnswer, ReceiptAnswer } from '../http/answers.dto.js';
import { anId, Clearable, IsAnyOf, IsId, IsInstant, IsText } from '../http/dto.js';
import { PageQuery } from '../http/paging.dto.js';

const LONGEST_NAME = 200;
const LONGEST_REASON = 2_000;
export class CreateUserBody {
  /**
   * What the person signs in with: unique in the installation, and never changed.
   * @example ann.archer
   */
  @Length(1, 200)
  @Matches(USERNAME, { message: USERNAME_HINT })
  username!: string;

  /** @example Ann Archer */
  @IsOptional()
  @IsText(LONGEST_NAME)
  displayName?: string;

  /** @example Ann */
  @IsOptional()
  @IsText(LONGEST_NAME)
  firstName?: string;

  /** @example Archer */
  @IsOptional()
  @IsText(LONGEST_NAME)
  lastName?: string;

  /**
   * Unique in the workspace.
   * @example ann.archer@bank.example
   */
  @IsOptional()
  @Matches(EMAIL, { message: EMAIL_HINT })
  email?: string;

  /**
   * admin, manager, officer, viewer, auditor or assistant; from now on, for good. Those of the position unless told.
   * @example ["officer"]
   */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(10)
  @IsIn(rolesOfPeople, { each: true, message: `each of roles must be one of ${rolesOfPeople.join(', ')}.` })
  roles?: string[];

  /** The root branch unless told. */
  @IsOptional()
  @IsId()
  branchId?: string;

  @IsOptional()
  @IsId()
  departmentId?: string;

  @IsOptional()
  @IsId()
  positionId?: string;

  /** Whom the person reports to. */
  @IsOptional()
  @IsId()
  managerId?: string;
}

/** Only what is given changes; null takes it away. */
export class ChangeUserBody {
  @Clearable()
  @IsOptional()
  @IsText(LONGEST_NAME)
  displayName?: string | null;

  @Clearable()
  @IsOptional()
  @IsText(LONGEST_NAME)
  firstName?: string | null;

  @Clearable()
  @IsOptional()
  @IsText(LONGEST_NAME)
  lastName?: string | null;

  @Clearable()
  @IsOptional()
  @Matches(EMAIL, { message: EMAIL_HINT })
  email?: string | null;

  @IsOptional()
  @IsId()
  branchId?: string;

  @Clearable()
  @IsOptional()
  @IsId()
  departmentId?: string | null;

  @Clearable()
  @IsOptional()
  @IsId()
  positionId?: string | null;

  @Clearable()
  @IsOptional()
  @IsId()
  managerId?: string | null;
}

export class StandingBody {
  @IsOptional()
  @IsText(LONGEST_REASON)
  reason?: string;
}

export class GrantRoleBody {
  /** admin, manager, officer, viewer, auditor or assistant */
  @IsIn(rolesOfPeople, { message: `role must be one of ${rolesOfPeople.join(', ')}.` })
  role!: string;

  /** From when on; now unless told. What was said before about the role and the time after it is void. */
  @IsOptional()
  @IsInstant()
  from?: string;

  /** The first instant it is held no more; for good unless told. */
  @IsOptional()
  @IsInstant()
  to?: string;

  @IsOptional()
  @IsText(LONGEST_REASON)
  reason?: string;
}

export class RevokeRoleBody {
  /** admin, manager, officer, viewer, auditor or assistant */
  @IsIn(rolesOfPeople, { message: `role must be one of ${rolesOfPeople.join(', ')}.` })
  role!: string;

  @IsOptional()
  @IsText(LONGEST_REASON)
  reason?: string;
}

export class UsersQuery extends PageQuery {
  /** active, suspended or deactivated */
  @IsOptional()
  @IsAnyOf(userStatuses, 'a status of a user')
  status?: string;

  /** Roles held at the time. */
  @IsOptional()
  @IsAnyOf(rolesOfPeople, 'a role of people')
  role?: string;

  @IsOptional()
  @IsAnyOf(anId, 'a branch')
  branch?: string;

  @IsOptional()
  @IsAnyOf(anId, 'a department')
  department?: string;

  @IsOptional()
  @IsAnyOf(anId, 'a position')
  position?: string;

  /** Words, each of which is in one of the names or the e-mail address, in any order and case. */
  @IsOptional()
  @IsString()
  @Length(1, 200)
  text?: string;

  /** As they were at this time (RFC 3339); one to come is now. */
  @IsOptional()
  @IsInstant()
  asOf?: string;
}

export class RoleHeldAnswer {
  /** @example officer */
  role!: string;
  from!: string;
  /** The first instant it is held no more; null = for good. */
  to!: string | null;
}

export class AbsenceAnswer {
  id!: string;
  from!: string;
  until!: string;
  /** The person who acts meanwhile. */
  substitute!: string | null;
  reason!: string | null;
}

export class UserAnswer {
  id!: string;
  /** Null when the person was erased, as all names then. */
  username!: string | null;
  displayName!: string | null;
  firstName!: string | null;
  lastName!: string | null;
  email!: string | null;
  /**
   * active, suspended or deactivated
   * @example active
   */
  status!: string;
  branchId!: string;
  departmentId!: string | null;
  positionId!: string | null;
  managerId!: string | null;
  /** Those that hold, and those to come. */
  roles!: RoleHeldAnswer[];
  /** Those that last, and those to come. */
  absences!: AbsenceAnswer[];
  registeredAt!: string;
}

export class UsersAnswer {
  data!: UserAnswer[];
  page!: PageAnswer;
}

export class UserStateAnswer {
  /** active, suspended or deactivated */
  status!: string;
  roles!: RoleHeldAnswer[];
}

export class UserReceiptAnswer extends ReceiptAnswer {
  state!: UserStateAnswer;
}

export class UserCreatedAnswer extends UserReceiptAnswer {
  userId!: string;
  /** To sign in with, once, and then to choose a password; null in a dry run and in the answer to a repeated command. */
  oneTimeSecret!: string | null;
  /** Until when it is good. */
  expiresAt!: string | null;
}
