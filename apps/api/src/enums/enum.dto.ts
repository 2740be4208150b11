import { ApiProperty } from '@nestjs/swagger';

export class EnumValueAnswer {
  /** @example changes_requested */
  value!: string;
  /** @example Changes requested */
  label!: string;
  /** Where it stands in a list: 0 is the first. */
  order!: number;
  /** True: still answered, taken in no request any more. */
  deprecated!: boolean;
  /** What may come next; null where values do not follow each other. */
  @ApiProperty({ type: 'array', items: { type: 'string' }, nullable: true })
  transitionsTo!: string[] | null;
}

export class EnumAnswer {
  /** @example review-status */
  name!: string;
  values!: EnumValueAnswer[];
}

export class EnumsAnswer {
  data!: EnumAnswer[];
}
