import { Type, type Static, type TSchema } from 'typebox';
import { defaultRules, type PinnedCalendar } from '#libs/kernel/domain/calendar';
import type { JsonObject } from '#libs/kernel/domain/json';
import { personal } from '#libs/kernel/domain/personal';

/* What the events of a review are made of, and what their samples are. */

export const Id = Type.String();
export const Instant = Type.String();
export const Milliseconds = Type.Integer({ minimum: 0 });
export const Nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()]);
export const OneOf = <const V extends readonly string[]>(...values: V) =>
  Type.Unsafe<V[number]>(Type.Union(values.map((value) => Type.Literal(value))));
export const Strict = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });

/** A numbered snapshot of the subject; hashes are HMACs under the subject's key, so that erasure takes them too. */
export const SubjectRevisionSchema = Strict({
  revision: Type.Integer({ minimum: 1 }),
  content: personal(Type.Record(Type.String(), Type.Unknown())),
  contentHash: Type.String(),
  /** By JSON pointer: the top-level members and every scope that an assignment names. */
  fieldHashes: Type.Record(Type.String(), Type.String()),
  documents: Type.Array(Strict({ documentId: Id, version: Type.Integer(), sha256: Type.String() })),
  editorId: Id,
});
export type SubjectRevision = Static<typeof SubjectRevisionSchema>;

/** A slot on a step that one person fills; an assignment is not a person. */
export const AssignmentSchema = Strict({
  assignmentId: Id,
  group: Nullable(Type.String()),
  kind: OneOf('USER', 'ROLE'),
  /** A user id or a role name. */
  ref: Type.String(),
  /** Which assignee of the definition made it (index), null for one added later. */
  assignee: Nullable(Type.Integer()),
  weight: Type.Integer({ minimum: 1 }),
  veto: Type.Boolean(),
  scope: Nullable(Type.Array(Type.String())),
  origin: OneOf('definition', 'adhoc', 'escalation', 'fallback'),
  /** Of a USER: the role that the person named must hold, because the seat was one of that role. */
  role: Type.Optional(Type.String()),
});
export type AssignmentFacts = Static<typeof AssignmentSchema>;

/** The time budget of a step execution when it (re)starts running; `dueAt` is derived and absolute. */
export const ClockSchema = Strict({
  budget: Nullable(Strict({ value: Type.Integer(), unit: OneOf('WALL_HOUR', 'BUSINESS_HOUR', 'BUSINESS_DAY') })),
  consumedMs: Milliseconds,
  runningSince: Instant,
  calendar: Nullable(Type.String()),
  timezone: Type.String(),
  dueAt: Nullable(Instant),
  /** Raised by every pause, resume and re-projection: a timer of an older generation is a no-op. */
  generation: Type.Integer({ minimum: 1 }),
});
export type Clock = Static<typeof ClockSchema>;

/** When each unfired rung of the ladder is due on the running clock. */
export const RungDueSchema = Strict({ rungId: Type.String(), dueAt: Instant });

/** The evaluated rule at a moment: what was needed, what was there, which decisions made it. */
export const ProofSchema = Strict({
  rule: Type.Unknown(),
  state: OneOf('satisfied', 'pending', 'skipped', 'failed', 'error', 'overridden'),
  have: Type.Integer(),
  need: Type.Integer(),
  decisions: Type.Array(Id),
  nodes: Type.Optional(Type.Array(Type.Unknown())),
});
export type Proof = Static<typeof ProofSchema>;

export const EvidenceSchema = Strict({
  rolesAtDecision: Type.Array(Type.String()),
  directoryRevision: Type.String(),
  delegationRevision: Nullable(Type.String()),
});

export const ChangeItemSchema = Strict({
  itemId: Id,
  text: personal(Type.String()),
  /** A place in the content; people write it, so it may hold anything they know. */
  path: Nullable(personal(Type.String())),
  documentId: Nullable(Type.String()),
  blocking: Type.Boolean(),
});

/** The statuses of an open review in which somebody has the ball. */
export const Waiting = OneOf('in_review', 'changes_requested', 'info_requested');

export const day = (time: string) => `2026-11-22T${time}:00.000Z`;
export const step = { executionId: 'exe_1', step: 'initial-review', round: 1 };
export const proof: Proof = { rule: { count: 1 }, state: 'satisfied', have: 1, need: 1, decisions: ['dec_1'] };
export const clock: Clock = {
  budget: { value: 8, unit: 'WALL_HOUR' },
  consumedMs: 0,
  runningSince: day('09:00'),
  calendar: null,
  timezone: 'UTC',
  dueAt: day('17:00'),
  generation: 1,
};
export const headOffice: PinnedCalendar = {
  calendarId: 'cal_1',
  key: 'head-office',
  version: 3,
  contentHash: 'h3',
  rules: defaultRules,
};
export const assignment: AssignmentFacts = {
  assignmentId: 'asg_1',
  group: null,
  kind: 'ROLE',
  ref: 'officer',
  assignee: 0,
  weight: 1,
  veto: false,
  scope: null,
  origin: 'definition',
};
export const revision: SubjectRevision = {
  revision: 1,
  content: { amountMinor: '4500000', currency: 'USD' },
  contentHash: 'h1',
  fieldHashes: { '/amountMinor': 'h2' },
  documents: [],
  editorId: 'usr_olly',
};

/** What an earlier version stored fits the newer one as it is. */
export const asStored = (data: JsonObject): JsonObject => data;

/** Who acts when a deadline does. */
export const TIMER = 'system:timer';

export const execution = { executionId: Id, step: Type.String(), round: Type.Integer({ minimum: 1 }) };
