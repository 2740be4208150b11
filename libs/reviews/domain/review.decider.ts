import type { Decider } from '#libs/kernel/domain/decider';
import { unreachable } from '#libs/kernel/domain/unreachable';
import { clearChanges } from './decisions/clear-changes.js';
import { decide } from './decisions/decide.js';
import { dismissChanges } from './decisions/dismiss-changes.js';
import { escalate } from './decisions/escalate.js';
import { fireTimer } from './decisions/fire-timer.js';
import { requestChanges } from './decisions/request-changes.js';
import { resubmit } from './decisions/resubmit.js';
import { startReview } from './decisions/start-review.js';
import { withdraw } from './decisions/withdraw.js';
import type { ReviewCommand } from './review.commands.js';
import { NoSuchReview } from './review.errors.js';
import type { ReviewEvent } from './review.events.js';
import { evolve } from './review.evolve.js';
import { notStarted, type Review } from './review.state.js';

/** One review, from start to outcome. */
export const reviewDecider: Decider<Review, ReviewCommand, ReviewEvent> = {
  initialState: notStarted,
  evolve,
  decide(command, review) {
    if (command.type === 'StartReview') return startReview(command, review);
    if (review.status === 'not_started') throw new NoSuchReview();
    switch (command.type) {
      case 'Decide':
        return decide(command, review);
      case 'RequestChanges':
        return requestChanges(command, review);
      case 'Resubmit':
        return resubmit(command, review);
      case 'Escalate':
        return escalate(command, review);
      case 'Withdraw':
        return withdraw(command, review);
      case 'ClearChanges':
        return clearChanges(command, review);
      case 'DismissChanges':
        return dismissChanges(command, review);
      case 'FireTimer':
        return fireTimer(command, review);
      default:
        return unreachable(command);
    }
  },
};
