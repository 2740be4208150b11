import { Type } from 'typebox';
import { defineEvent } from '#libs/kernel/domain/define-event';
import { personal } from '#libs/kernel/domain/personal';
import {
  Id,
  Instant,
  Nullable,
  OneOf,
  Strict,
  EvidenceSchema,
  ChangeItemSchema,
  day,
  step,
  asStored,
  execution,
} from './shapes.js';

/* What people say about a subject, and what they ask of whoever submitted it. */

export const DecisionRecorded = defineEvent('DecisionRecorded', {
  schema: Strict({
    ...execution,
    decisionId: Id,
    assignmentId: Id,
    verdict: OneOf('approve', 'reject', 'abstain'),
    actorId: Id,
    onBehalfOf: Type.Optional(Id),
    delegationPath: Type.Array(Id),
    /** The subject revision the person saw. */
    revision: Type.Integer({ minimum: 1 }),
    scopeHash: Type.String(),
    comment: Type.Optional(personal(Type.String())),
    evidence: EvidenceSchema,
    at: Instant,
  }),
  sample: {
    ...step,
    decisionId: 'dec_1',
    assignmentId: 'asg_1',
    verdict: 'approve',
    actorId: 'usr_ann',
    delegationPath: [],
    revision: 1,
    scopeHash: 'h1',
    comment: 'Looks right',
    evidence: { rolesAtDecision: ['officer'], directoryRevision: '7', delegationRevision: null },
    at: day('10:00'),
  },
});

/** The same person thinks again while the step is open: what counts from now on, on the revision seen now. */
const DecisionChanged = defineEvent('DecisionChanged', {
  schema: Strict({
    ...execution,
    decisionId: Id,
    assignmentId: Id,
    verdict: OneOf('approve', 'reject', 'abstain'),
    /** What it was before. */
    previous: OneOf('approve', 'reject', 'abstain'),
    actorId: Id,
    onBehalfOf: Type.Optional(Id),
    delegationPath: Type.Array(Id),
    revision: Type.Integer({ minimum: 1 }),
    scopeHash: Type.String(),
    comment: Type.Optional(personal(Type.String())),
    evidence: EvidenceSchema,
    at: Instant,
  }),
  sample: {
    ...step,
    decisionId: 'dec_1',
    assignmentId: 'asg_1',
    verdict: 'reject',
    previous: 'approve',
    actorId: 'usr_ann',
    delegationPath: [],
    revision: 1,
    scopeHash: 'h1',
    comment: 'The payslip is of another year',
    evidence: { rolesAtDecision: ['officer'], directoryRevision: '7', delegationRevision: null },
    at: day('10:20'),
  },
});

/** Taken back by whoever gave it, while its step is open: the assignment is open again. */
const DecisionRescinded = defineEvent('DecisionRescinded', {
  schema: Strict({
    ...execution,
    decisionId: Id,
    /** What it filled. */
    assignmentId: Id,
    /** Whom that assignment waits for again; null when it did not count, or another decision fills it now. */
    reopens: Nullable(Strict({ kind: OneOf('USER', 'ROLE'), ref: Type.String() })),
    /** Decisions that count now because this one does not. */
    revived: Type.Array(Strict({ assignmentId: Id, decisionId: Id })),
    actorId: Id,
    reason: personal(Type.String()),
    at: Instant,
  }),
  sample: {
    ...step,
    decisionId: 'dec_1',
    assignmentId: 'asg_1',
    reopens: { kind: 'ROLE', ref: 'officer' },
    revived: [],
    actorId: 'usr_ann',
    reason: 'I looked at the wrong file',
    at: day('10:30'),
  },
});

/** Decisions that no longer count after a new revision; for notification and audit (validity itself is computed). */
const DecisionsInvalidated = defineEvent('DecisionsInvalidated', {
  schema: Strict({ decisionIds: Type.Array(Id), paths: Type.Array(Type.String()), at: Instant }),
  sample: { decisionIds: ['dec_1'], paths: ['/amountMinor'], at: day('12:00') },
});

/**
 * What counts otherwise than the events before it tell, because another decision was taken back, or the subject is as it
 * was. Together with them it is all that a reader needs who does not compute what counts.
 */
const DecisionsRecounted = defineEvent('DecisionsRecounted', {
  schema: Strict({
    /** They count, each on the assignment that it fills now. */
    counting: Type.Array(Strict({ assignmentId: Id, decisionId: Id })),
    /** They count no more. */
    lost: Type.Array(Id),
    /** Assignments of running steps that wait for somebody again. */
    opened: Type.Array(Strict({ ...execution, assignmentId: Id, kind: OneOf('USER', 'ROLE'), ref: Type.String() })),
    at: Instant,
  }),
  sample: {
    counting: [{ assignmentId: 'asg_2', decisionId: 'dec_1' }],
    lost: ['dec_2'],
    opened: [{ ...step, assignmentId: 'asg_1', kind: 'ROLE', ref: 'officer' }],
    at: day('12:00'),
  },
});

const ChangesRequested = defineEvent('ChangesRequested', {
  version: 2,
  /** Since version 2 the path of an item is sealed, like its text. */
  upcast: { 1: asStored },
  schema: Strict({
    ...execution,
    changeRequestId: Id,
    requestedBy: Id,
    onBehalfOf: Type.Optional(Id),
    revision: Type.Integer({ minimum: 1 }),
    items: Type.Array(ChangeItemSchema),
    comment: Type.Optional(personal(Type.String())),
    at: Instant,
  }),
  sample: {
    ...step,
    changeRequestId: 'chg_1',
    requestedBy: 'usr_ann',
    revision: 1,
    items: [{ itemId: 'itm_1', text: 'Proof of income is missing', path: '/income', documentId: null, blocking: true }],
    at: day('11:00'),
  },
});

const ChangeItemsCleared = defineEvent('ChangeItemsCleared', {
  version: 2,
  upcast: { 1: asStored },
  schema: Strict({
    itemIds: Type.Array(Id),
    clearedBy: Id,
    onBehalfOf: Type.Optional(Id),
    delegationPath: Type.Optional(Type.Array(Id)),
    how: OneOf('decision', 'cleared', 'dismissed'),
    reason: Type.Optional(personal(Type.String())),
    at: Instant,
  }),
  sample: {
    itemIds: ['itm_1'],
    clearedBy: 'usr_bob',
    onBehalfOf: 'usr_ann',
    delegationPath: ['usr_ann'],
    how: 'decision',
    at: day('13:00'),
  },
});

const InfoRequested = defineEvent('InfoRequested', {
  schema: Strict({
    ...execution,
    infoRequestId: Id,
    requestedBy: Id,
    onBehalfOf: Type.Optional(Id),
    question: personal(Type.String()),
    at: Instant,
  }),
  sample: {
    ...step,
    infoRequestId: 'inf_1',
    requestedBy: 'usr_ann',
    question: 'Who is the employer?',
    at: day('11:00'),
  },
});

const InfoProvided = defineEvent('InfoProvided', {
  schema: Strict({
    infoRequestId: Id,
    providedBy: Id,
    onBehalfOf: Type.Optional(Id),
    answer: personal(Type.String()),
    at: Instant,
  }),
  sample: { infoRequestId: 'inf_1', providedBy: 'usr_olly', answer: 'The city', at: day('12:00') },
});

export const decisionEvents = [
  DecisionRecorded,
  DecisionChanged,
  DecisionRescinded,
  DecisionsInvalidated,
  DecisionsRecounted,
  ChangesRequested,
  ChangeItemsCleared,
  InfoRequested,
  InfoProvided,
] as const;
