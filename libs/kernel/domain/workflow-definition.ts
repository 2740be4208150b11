import { Type, type Static } from 'typebox';
import { ConditionSchema, type Condition } from './condition.js';

/*
 * A workflow definition as it is stored and frozen into every review: the normal form.
 * The plain form (`requiredApprovals`, `slaHours`, `escalation`) is turned into it by `normalise`.
 */

const Key = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,62}$' });
const closed = { additionalProperties: false };

/** When a step is satisfied. A leaf may name a group of assignments; the default is all of the step. */
export const RuleSchema = Type.Cyclic(
  {
    Rule: Type.Union([
      Type.Object({ any: Type.Literal(true), group: Type.Optional(Key) }, closed),
      Type.Object({ all: Type.Literal(true), group: Type.Optional(Key) }, closed),
      Type.Object({ count: Type.Integer({ minimum: 1 }), group: Type.Optional(Key) }, closed),
      Type.Object(
        {
          percent: Type.String(),
          of: Type.Union([Type.Literal('seated'), Type.Literal('cast')]),
          participation: Type.Optional(Type.String()),
          group: Type.Optional(Key),
        },
        closed,
      ),
      Type.Object({ weight: Type.Integer({ minimum: 1 }), group: Type.Optional(Key) }, closed),
      Type.Object({ and: Type.Array(Type.Ref('Rule')) }, closed),
      Type.Object({ or: Type.Array(Type.Ref('Rule')) }, closed),
    ]),
  },
  'Rule',
);

export type Rule =
  | { readonly any: true; readonly group?: string }
  | { readonly all: true; readonly group?: string }
  | { readonly count: number; readonly group?: string }
  | {
      readonly percent: string;
      readonly of: 'seated' | 'cast';
      readonly participation?: string;
      readonly group?: string;
    }
  | { readonly weight: number; readonly group?: string }
  | { readonly and: readonly Rule[] }
  | { readonly or: readonly Rule[] };

export const AssigneeSchema = Type.Object(
  {
    type: Type.Union([Type.Literal('USER'), Type.Literal('ROLE')]),
    /** A user id or a role name. */
    id: Type.String({ minLength: 1, maxLength: 100 }),
    /** How many assignments a ROLE makes, each for a different holder. */
    seats: Type.Optional(Type.Integer({ minimum: 1 })),
    /** How many of this assignee's assignments must approve besides the step's own rule. */
    minApprovals: Type.Optional(Type.Integer({ minimum: 1 })),
    group: Type.Optional(Key),
    weight: Type.Optional(Type.Integer({ minimum: 1 })),
    veto: Type.Optional(Type.Boolean()),
    scope: Type.Optional(Type.Array(Type.String())),
  },
  closed,
);
export type Assignee = Static<typeof AssigneeSchema>;

export const TargetSchema = Type.Union([
  Type.Object({ user: Type.String() }, closed),
  Type.Object({ role: Type.String() }, closed),
  Type.Object({ manager: Type.Literal(true) }, closed),
]);
export type Target = Static<typeof TargetSchema>;

export const RungSchema = Type.Object(
  {
    id: Key,
    /**
     * When it fires, on the step's SLA clock: `50%` of the budget, `0` at the due time, `-4h`/`+8h` around it
     * (`h` wall hours, `bh` business hours), `start+48h` after the step started.
     */
    at: Type.String(),
    action: Type.Union(
      ['remind', 'notify', 'add', 'transfer', 'priority', 'auto_reject', 'auto_approve', 'expire', 'none'].map(
        (action) => Type.Literal(action),
      ),
    ),
    to: Type.Optional(TargetSchema),
    /** User ids or `ROLE:name`. */
    notify: Type.Optional(Type.Array(Type.String())),
  },
  closed,
);
export type Rung = Omit<Static<typeof RungSchema>, 'action'> & { readonly action: RungAction };
export type RungAction =
  'remind' | 'notify' | 'add' | 'transfer' | 'priority' | 'auto_reject' | 'auto_approve' | 'expire' | 'none';

export const SlaSchema = Type.Object(
  {
    value: Type.Integer({ minimum: 0 }),
    unit: Type.Union([Type.Literal('WALL_HOUR'), Type.Literal('BUSINESS_HOUR'), Type.Literal('BUSINESS_DAY')]),
  },
  closed,
);
export type Sla = Static<typeof SlaSchema>;

/** One step in normal form. Optional members belong to features that widen the form later; never rename one. */
export const StepSchema = Type.Object(
  {
    key: Key,
    name: Type.String(),
    assignees: Type.Array(AssigneeSchema),
    rule: RuleSchema,
    /** Minimum distinct people whose decisions count, on top of the rule. */
    floor: Type.Integer({ minimum: 0 }),
    distinct: Type.Union([Type.Literal('step'), Type.Literal('review')]),
    onReject: Type.Union([Type.Literal('immediate'), Type.Literal('collect')]),
    staleness: Type.Union([Type.Literal('scoped'), Type.Literal('any'), Type.Literal('never')]),
    sla: Type.Union([SlaSchema, Type.Null()]),
    ladder: Type.Array(RungSchema),
    maxRounds: Type.Optional(Type.Integer({ minimum: 1 })),
    /** What a request for changes does after the last round: default `reject`. */
    onMaxRounds: Type.Optional(Type.Union([Type.Literal('reject'), Type.Literal('escalate')])),
    /** Whether holders of a role are those of the step's start. Default: frozen under `percent` and `all`, else live. */
    electorate: Type.Optional(Type.Union([Type.Literal('frozen'), Type.Literal('live')])),
    /** The step runs where this is true of the content; unknown runs it too. */
    when: Type.Optional(ConditionSchema),
    /** Starts together with the step before it; the next stage starts when all of them are satisfied or skipped. */
    parallel: Type.Optional(Type.Literal(true)),
    /** An enforced rule may satisfy it; its people decide where no rule does. */
    auto: Type.Optional(Type.Literal(true)),
    /** How long a claim holds a role's assignment. */
    claimLease: Type.Optional(SlaSchema),
    /** Key of the calendar that business time counts on; default that of the definition. */
    calendar: Type.Optional(Key),
  },
  closed,
);
export type Step = Omit<Static<typeof StepSchema>, 'rule' | 'ladder' | 'when'> & {
  readonly rule: Rule;
  readonly ladder: readonly Rung[];
  readonly when?: Condition;
};

export const FourEyesSchema = Type.Object(
  {
    submitter: Type.Boolean(),
    editors: Type.Boolean(),
    allowSelf: Type.Optional(Type.Boolean()),
    /** Nobody below the submitter decides: people whose line of managers leads to the submitter. */
    noUpward: Type.Optional(Type.Boolean()),
    /** User ids that never decide under this workflow. */
    conflicts: Type.Optional(Type.Array(Type.String())),
  },
  closed,
);
export type FourEyes = Static<typeof FourEyesSchema>;

/** Automatic rules that are asked before people are. */
export const AutoSchema = Type.Object({ ruleset: Key }, closed);
export type Auto = Static<typeof AutoSchema>;

/** How often a review that ended may be opened again, and from where: at the step that ended it, or from the first one. */
export const ReopenSchema = Type.Object(
  { mode: Type.Union([Type.Literal('smart'), Type.Literal('restart')]), max: Type.Integer({ minimum: 0 }) },
  closed,
);
export type Reopen = Static<typeof ReopenSchema>;

export const DefinitionSchema = Type.Object(
  {
    key: Key,
    name: Type.String(),
    steps: Type.Array(StepSchema),
    fourEyes: FourEyesSchema,
    auto: Type.Optional(AutoSchema),
    reopen: Type.Optional(ReopenSchema),
    /** Key of the calendar that business time counts on. */
    calendar: Type.Optional(Key),
  },
  closed,
);
export type Definition = Omit<Static<typeof DefinitionSchema>, 'steps'> & { readonly steps: readonly Step[] };
