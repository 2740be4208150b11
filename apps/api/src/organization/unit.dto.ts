import { IsIn, IsOptional, IsString, Length, Matches } from 'class-validator';
import { PageAnswer, ReceiptAnswer } from '../http/answers.dto.js';
import { Clearable, IsId, IsInstant, IsText } from '../http/dto.js';
import { PageQuery } from '../http/paging.dto.js';

const CODE = /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/;
const LONGEST_NAME = 200;

export class ChangeUnitBody {
  /** @example North */
  @IsOptional()
  @IsText(LONGEST_NAME)
  name?: string;

  /**
   * What it belongs to from now on, with everything below it; null puts a department at the top.
   * @example HQ
   */
  @Clearable()
  @IsOptional()
  @Matches(CODE, { message: 'parentId must be a code.' })
  parentId?: string | null;

  /** An active user; null for none. */
  @Clearable()
  @IsOptional()
  @IsId()
  managerId?: string | null;

  /**
   * IANA name; null: as above it.
   * @example Europe/Berlin
   */
  @Clearable()
  @IsOptional()
  @IsString()
  @Length(1, 60)
  timezone?: string | null;

  /** The key of a calendar; null: as above it. */
  @Clearable()
  @IsOptional()
  @IsString()
  @Length(1, 63)
  calendarId?: string | null;
}

export class OpenUnitBody extends ChangeUnitBody {
  /**
   * Never changes, and is its id; unique in the workspace, whatever the case of its letters.
   * @example NORTH
   */
  @Matches(CODE, { message: 'code must be 1 to 32 letters, digits, _ and -.' })
  code!: string;

  /** @example North */
  @IsText(LONGEST_NAME)
  declare name: string;
}

export class UnitsQuery extends PageQuery {
  /** Part of the code or the name. */
  @IsOptional()
  @IsString()
  @Length(1, 200)
  text?: string;

  /** The code of what they belong to. */
  @IsOptional()
  @Matches(CODE, { message: 'parent must be a code.' })
  parent?: string;

  /** `true` or `false` */
  @IsOptional()
  @IsIn(['true', 'false'], { message: 'active is true or false.' })
  active?: string;

  /** As they were at this time (RFC 3339). */
  @IsOptional()
  @IsInstant()
  asOf?: string;
}

export class UnitAnswer {
  /** @example NORTH */
  id!: string;
  code!: string;
  name!: string;
  /** Null at the top. */
  parentId!: string | null;
  /**
   * Codes from the top down to this one.
   * @example ["HQ","NORTH"]
   */
  path!: string[];
  managerId!: string | null;
  /** Null: as above it. */
  timezone!: string | null;
  /** The key of its calendar; null: as above it. */
  calendarId!: string | null;
  active!: boolean;
  /** The ETag of this read. */
  revision!: number;
}

export class UnitsAnswer {
  data!: UnitAnswer[];
  page!: PageAnswer;
}

export class UnitStateAnswer {
  id!: string;
  parentId!: string | null;
  active!: boolean;
}

export class UnitReceiptAnswer extends ReceiptAnswer {
  state!: UnitStateAnswer;
  id!: string;
}
