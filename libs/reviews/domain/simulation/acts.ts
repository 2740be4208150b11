import { Type, type Static } from 'typebox';
import type { ReviewCommand } from '../review.commands.js';

/*
 * What people can do in a script: the verbs of the API with the members of their bodies. Ids of what only the script
 * brings about are written `#n`: the n-th assignment, decision or change item of the review, from 1.
 */

const closed = { additionalProperties: false };
const Id = Type.String({ minLength: 1, maxLength: 200 });
const Text = Type.String({ minLength: 1, maxLength: 10_000 });
const Verdict = Type.Union([Type.Literal('approve'), Type.Literal('reject'), Type.Literal('abstain')]);
const Target = Type.Union([Type.Object({ user: Id }, closed), Type.Object({ role: Id }, closed)]);
/** The revision of the subject that was seen; the current one unless told. */
const Seen = Type.Optional(Type.Integer({ minimum: 1 }));
const Items = Type.Array(Id, { minItems: 1, maxItems: 100 });
/** A JSON pointer (RFC 6901). */
const POINTER = '^(?:/(?:[^~/]|~[01])*)*$';
const Content = Type.Record(Type.String(), Type.Unknown());

const reasoned = { reason: Text };
const onAssignment = { assignmentId: Id };

/** Each verb: the command it becomes, and the members it takes. */
export const verbs = {
  decide: {
    command: 'Decide',
    members: Type.Object(
      { verdict: Verdict, reviewedRevision: Seen, comment: Type.Optional(Text), assignmentId: Type.Optional(Id) },
      closed,
    ),
  },
  'request-changes': {
    command: 'RequestChanges',
    members: Type.Object(
      {
        reviewedRevision: Seen,
        items: Type.Array(
          Type.Object(
            {
              text: Text,
              path: Type.Optional(Type.String({ maxLength: 1_000, pattern: POINTER })),
              documentId: Type.Optional(Id),
              blocking: Type.Optional(Type.Boolean()),
            },
            closed,
          ),
          { minItems: 1, maxItems: 100 },
        ),
        comment: Type.Optional(Text),
      },
      closed,
    ),
  },
  resubmit: {
    command: 'Resubmit',
    members: Type.Object(
      {
        content: Content,
        note: Type.Optional(Text),
        answers: Type.Optional(Type.Array(Type.Object({ itemId: Id, text: Text }, closed), { maxItems: 100 })),
      },
      closed,
    ),
  },
  escalate: { command: 'Escalate', members: Type.Object({ ...reasoned, to: Type.Optional(Target) }, closed) },
  withdraw: { command: 'Withdraw', members: Type.Object({ reason: Type.Optional(Text) }, closed) },
  'clear-changes': { command: 'ClearChanges', members: Type.Object({ items: Items }, closed) },
  'dismiss-changes': { command: 'DismissChanges', members: Type.Object({ items: Items, ...reasoned }, closed) },
  claim: { command: 'ClaimAssignment', members: Type.Object(onAssignment, closed) },
  release: { command: 'ReleaseAssignment', members: Type.Object(onAssignment, closed) },
  'take-over': { command: 'TakeOver', members: Type.Object({ ...onAssignment, ...reasoned }, closed) },
  reassign: { command: 'Reassign', members: Type.Object({ ...onAssignment, to: Id, ...reasoned }, closed) },
  'add-approver': { command: 'AddApprover', members: Type.Object({ step: Id, to: Target, ...reasoned }, closed) },
  recuse: { command: 'Recuse', members: Type.Object({ ...onAssignment, ...reasoned }, closed) },
  'change-decision': {
    command: 'ChangeDecision',
    members: Type.Object(
      { decisionId: Id, verdict: Verdict, reviewedRevision: Seen, comment: Type.Optional(Text) },
      closed,
    ),
  },
  rescind: { command: 'RescindDecision', members: Type.Object({ decisionId: Id, ...reasoned }, closed) },
  hold: { command: 'HoldReview', members: Type.Object(reasoned, closed) },
  resume: { command: 'ResumeReview', members: Type.Object({ reason: Type.Optional(Text) }, closed) },
  'request-info': { command: 'RequestInfo', members: Type.Object({ question: Text }, closed) },
  'provide-info': { command: 'ProvideInfo', members: Type.Object({ answer: Text }, closed) },
  cancel: { command: 'CancelReview', members: Type.Object(reasoned, closed) },
  override: {
    command: 'OverrideStep',
    members: Type.Object(
      {
        outcome: Type.Union([Type.Literal('approve'), Type.Literal('reject')]),
        ...reasoned,
        step: Type.Optional(Id),
        reviewedRevision: Seen,
      },
      closed,
    ),
  },
  reopen: {
    command: 'ReopenReview',
    members: Type.Object(
      { ...reasoned, mode: Type.Optional(Type.Union([Type.Literal('smart'), Type.Literal('restart')])) },
      closed,
    ),
  },
} as const satisfies Readonly<
  Record<string, { command: ReviewCommand['type']; members: ReturnType<typeof Type.Object> }>
>;

export type Verb = keyof typeof verbs;

/** Somebody as the script knows people: whoever is named anew replaces whom the directory knew. */
export const PersonSchema = Type.Object(
  {
    userId: Id,
    roles: Type.Array(Id, { maxItems: 50 }),
    active: Type.Optional(Type.Boolean()),
    branchId: Type.Optional(Id),
    managerId: Type.Optional(Id),
  },
  closed,
);
export type ScriptPerson = Static<typeof PersonSchema>;

/** When: at an instant, or so many hours after what came before; neither: at the same instant. */
type When = Readonly<{ at?: string; afterHours?: number }>;

/** One person does something. */
export type PersonalAct = { readonly [V in Verb]: When & Readonly<{ act: V; by: string }> & Members<V> }[Verb];
type Members<V extends Verb> = Static<(typeof verbs)[V]['members']>;

export type Act =
  | PersonalAct
  /** Nobody does anything; what is due meanwhile fires. */
  | (When & Readonly<{ act: 'wait' }>)
  /** The directory changes. */
  | (When & Readonly<{ act: 'people'; people: readonly ScriptPerson[] }>);

/** Members of every act, besides its own. */
export const COMMON = ['act', 'by', 'at', 'afterHours'] as const;
