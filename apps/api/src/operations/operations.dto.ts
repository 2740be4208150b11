import { IsOptional } from 'class-validator';
import { BacktestFoundAnswer } from '../rulesets/backtest.dto.js';
import { PageAnswer } from '../http/answers.dto.js';
import { IsText } from '../http/dto.js';

export class ProcessorAnswer {
  /** @example core */
  name!: string;
  version!: number;
  build!: number;
  /** projection or process */
  kind!: string;
  /** building or live */
  status!: string;
  position!: string;
  /** How far it is behind the log. */
  lag!: number;
  applied!: number;
  parked!: number;
  halted!: boolean;
  error!: string | null;
  updatedAt!: string;
  leading!: boolean;
}

export class ProcessorsAnswer {
  data!: ProcessorAnswer[];
}

export class ParkedAnswer {
  name!: string;
  partition!: string;
  streamId!: string;
  eventId!: string;
  position!: string;
  error!: string | null;
  attempts!: number;
  /** Events waiting, the failed one included. */
  events!: number;
  parkedAt!: string;
}

export class ParkedListAnswer {
  data!: ParkedAnswer[];
}

export class RetryBody {
  /** Only this one; all unless told. */
  @IsOptional()
  @IsText(300)
  partition?: string;
}

export class RetriedAnswer {
  /** Events applied. */
  applied!: number;
  /** Events that stay parked. */
  parked!: number;
}

export class DeadLetterAnswer {
  id!: string;
  /** The process manager that has put it into the outbox. */
  process!: string;
  /** Where it goes. */
  target!: string;
  workspaceId!: string;
  /** Messages of one key go one after the other. */
  orderingKey!: string;
  attempts!: number;
  error!: string | null;
  deadAt!: string;
}

export class DeadLettersAnswer {
  data!: DeadLetterAnswer[];
  page!: PageAnswer;
}

export class RetriedLetterAnswer {
  id!: string;
}

export class JobAnswer {
  /** @example rebuild-core-1-2 */
  id!: string;
  kind!: string;
  /** running, succeeded or failed */
  status!: string;
  /** 0 to 1 */
  fraction!: number;
  /** Events applied so far; of a backtest: past decisions looked at. */
  applied!: number;
  error!: string | null;
  /** What a backtest found, once it is done. */
  result?: BacktestFoundAnswer | null;
}
