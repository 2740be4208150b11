import { Type } from 'typebox';
import {
  ConditionSchema,
  ConditionTraceSchema,
  evaluateCondition,
  expressionsIn,
  type Asking,
  type Condition,
  type ConditionTrace,
} from './condition.js';
import { FACT_TYPES, type FactTypes } from './fact-types.js';
import type { JsonObject } from './json.js';
import type { Erased } from './personal.js';

/*
 * Automatic decisions, as a ruleset is stored and pinned by reviews: the normal form. The plain form
 * (`when: [{path, op, value}]`) is turned into it by `normaliseRuleset`.
 */

const closed = { additionalProperties: false };

/** What a rule says: the review ends approved, ends rejected, or people look at it. */
export const RULE_OUTCOMES = ['approve', 'reject', 'review'] as const;
export type RuleOutcome = (typeof RULE_OUTCOMES)[number];

/** `shadow`: asked and recorded, changes nothing; `off`: not asked. */
export const RULE_MODES = ['enforce', 'shadow', 'off'] as const;
export type RuleMode = (typeof RULE_MODES)[number];

/** `first`: the first rule that matches decides. `strictest`: all are asked, reject beats review beats approve. */
export const RULE_MATCHES = ['first', 'strictest'] as const;
export type RuleMatch = (typeof RULE_MATCHES)[number];

const outcome = Type.Unsafe<RuleOutcome>(Type.Union(RULE_OUTCOMES.map((one) => Type.Literal(one))));
const mode = Type.Unsafe<RuleMode>(Type.Union(RULE_MODES.map((one) => Type.Literal(one))));

export const RulesetSchema = Type.Object(
  {
    key: Type.String(),
    name: Type.String(),
    /** What the facts are, by dotted path; rules ask for nothing else then. */
    facts: Type.Optional(Type.Record(Type.String(), Type.Union(FACT_TYPES.map((type) => Type.Literal(type))))),
    match: Type.Union(RULE_MATCHES.map((one) => Type.Literal(one))),
    rules: Type.Array(
      Type.Object(
        {
          /** Unique in the ruleset: the trace names rules by it. */
          name: Type.String(),
          /** Absent: always. */
          when: Type.Optional(ConditionSchema),
          outcome,
          reason: Type.Optional(Type.String()),
          mode,
        },
        closed,
      ),
    ),
  },
  closed,
);

export type AutoRule = Readonly<{
  name: string;
  when?: Condition;
  outcome: RuleOutcome;
  reason?: string;
  mode: RuleMode;
}>;

export type Ruleset = Readonly<{
  key: string;
  name: string;
  facts?: FactTypes;
  match: RuleMatch;
  rules: readonly AutoRule[];
}>;

/** `off`: not asked. Every other rule is asked, also behind the one that decided. */
export type RuleResult = 'matched' | 'unmatched' | 'unknown' | 'off';

/** What one rule answered; says nothing of the facts but that. */
export const RuleAnswerSchema = Type.Object(
  {
    name: Type.String(),
    mode,
    outcome,
    result: Type.Union(['matched', 'unmatched', 'unknown', 'off'].map((one) => Type.Literal(one))),
  },
  closed,
);
export type RuleAnswer = Readonly<{ name: string; mode: RuleMode; outcome: RuleOutcome; result: RuleResult }>;

/** How a rule came to its answer, with the operands it saw: content, so it is sealed where it is stored. */
export const RuleTraceSchema = Type.Object({ rule: Type.String(), trace: ConditionTraceSchema }, closed);
export type RuleTrace = Readonly<{ rule: string; trace: ConditionTrace }>;

export const ConclusionSchema = Type.Object(
  {
    outcome,
    /** The rule that decided; null when none matched. */
    decisive: Type.Union([Type.String(), Type.Null()]),
    reason: Type.Union([Type.String(), Type.Null()]),
  },
  closed,
);
/** Where a ruleset comes out, and by which rule. */
export type Conclusion = Readonly<{ outcome: RuleOutcome; decisive: string | null; reason: string | null }>;

export type RulesEvaluation = Conclusion &
  Readonly<{ shadow: Conclusion | null; rules: readonly RuleAnswer[]; traces: readonly RuleTrace[] }>;

/** Characters of traces that one evaluation keeps: an event has to hold them. */
const LONGEST_TRACE = 100_000;

/**
 * Asks every rule. A rule that is unknown calls for people: it stops the search of `first`, and stands for `review` in
 * `strictest`. When no rule matches, people look at it too.
 */
export function evaluateRuleset(ruleset: Ruleset, facts: JsonObject | Erased): RulesEvaluation {
  const conditions = ruleset.rules.flatMap(({ when, mode }) => (when && mode !== 'off' ? [when] : []));
  const asking = { declared: ruleset.facts, expressions: expressionsIn(conditions) };
  const asked = ruleset.rules.map((rule) => ask(rule, facts, asking));
  const inShadow = asked.some(({ rule }) => rule.mode === 'shadow');
  return {
    ...conclude(
      ruleset.match,
      asked.filter(({ rule }) => rule.mode === 'enforce'),
    ),
    // As if the rules in shadow were enforced.
    shadow: inShadow
      ? conclude(
          ruleset.match,
          asked.filter(({ rule }) => rule.mode !== 'off'),
        )
      : null,
    rules: asked.map(({ rule: { name, mode: of, outcome: says }, result }) => ({
      name,
      mode: of,
      outcome: says,
      result,
    })),
    traces: bounded(asked.flatMap(({ rule, trace }) => (trace ? [{ rule: rule.name, trace }] : []))),
  };
}

type Asked = Readonly<{ rule: AutoRule; result: RuleResult; trace: ConditionTrace | null }>;

function ask(rule: AutoRule, facts: JsonObject | Erased, asking: Asking): Asked {
  if (rule.mode === 'off') return { rule, result: 'off', trace: null };
  if (rule.when === undefined) return { rule, result: 'matched', trace: null };
  const { value, trace } = evaluateCondition(rule.when, facts, asking);
  return { rule, result: value === 'unknown' ? 'unknown' : value ? 'matched' : 'unmatched', trace };
}

function conclude(match: RuleMatch, asked: readonly Asked[]): Conclusion {
  const speaking = asked.filter(({ result }) => result === 'matched' || result === 'unknown');
  const decisive = match === 'first' ? speaking[0] : strictest(speaking);
  if (!decisive) return { outcome: 'review', decisive: null, reason: null };
  const { rule, result } = decisive;
  const known = result === 'matched';
  return {
    outcome: known ? rule.outcome : 'review',
    decisive: rule.name,
    reason: known ? (rule.reason ?? null) : null,
  };
}

const STRICTER: readonly RuleOutcome[] = ['reject', 'review', 'approve'];

const strictest = (speaking: readonly Asked[]): Asked | undefined => {
  const says = ({ rule, result }: Asked) => (result === 'matched' ? rule.outcome : 'review');
  for (const one of STRICTER) {
    // Of rules that say the same, one that knows it is shown before one that does not.
    const saying = speaking.filter((asked) => says(asked) === one);
    const shown = saying.find(({ result }) => result === 'matched') ?? saying[0];
    if (shown) return shown;
  }
  return undefined;
};

/** The traces in their order as long as there is room; results stand in `rules` in any case. */
function bounded(traces: readonly RuleTrace[]): readonly RuleTrace[] {
  let room = LONGEST_TRACE;
  return traces.filter((trace) => {
    room -= JSON.stringify(trace).length;
    return room >= 0;
  });
}

/** A published version, as a review pins it. */
export type PinnedRuleset = Readonly<{
  rulesetId: string;
  version: number;
  /** SHA-256 (hex) of the canonical JSON of `ruleset`. */
  contentHash: string;
  ruleset: Ruleset;
}>;
