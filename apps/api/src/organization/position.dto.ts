import { ArrayMaxSize, IsArray, IsIn, IsOptional, IsString, Length, Matches } from 'class-validator';
import { rolesOfPeople } from '#libs/identity/domain/permissions';
import { PageAnswer, ReceiptAnswer } from '../http/answers.dto.js';
import { Clearable, IsAnyOf, IsInstant, IsText, Nested } from '../http/dto.js';
import { PageQuery } from '../http/paging.dto.js';

const CODE = /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/;
const LONGEST_TITLE = 200;

/** An amount in minor units of a currency. */
export class ApprovalLimitBody {
  /** @example "5000000" */
  @Matches(/^(0|[1-9]\d{0,38})$/, { message: 'amountMinor must be a whole number as text.' })
  amountMinor!: string;

  /** @example EUR */
  @Matches(/^[A-Z]{3}$/, { message: 'currency must be three capital letters.' })
  currency!: string;
}

/** Only what is given changes; null takes it away. */
export class ChangePositionBody {
  /** @example Credit officer */
  @IsOptional()
  @IsText(LONGEST_TITLE)
  title?: string;

  /** The code of an active department. */
  @Clearable()
  @IsOptional()
  @Matches(CODE, { message: 'departmentId must be a code.' })
  departmentId?: string | null;

  /** @example B2 */
  @Clearable()
  @IsOptional()
  @IsText(40)
  grade?: string | null;

  /** What somebody in it is to approve at most: for people to read, rules of workflows hold by themselves. */
  @Clearable()
  @IsOptional()
  @Nested(() => ApprovalLimitBody)
  approvalLimit?: ApprovalLimitBody | null;

  /**
   * What a person who is made known in it holds, unless told.
   * @example ["officer"]
   */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(10)
  @IsIn(rolesOfPeople, { each: true, message: `each of defaultRoles must be one of ${rolesOfPeople.join(', ')}.` })
  defaultRoles?: string[];
}

export class OpenPositionBody extends ChangePositionBody {
  /**
   * Never changes, and is its id; unique in the workspace, whatever the case of its letters.
   * @example CREDIT-OFFICER
   */
  @Matches(CODE, { message: 'code must be 1 to 32 letters, digits, _ and -.' })
  code!: string;

  /** @example Credit officer */
  @IsText(LONGEST_TITLE)
  declare title: string;
}

export class PositionsQuery extends PageQuery {
  /** Part of the code or the title, in any case. */
  @IsOptional()
  @IsString()
  @Length(1, 200)
  text?: string;

  @IsOptional()
  @IsAnyOf(CODE, 'the code of a department')
  department?: string;

  /** true or false */
  @IsOptional()
  @IsIn(['true', 'false'], { message: 'active must be true or false.' })
  active?: string;

  /** As they were at this time (RFC 3339). */
  @IsOptional()
  @IsInstant()
  asOf?: string;
}

export class ApprovalLimitAnswer {
  amountMinor!: string;
  currency!: string;
}

export class PositionAnswer {
  /** Its code. */
  id!: string;
  code!: string;
  title!: string;
  departmentId!: string | null;
  grade!: string | null;
  approvalLimit!: ApprovalLimitAnswer | null;
  defaultRoles!: string[];
  active!: boolean;
  revision!: number;
}

export class PositionsAnswer {
  data!: PositionAnswer[];
  page!: PageAnswer;
}

export class PositionStateAnswer {
  active!: boolean;
}

export class PositionReceiptAnswer extends ReceiptAnswer {
  state!: PositionStateAnswer;
  positionId!: string;
}
