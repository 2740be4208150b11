import { IsBoolean, IsOptional, Matches } from 'class-validator';
import { ApiProperty } from '@nestjs/swagger';
import { ReceiptAnswer } from '../http/answers.dto.js';
import { Clearable, IsInstant, IsScalar } from '../http/dto.js';
import { AsOfQuery } from '../http/history.dto.js';

const CODE = /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/;
const aValue = { anyOf: ['string', 'integer', 'boolean', 'null'].map((type) => ({ type })) };

export class PutSettingBody {
  /** As its schema says. Give it or `inherit`. */
  @ApiProperty({ ...aValue, required: false } as never)
  @Clearable()
  @IsOptional()
  @IsScalar()
  value?: unknown;

  /** True: what holds above it (workspace, default) holds here again. */
  @IsOptional()
  @IsBoolean()
  inherit?: boolean;

  /** The branch it holds in, and below it; the whole workspace unless told. */
  @IsOptional()
  @Matches(CODE, { message: 'branchId must be a code.' })
  branchId?: string;

  /** The first instant it holds at; now, unless told. */
  @IsOptional()
  @IsInstant()
  effectiveFrom?: string;
}

export class EffectiveQuery extends AsOfQuery {
  /** The workspace itself unless told. */
  @IsOptional()
  @Matches(CODE, { message: 'branchId must be a code.' })
  branchId?: string;
}

export class SettingAnswer {
  /** @example step-sla-hours */
  key!: string;
  description!: string;
  /** system, workspace or branch */
  scope!: string;
  /** JSON Schema of its values. */
  @ApiProperty({ type: 'object', additionalProperties: true })
  schema!: object;
  /** True: its value is never shown. */
  secret!: boolean;
  /** The variable of the environment that sets it, where its scope is system. */
  variable!: string | null;
  @ApiProperty(aValue as never)
  default!: unknown;
  /** What holds; null for a secret. */
  @ApiProperty(aValue as never)
  value!: unknown;
  /** Somebody said something else than the default. */
  isSet!: boolean;
  /** branch, workspace, system or default */
  source!: string;
  /** The branch that says so. */
  branchId!: string | null;
}

export class SettingsAnswer {
  data!: SettingAnswer[];
}

export class SettingEntryAnswer {
  branchId!: string | null;
  /** Missing where it was given up. */
  @ApiProperty({ ...aValue, required: false } as never)
  value?: unknown;
  effectiveFrom!: string;
  at!: string;
}

export class SettingDetailAnswer extends SettingAnswer {
  /** Everything that was said, in the order it was said; some of it may be still to come. */
  entries!: SettingEntryAnswer[];
  /** Of the last change, for `If-Match`; null while there was none. */
  revision!: number | null;
}

export class SettingStateAnswer {
  key!: string;
}

export class SettingReceiptAnswer extends ReceiptAnswer {
  state!: SettingStateAnswer;
}
