import { IsInt, IsOptional, Min } from 'class-validator';
import { FieldDiffAnswer } from '../reviews/review-answers.dto.js';
import { IsInstant, Numeric } from './dto.js';

export class AsOfQuery {
  /** As it was at this time (RFC 3339); one to come is now. */
  @IsOptional()
  @IsInstant()
  asOf?: string;
}

export class RevisionsQuery {
  /** Revision of the stream, as in the history; the one before `to` unless told. */
  @IsOptional()
  @Numeric()
  @IsInt({ message: 'from must be a whole number from 0.' })
  @Min(0, { message: 'from must be a whole number from 0.' })
  from?: number;

  /** Revision of the stream; the current one unless told. */
  @IsOptional()
  @Numeric()
  @IsInt({ message: 'to must be a whole number from 0.' })
  @Min(0, { message: 'to must be a whole number from 0.' })
  to?: number;
}

export class ChangesAnswer {
  from!: number;
  to!: number;
  fields!: FieldDiffAnswer[];
}
