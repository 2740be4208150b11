import { ArrayMaxSize, ArrayNotEmpty, IsArray, IsOptional, Matches } from 'class-validator';
import { ApiProperty } from '@nestjs/swagger';
import { PageAnswer, ReceiptAnswer } from '../http/answers.dto.js';
import { anId, IsAmount, IsAnyOf, IsId, IsInstant, IsText, Nested } from '../http/dto.js';
import { PageQuery } from '../http/paging.dto.js';

const KEY = /^[a-z0-9][a-z0-9-]{0,62}$/;
const MOST_KEYS = 100;
export const statuses = ['scheduled', 'active', 'ended', 'revoked'] as const;
const amount = {
  description: 'In minor units: "4500000", or with its currency {"amountMinor": "4500000", "currency": "USD"}.',
  anyOf: [
    { type: 'string', pattern: '^(0|[1-9][0-9]*)$' },
    { type: 'integer', minimum: 0 },
    {
      type: 'object',
      required: ['amountMinor', 'currency'],
      properties: {
        amountMinor: { anyOf: [{ type: 'string' }, { type: 'integer' }] },
        currency: { type: 'string', pattern: '^[A-Z]{3}$' },
      },
    },
  ],
};

/** What the delegate may act on; what is not named is not limited. */
export class DelegationScopeBody {
  /** @example ["loan-approval"] */
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(MOST_KEYS)
  @Matches(KEY, { each: true, message: 'each of workflowKeys must be the key of a workflow.' })
  workflowKeys?: string[];

  /** @example ["initial-review"] */
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(MOST_KEYS)
  @Matches(KEY, { each: true, message: 'each of stepKeys must be the key of a step.' })
  stepKeys?: string[];

  /** Subjects up to this amount (`amountMinor`, or `amount` as money, in their content); one without an amount is not covered. */
  @ApiProperty(amount as never)
  @IsOptional()
  @IsAmount()
  maxAmount?: unknown;
}

export class CreateDelegationBody {
  /** The id of the user who may act. */
  @IsId()
  delegate!: string;

  /** The first instant it holds at; now, unless told. */
  @IsOptional()
  @IsInstant()
  from?: string;

  /** The first instant it holds at no more. */
  @IsInstant()
  until!: string;

  @IsOptional()
  @Nested(() => DelegationScopeBody)
  scope?: DelegationScopeBody;

  /** Why; required when it is in the name of another person. */
  @IsOptional()
  @IsText(2_000)
  reason?: string;

  /** In whose name, by somebody who administers delegations; the caller, unless told. */
  @IsOptional()
  @IsId()
  delegator?: string;
}

export class RevokeDelegationBody {
  /** Why; required when it is another person's. */
  @IsOptional()
  @IsText(2_000)
  reason?: string;
}

export class DelegationsQuery extends PageQuery {
  /** scheduled, active, ended or revoked */
  @IsOptional()
  @IsAnyOf(statuses, 'a status of a delegation')
  status?: string;

  /** User ids. */
  @IsOptional()
  @IsAnyOf(anId, 'a user id')
  delegator?: string;

  /** User ids. */
  @IsOptional()
  @IsAnyOf(anId, 'a user id')
  delegate?: string;
}

export class DelegationScopeAnswer {
  workflowKeys?: string[];
  stepKeys?: string[];
  @ApiProperty({ ...amount, required: false } as never)
  maxAmount?: unknown;
}

export class DelegationAnswer {
  id!: string;
  delegator!: string;
  delegate!: string;
  from!: string;
  until!: string;
  scope!: DelegationScopeAnswer;
  reason!: string | null;
  /**
   * own, administrator or absence
   * @example own
   */
  source!: string;
  /**
   * scheduled, active, ended or revoked
   * @example active
   */
  status!: string;
  createdBy!: string;
  createdAt!: string;
  revokedBy!: string | null;
  revokedAt!: string | null;
}

export class DelegationsAnswer {
  data!: DelegationAnswer[];
  page!: PageAnswer;
}

export class OverlapAnswer {
  id!: string;
  delegate!: string;
  from!: string;
  until!: string;
}

export class DelegationStateAnswer {
  /**
   * scheduled, active, ended or revoked
   * @example active
   */
  status!: string;
}

export class DelegationReceiptAnswer extends ReceiptAnswer {
  state!: DelegationStateAnswer;
  delegationId!: string;
}

export class DelegationCreatedAnswer extends DelegationReceiptAnswer {
  /** Other delegations of the same person for some of the same time and matters: whichever covers a matter is used. */
  overlaps!: OverlapAnswer[];
}
