import { IsOptional } from 'class-validator';
import { IsId, IsInstant, IsText } from '../http/dto.js';
import { UserReceiptAnswer } from './user.dto.js';

export class EnterAbsenceBody {
  /** The first instant of it; now, unless told. */
  @IsOptional()
  @IsInstant()
  from?: string;

  /** The first instant after it. */
  @IsInstant()
  until!: string;

  /** The id of the person who acts meanwhile, as by a delegation of everything. */
  @IsOptional()
  @IsId()
  substitute?: string;

  @IsOptional()
  @IsText(2_000)
  reason?: string;
}

export class AbsenceReceiptAnswer extends UserReceiptAnswer {
  absenceId!: string;
  /** Null without a substitute. */
  delegationId!: string | null;
}
