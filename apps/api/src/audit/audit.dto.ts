import { IsOptional } from 'class-validator';
import { PageAnswer } from '../http/answers.dto.js';
import { IsAnyOf, IsInstant, IsText } from '../http/dto.js';
import { PageQuery } from '../http/paging.dto.js';
import { EventAnswer } from '../reviews/review-answers.dto.js';

export class TrailQuery extends PageQuery {
  /** Recorded at or after. */
  @IsOptional()
  @IsInstant()
  from?: string;

  /** Recorded before. */
  @IsOptional()
  @IsInstant()
  to?: string;

  @IsOptional()
  @IsAnyOf(/^[\w.@:-]{1,200}$/, 'an actor')
  actor?: string;

  /** @example DecisionRecorded,StepCompleted */
  @IsOptional()
  @IsAnyOf(/^[A-Za-z]\w{0,99}$/, 'an event type')
  type?: string;

  /** `<category>-<id>` */
  @IsOptional()
  @IsAnyOf(/^[A-Za-z0-9_]{1,50}-[A-Za-z0-9_-]{1,200}$/, 'a stream: <category>-<id>')
  stream?: string;

  @IsOptional()
  @IsAnyOf(/^[\w.:-]{1,100}$/, 'a correlation id')
  correlation?: string;

  /** Words that all occur in the line. */
  @IsOptional()
  @IsText(200)
  text?: string;
}

export class TrailLineAnswer {
  position!: string;
  recordedAt!: string;
  /** @example review-3b8fd6c0-9a53-5c3e-9a53-6f1d2c9e8b47 */
  stream!: string;
  revision!: number;
  /** @example StepCompleted */
  type!: string;
  actorId!: string;
  onBehalfOf!: string | null;
  /** What happened, in one line. */
  summary!: string;
  correlationId!: string;
}

export class AuditTrailAnswer {
  data!: TrailLineAnswer[];
  page!: PageAnswer;
}

export class StreamEventAnswer extends EventAnswer {
  correlationId!: string;
  causationId!: string;
  commandId!: string;
  commandType!: string;
}

export class StreamEventsAnswer {
  data!: StreamEventAnswer[];
  page!: PageAnswer;
}
