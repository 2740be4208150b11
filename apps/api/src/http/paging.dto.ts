import { IsInt, IsOptional, IsString, Length, Max, Min } from 'class-validator';
import { Numeric } from './dto.js';

export class PageQuery {
  /** Rows per page. */
  @IsOptional()
  @Numeric()
  @IsInt({ message: 'limit must be a whole number from 1 to 100.' })
  @Min(1, { message: 'limit must be a whole number from 1 to 100.' })
  @Max(100, { message: 'limit must be a whole number from 1 to 100.' })
  limit: number = 25;

  /** `page.next` of the page before. */
  @IsOptional()
  @IsString()
  @Length(1, 2000)
  cursor?: string;
}
