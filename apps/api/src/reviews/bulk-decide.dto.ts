import { ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayNotEmpty, IsArray } from 'class-validator';
import { ReviewReceiptAnswer } from '../http/answers.dto.js';
import { IsId, Nested } from '../http/dto.js';
import { DecideBody } from './review-bodies.dto.js';

const MOST_DECISIONS = 200;

export class BulkDecision extends DecideBody {
  @IsId()
  reviewId!: string;
}

export class BulkDecideBody {
  @Nested(() => BulkDecision, { each: true })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(MOST_DECISIONS)
  items!: BulkDecision[];
}

/** What became of one item, in the order of the request. */
export class BulkResult {
  reviewId!: string;
  /**
   * As the decision alone would have been answered.
   * @example 201
   */
  status!: number;
  @ApiPropertyOptional({ description: 'When it was accepted.' })
  receipt?: ReviewReceiptAnswer;
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'When it was refused: a problem document.',
  })
  problem?: Record<string, unknown>;
}

export class BulkDecideAnswer {
  results!: BulkResult[];
}
