import { ArrayMaxSize, IsArray, IsIn, IsOptional, IsString, Length, Matches } from 'class-validator';
import { customerTypes, partyRelations } from '#libs/organization/domain/customers/customer.events';
import { customerStatuses } from '#libs/organization/domain/customers/customer.state';
import { PageAnswer, ReceiptAnswer } from '../http/answers.dto.js';
import { Clearable, IsAnyOf, IsDay, IsId, IsInstant, IsText, Nested } from '../http/dto.js';
import { PageQuery } from '../http/paging.dto.js';

const NUMBER = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const CODE = /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/;
const anId = /^[\w.@:-]{1,200}$/;

export class RelatedPartyBody {
  /** Another customer. */
  @IsId()
  customerId!: string;

  @IsIn(partyRelations)
  relation!: (typeof partyRelations)[number];
}

/** Null takes a detail away. */
export class ChangeCustomerBody {
  /** @example Carla Client */
  @IsOptional()
  @IsText(300)
  name?: string;

  @Clearable()
  @IsOptional()
  @IsText(254)
  email?: string | null;

  @Clearable()
  @IsOptional()
  @IsText(50)
  phone?: string | null;

  @Clearable()
  @IsOptional()
  @IsText(1000)
  address?: string | null;

  @Clearable()
  @IsOptional()
  @IsText(50)
  taxId?: string | null;

  /** @example 1980-02-29 */
  @Clearable()
  @IsOptional()
  @IsDay()
  birthDate?: string | null;

  /** @example HQ */
  @IsOptional()
  @Matches(CODE, { message: 'branchId must be a code.' })
  branchId?: string;

  /** Null for nobody. */
  @Clearable()
  @IsOptional()
  @IsId()
  ownerOfficerId?: string | null;

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(100)
  @Nested(() => RelatedPartyBody, { each: true })
  relatedParties?: RelatedPartyBody[];
}

export class RegisterCustomerBody extends ChangeCustomerBody {
  /**
   * Never changes; unique in the workspace.
   * @example C-1001
   */
  @Matches(NUMBER, { message: 'number must be 1 to 64 letters, digits, _ and -.' })
  number!: string;

  @IsIn(customerTypes)
  type!: (typeof customerTypes)[number];

  @IsText(300)
  declare name: string;

  /** @example HQ */
  @Matches(CODE, { message: 'branchId must be a code.' })
  declare branchId: string;
}

export class CustomersQuery extends PageQuery {
  /** Part of the number or the name. */
  @IsOptional()
  @IsString()
  @Length(1, 200)
  text?: string;

  @IsOptional()
  @IsAnyOf(customerTypes, 'a type of customer')
  type?: string;

  @IsOptional()
  @IsAnyOf(customerStatuses, 'a status of a customer')
  status?: string;

  @IsOptional()
  @IsAnyOf(CODE, 'a branch')
  branch?: string;

  @IsOptional()
  @IsAnyOf(anId, 'a user id')
  owner?: string;

  /** As they were at this time (RFC 3339); which of them are shown, today's reach says. */
  @IsOptional()
  @IsInstant()
  asOf?: string;
}

export class CustomerLineAnswer {
  id!: string;
  number!: string;
  /** individual or business */
  type!: string;
  /** active or deactivated */
  status!: string;
  /** Null when it was erased. */
  name!: string | null;
  branchId!: string;
  ownerOfficerId!: string | null;
}

export class CustomersAnswer {
  data!: CustomerLineAnswer[];
  page!: PageAnswer;
}

export class RelatedPartyAnswer {
  customerId!: string;
  relation!: string;
}

export class CustomerAnswer extends CustomerLineAnswer {
  email!: string | null;
  phone!: string | null;
  address!: string | null;
  taxId!: string | null;
  birthDate!: string | null;
  relatedParties!: RelatedPartyAnswer[];
}

export class CustomerStateAnswer {
  status!: string;
}

export class CustomerReceiptAnswer extends ReceiptAnswer {
  state!: CustomerStateAnswer;
  customerId!: string;
}
