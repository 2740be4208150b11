import { IsOptional, IsString, Length } from 'class-validator';

export class StreamQuery {
  /** As the header Last-Event-ID, for clients that cannot set it; the header goes first. */
  @IsOptional()
  @IsString()
  @Length(1, 300)
  lastEventId?: string;
}

/** What `data:` of an event holds. */
export class LiveEventAnswer {
  /** The id of the event in the log. */
  id!: string;
  /** @example DecisionRecorded */
  type!: string;
  /** `review-{id}`, or `comments-{id}` for what is said about a review. */
  stream!: string;
  reviewId!: string;
  /** Of the stream, dense from 0. */
  revision!: number;
  /** Of the whole log. */
  position!: string;
}
