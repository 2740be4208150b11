import { ArrayMaxSize, ArrayNotEmpty, IsOptional } from 'class-validator';
import { anyJson, PageAnswer, ReceiptAnswer } from '../http/answers.dto.js';
import { ApiProperty } from '@nestjs/swagger';
import { IsAnyOf, IsText, IsTextList, Required } from '../http/dto.js';
import { PageQuery } from '../http/paging.dto.js';

export class RegisterWebhookBody {
  /** @example Core banking */
  @IsText(100)
  name!: string;

  /**
   * Where messages are posted to. Private, local and reserved addresses are refused, now and at each call.
   * @example https://bank.example.com/countersign
   */
  @IsText(2048)
  url!: string;

  /**
   * Event types, or `*` for all that are offered.
   * @example ["ReviewApproved", "ReviewRejected"]
   */
  @ArrayNotEmpty()
  @ArrayMaxSize(100)
  @IsTextList(100)
  events!: string[];
}

export class ChangeWebhookBody {
  @IsOptional()
  @IsText(100)
  name?: string;

  @IsOptional()
  @IsText(2048)
  url?: string;

  @IsOptional()
  @ArrayNotEmpty()
  @ArrayMaxSize(100)
  @IsTextList(100)
  events?: string[];
}

export class DeactivateWebhookBody {
  @IsOptional()
  @IsText(2000)
  reason?: string;
}

export class ReplayWebhookBody {
  /**
   * The position of an event or a receipt: what was recorded after it is sent again. `start`: everything, from the first
   * event on.
   * @example 4711
   */
  @Required('after is required: the position of an event or a receipt, or start for everything.')
  @IsText(100)
  after!: string;
}

export class DeliveriesQuery extends PageQuery {
  /** @example dead */
  @IsOptional()
  @IsAnyOf(['waiting', 'delivered', 'dead'], 'a state of a delivery')
  state?: string;
}

export class WebhookStateAnswer {
  /**
   * active or inactive
   * @example active
   */
  status!: string;
}

export class WebhookReceiptAnswer extends ReceiptAnswer {
  state!: WebhookStateAnswer;
  webhookId!: string;
}

export class WebhookSecretReceiptAnswer extends WebhookReceiptAnswer {
  /**
   * Shown once, here; null when this request is answered again. Lost: rotate it.
   * @example whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD
   */
  secret!: string | null;
}

export class WebhookLineAnswer {
  id!: string;
  name!: string;
  /** Scheme, host and port. */
  origin!: string;
  events!: string[];
  /** active or inactive */
  status!: string;
  registeredAt!: string;
}

export class WebhooksAnswer {
  data!: WebhookLineAnswer[];
  page!: PageAnswer;
}

export class WebhookAnswer {
  id!: string;
  name!: string;
  /** active or inactive */
  status!: string;
  url!: string | null;
  events!: string[];
  /** Until then messages carry a signature by the secret before, too. */
  previousSecretUntil!: string | null;
  registeredBy!: string;
  registeredAt!: string;
  changedBy!: string;
  changedAt!: string;
}

export class DeliveryLineAnswer {
  /** The `webhook-id` of the message: the same in every attempt and replay. */
  id!: string;
  eventId!: string;
  /** @example ReviewApproved */
  eventType!: string;
  /** waiting, delivered or dead */
  state!: string;
  attempts!: number;
  nextAttemptAt!: string | null;
  createdAt!: string;
  finishedAt!: string | null;
  /** HTTP status of the newest attempt that was answered. */
  lastStatus!: number | null;
  /** A word: status, timeout, connection, redirect, refused: address … */
  lastError!: string | null;
}

export class DeliveriesAnswer {
  data!: DeliveryLineAnswer[];
  page!: PageAnswer;
}

export class AttemptAnswer {
  attempt!: number;
  beganAt!: string;
  milliseconds!: number;
  /** delivered or failed */
  outcome!: string;
  status!: number | null;
  error!: string | null;
}

export class DeliveryAnswer extends DeliveryLineAnswer {
  /** The message as it is sent. */
  @ApiProperty(anyJson as never)
  payload!: unknown;
  /** Attempts, newest first. */
  log!: AttemptAnswer[];
}
