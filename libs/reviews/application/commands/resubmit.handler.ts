import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Directory } from '#libs/identity/application/directory';
import type { Resubmit } from '../../domain/review.commands.js';
import { ContentHasher } from '../content-hasher.js';
import { ReviewBusCommand } from '../review-command.js';
import { ReviewStreams } from '../review-streams.js';
import { SubjectClaims } from '../subject-claims.js';

export class ResubmitCommand extends ReviewBusCommand<Resubmit['data']> {}

/** Brings the next revision of the subject. */
@CommandHandler(ResubmitCommand)
export class ResubmitHandler implements ICommandHandler<ResubmitCommand> {
  constructor(
    private readonly reviews: ReviewStreams,
    private readonly directory: Directory,
    private readonly hasher: ContentHasher,
    private readonly claims: SubjectClaims,
  ) {}

  async execute(_command: ResubmitCommand) {
    throw new Error('todo');
  }
}
