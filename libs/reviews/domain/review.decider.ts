import type { Decider } from '#libs/kernel/domain/decider';
import { unreachable } from '#libs/kernel/domain/unreachable';
import { addApprover } from './decisions/add-approver.js';
import { cancelReview } from './decisions/cancel-review.js';
import { changeDecision } from './decisions/change-decision.js';
import { claimAssignment } from './decisions/claim-assignment.js';
import { clearChanges } from './decisions/clear-changes.js';
import { decide } from './decisions/decide.js';
import { dismissChanges } from './decisions/dismiss-changes.js';
import { escalate } from './decisions/escalate.js';
import { expireClaim } from './decisions/expire-claim.js';
import { fireTimer } from './decisions/fire-timer.js';
import { holdReview } from './decisions/hold-review.js';
import { overrideStep } from './decisions/override-step.js';
import { provideInfo } from './decisions/provide-info.js';
import { reassign } from './decisions/reassign.js';
import { recuse } from './decisions/recuse.js';
import { releaseAssignment } from './decisions/release-assignment.js';
import { reopenReview } from './decisions/reopen-review.js';
import { reproject } from './decisions/reproject.js';
import { requestChanges } from './decisions/request-changes.js';
import { requestInfo } from './decisions/request-info.js';
import { rescindDecision } from './decisions/rescind-decision.js';
import { resubmit } from './decisions/resubmit.js';
import { resumeReview } from './decisions/resume-review.js';
import { startReview } from './decisions/start-review.js';
import { takeOver } from './decisions/take-over.js';
import { vacateSeats } from './decisions/vacate-seats.js';
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
      case 'HoldReview':
        return holdReview(command, review);
      case 'ResumeReview':
        return resumeReview(command, review);
      case 'RequestInfo':
        return requestInfo(command, review);
      case 'ProvideInfo':
        return provideInfo(command, review);
      case 'CancelReview':
        return cancelReview(command, review);
      case 'OverrideStep':
        return overrideStep(command, review);
      case 'ReopenReview':
        return reopenReview(command, review);
      case 'FireTimer':
        return fireTimer(command, review);
      case 'ClaimAssignment':
        return claimAssignment(command, review);
      case 'ReleaseAssignment':
        return releaseAssignment(command, review);
      case 'TakeOver':
        return takeOver(command, review);
      case 'Reassign':
        return reassign(command, review);
      case 'AddApprover':
        return addApprover(command, review);
      case 'Recuse':
        return recuse(command, review);
      case 'ChangeDecision':
        return changeDecision(command, review);
      case 'RescindDecision':
        return rescindDecision(command, review);
      case 'ExpireClaim':
        return expireClaim(command, review);
      case 'VacateSeats':
        return vacateSeats(command, review);
      case 'Reproject':
        return reproject(command, review);
      default:
        return unreachable(command);
    }
  },
};
