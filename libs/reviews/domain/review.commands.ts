import type { PinnedCalendar } from '#libs/kernel/domain/calendar';
import type { Command } from '#libs/kernel/domain/message';
import type { JsonObject } from '#libs/kernel/domain/json';
import type { PinnedRuleset } from '#libs/kernel/domain/ruleset';
import type { Definition, Target } from '#libs/kernel/domain/workflow-definition';
import type { Delegations } from './delegations.js';
import type { Directory } from './directory.js';

export type Verdict = 'approve' | 'reject' | 'abstain';

/** Permissions that matter only on some rows, judged by the door and used by the rule. */
export type May = Readonly<{ reassign: boolean; dismiss: boolean; override: boolean }>;

/** What every command is told about the world outside its stream. */
export type Facts = Readonly<{ directory: Directory; may: May; delegations?: Delegations }>;

/** The published version that a review is pinned to. */
export type Published = Readonly<{
  workflowId: string;
  key: string;
  name: string;
  version: number;
  contentHash: string;
  definition: Definition;
}>;

/** HMACs of a content under the subject's key: whole, and by JSON pointer. */
export type ContentHashes = Readonly<{ contentHash: string; fieldHashes: Readonly<Record<string, string>> }>;

export type SubjectToReview = Readonly<{ type: string; id: string; title?: string; content: JsonObject }>;

export type ItemToChange = Readonly<{ text: string; path?: string; documentId?: string; blocking?: boolean }>;

export type Answer = Readonly<{ itemId: string; text: string }>;

/** Whom to ask in addition; `manager` is known only to ladders. */
export type EscalationTarget = Exclude<Target, { manager: true }>;

/** Put a subject under its published workflow. */
export type StartReview = Command<
  'StartReview',
  { reviewId: string; subject: SubjectToReview; note?: string },
  Facts & {
    published: Published;
    hashes: ContentHashes;
    subjectRef: string;
    branchId: string;
    /** Those its steps count on (`calendarKeys`). */
    calendars?: readonly PinnedCalendar[];
    /** The rules that the workflow names, in their newest published version. */
    rules?: PinnedRuleset | undefined;
  }
>;

/** One person's verdict on the revision that person saw. */
export type Decide = Command<
  'Decide',
  { reviewId: string; verdict: Verdict; reviewedRevision: number; comment?: string; assignmentId?: string },
  Facts
>;

/** Send it back with items to answer; fills no assignment. */
export type RequestChanges = Command<
  'RequestChanges',
  { reviewId: string; reviewedRevision: number; items: readonly ItemToChange[]; comment?: string },
  Facts
>;

/** The one way to a new revision of the subject. `editsDraft`: of an assistant's draft, by somebody entitled to change it. */
export type Resubmit = Command<
  'Resubmit',
  { reviewId: string; content: JsonObject; note?: string; answers?: readonly Answer[] },
  Facts & {
    hashes: ContentHashes;
    effect?: IrreversibleEffect;
    editsDraft?: boolean;
    /** The rules that were pinned at the start. */
    rules?: PinnedRuleset | undefined;
  }
>;

/** Fire the next rung of the ladder by hand, or ask somebody in addition. */
export type Escalate = Command<'Escalate', { reviewId: string; reason: string; to?: EscalationTarget }, Facts>;

export type Withdraw = Command<'Withdraw', { reviewId: string; reason?: string }, Facts>;

/** The author of items says they are answered. */
export type ClearChanges = Command<'ClearChanges', { reviewId: string; items: readonly string[] }, Facts>;

/** Somebody entitled says that anybody's items need no answer. */
export type DismissChanges = Command<
  'DismissChanges',
  { reviewId: string; items: readonly string[]; reason: string },
  Facts
>;

/** Keep an assignment for a role to oneself for a while. */
export type ClaimAssignment = Command<'ClaimAssignment', { reviewId: string; assignmentId: string }, Facts>;

/** Give a claim back. */
export type ReleaseAssignment = Command<'ReleaseAssignment', { reviewId: string; assignmentId: string }, Facts>;

/** Take what somebody else has claimed, or holds by name. */
export type TakeOver = Command<'TakeOver', { reviewId: string; assignmentId: string; reason: string }, Facts>;

/** Move one open assignment to another person. */
export type Reassign = Command<
  'Reassign',
  { reviewId: string; assignmentId: string; to: string; reason: string },
  Facts
>;

/** Ask somebody on a step in addition; lowers nothing. */
export type AddApprover = Command<
  'AddApprover',
  { reviewId: string; step: string; to: EscalationTarget; reason: string },
  Facts
>;

/** Step back from a step that one is asked on. */
export type Recuse = Command<'Recuse', { reviewId: string; assignmentId: string; reason: string }, Facts>;

/** Turn one's own verdict around, while its step is open. */
export type ChangeDecision = Command<
  'ChangeDecision',
  { reviewId: string; decisionId: string; verdict: Verdict; reviewedRevision: number; comment?: string },
  Facts
>;

/** Take one's own decision back, while its step is open. */
export type RescindDecision = Command<
  'RescindDecision',
  { reviewId: string; decisionId: string; reason: string },
  Facts
>;

/** A lease has run out: a no-op when the claim is another one by now. */
export type ExpireClaim = Command<'ExpireClaim', { reviewId: string; assignmentId: string; claimId: string }, Facts>;

/** Somebody has left or lost a role: what that person held is given to others. */
export type VacateSeats = Command<'VacateSeats', { reviewId: string; userId: string }, Facts>;

/** Nothing moves until it is resumed. */
export type HoldReview = Command<'HoldReview', { reviewId: string; reason: string }, Facts>;

/** It goes on where it was held. */
export type ResumeReview = Command<'ResumeReview', { reviewId: string; reason?: string }, Facts>;

/** Somebody who may decide asks the submitter something; nothing has to change for the answer. */
export type RequestInfo = Command<'RequestInfo', { reviewId: string; question: string }, Facts>;

export type ProvideInfo = Command<'ProvideInfo', { reviewId: string; answer: string }, Facts>;

/** Ends a review that should not have been, without a decision. */
export type CancelReview = Command<'CancelReview', { reviewId: string; reason: string }, Facts>;

/** Settles a running step in the place of those it asks; the only one unless told which. */
export type OverrideStep = Command<
  'OverrideStep',
  {
    reviewId: string;
    outcome: 'approve' | 'reject';
    reason: string;
    step?: string;
    /** The revision of the subject that was seen; another one by now refuses it. */
    reviewedRevision?: number;
  },
  Facts
>;

/** Something was done on the strength of an approval that nobody can undo. */
export type IrreversibleEffect = Readonly<{ what: string; at: string }>;

/** Takes an outcome back and asks again: the steps that gave it, or all of them. */
export type ReopenReview = Command<
  'ReopenReview',
  { reviewId: string; reason: string; mode?: 'smart' | 'restart' },
  Facts & { effect?: IrreversibleEffect }
>;

/** A deadline came: a no-op when the step closed or the clock was stopped meanwhile. */
export type FireTimer = Command<
  'FireTimer',
  { reviewId: string; executionId: string; kind: 'rung' | 'breach'; rungId?: string; generation: number },
  Facts
>;

/** A version of a calendar was published: running clocks count on by it. */
export type Reproject = Command<'Reproject', { reviewId: string; calendar: PinnedCalendar }, Facts>;

export type ReviewCommand =
  | StartReview
  | Decide
  | RequestChanges
  | Resubmit
  | Escalate
  | Withdraw
  | ClearChanges
  | DismissChanges
  | ClaimAssignment
  | ReleaseAssignment
  | TakeOver
  | Reassign
  | AddApprover
  | Recuse
  | ChangeDecision
  | RescindDecision
  | ExpireClaim
  | VacateSeats
  | HoldReview
  | ResumeReview
  | RequestInfo
  | ProvideInfo
  | CancelReview
  | OverrideStep
  | ReopenReview
  | FireTimer
  | Reproject;
