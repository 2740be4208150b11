import { ArrayMaxSize, IsIn, IsOptional, Matches } from 'class-validator';
import { digestIntervals, noticeKinds } from '#libs/notifications/domain/preferences.events';
import { ReceiptAnswer } from '../http/answers.dto.js';
import { Clearable, IsText, Nested } from '../http/dto.js';

const timeOfDay = /^([01]\d|2[0-3]):[0-5]\d$/;
const sayTime = { message: ({ property }: { property: string }) => `${property} must be a time of day such as 08:00.` };
const sayKind = {
  each: true,
  message: ({ property }: { property: string }) => `${property} is a list of ${noticeKinds.join(', ')}.`,
};

export class DigestBody {
  /**
   * never, hour or day
   * @example day
   */
  @IsIn(digestIntervals)
  every!: string;

  /**
   * When a daily one is sent; 08:00 unless told.
   * @example 08:00
   */
  @IsOptional()
  @Matches(timeOfDay, sayTime)
  at?: string;
}

export class QuietHoursBody {
  /** @example 20:00 */
  @Matches(timeOfDay, sayTime)
  from!: string;

  /** @example 07:00 */
  @Matches(timeOfDay, sayTime)
  to!: string;
}

export class PreferencesBody {
  /**
   * What is told by mail: assignment, reminder, escalation, changes, outcome; nothing, if left out.
   * @example ["assignment", "escalation", "outcome"]
   */
  @IsOptional()
  @IsIn(noticeKinds, sayKind)
  @ArrayMaxSize(20)
  mail?: string[];

  /** What is told by chat; nothing, if left out. */
  @IsOptional()
  @IsIn(noticeKinds, sayKind)
  @ArrayMaxSize(20)
  chat?: string[];

  /** Needed for mail; none, if left out. */
  @IsOptional()
  @IsText(254)
  email?: string;

  /** The address of a Slack-compatible incoming webhook, never shown again; left out: as it was, while something is told by chat. Null takes it away. */
  @IsOptional()
  @Clearable()
  @IsText(2048)
  chatUrl?: string | null;

  /** Assignments, changes and outcomes are collected; what is urgent is not. Never, if left out. */
  @IsOptional()
  @Nested(() => DigestBody)
  digest?: DigestBody;

  /** Nothing is sent between these times of the day; none, if left out. */
  @IsOptional()
  @Nested(() => QuietHoursBody)
  quietHours?: QuietHoursBody;

  /**
   * For digest and quiet hours; UTC unless told.
   * @example Europe/Rome
   */
  @IsOptional()
  @IsText(60)
  timezone?: string;
}

export class DigestAnswer {
  every!: string;
  at!: string;
}

export class QuietHoursAnswer {
  from!: string;
  to!: string;
}

export class PreferencesAnswer {
  mail!: string[];
  chat!: string[];
  email!: string | null;
  /** There is a chat address; it is not shown. */
  hasChat!: boolean;
  digest!: DigestAnswer;
  quietHours!: QuietHoursAnswer | null;
  timezone!: string;
}

export class PreferencesReceiptAnswer extends ReceiptAnswer {
  state!: PreferencesAnswer;
}
