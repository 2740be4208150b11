import { Type } from 'typebox';
import { CelCondition } from './cel.js';
import { compareDecimals, readDecimal } from './decimal.js';
import type { FactType, FactTypes } from './fact-types.js';
import type { Json, JsonObject } from './json.js';
import { isErased, type Erased } from './personal.js';

/** What a condition compares with. */
export type Operand = string | number | boolean | null;

export const COMPARISONS = ['eq', 'ne', 'lt', 'lte', 'gt', 'gte'] as const;
export type Comparison = (typeof COMPARISONS)[number];

/**
 * A question to the facts, answered true, false or unknown (Kleene). A path is dotted (`applicant.income`) or a JSON
 * pointer (`/applicant/income`).
 */
export type Condition =
  | { readonly eq: readonly [path: string, value: Operand] }
  | { readonly ne: readonly [path: string, value: Operand] }
  | { readonly lt: readonly [path: string, value: Operand] }
  | { readonly lte: readonly [path: string, value: Operand] }
  | { readonly gt: readonly [path: string, value: Operand] }
  | { readonly gte: readonly [path: string, value: Operand] }
  | { readonly in: readonly [path: string, values: readonly Operand[]] }
  | { readonly exists: string }
  | { readonly and: readonly Condition[] }
  | { readonly or: readonly Condition[] }
  | { readonly not: Condition }
  | { readonly cel: string };

const closed = { additionalProperties: false };
const Path = Type.String({ minLength: 1, maxLength: 200 });
const Value = Type.Union([Type.String({ maxLength: 1_000 }), Type.Integer(), Type.Boolean(), Type.Null()]);
const Against = Type.Tuple([Path, Value]);
const Conditions = Type.Array(Type.Ref('Condition'), { minItems: 1, maxItems: 100 });

/** The shape as it is stored; `conditionFaults` says what else must hold (depth, operands, CEL that compiles). */
export const ConditionSchema = Type.Cyclic(
  {
    Condition: Type.Union([
      Type.Object({ eq: Against }, closed),
      Type.Object({ ne: Against }, closed),
      Type.Object({ lt: Against }, closed),
      Type.Object({ lte: Against }, closed),
      Type.Object({ gt: Against }, closed),
      Type.Object({ gte: Against }, closed),
      Type.Object({ in: Type.Tuple([Path, Type.Array(Value, { maxItems: 1_000 })]) }, closed),
      Type.Object({ exists: Path }, closed),
      Type.Object({ and: Conditions }, closed),
      Type.Object({ or: Conditions }, closed),
      Type.Object({ not: Type.Ref('Condition') }, closed),
      Type.Object({ cel: Type.String({ minLength: 1, maxLength: 1_000 }) }, closed),
    ]),
  },
  'Condition',
);

export type Truth = true | false | 'unknown';

/** Why a leaf is unknown. */
export type Doubt = 'missing' | 'not-comparable' | 'mistyped' | 'erased' | 'error' | 'too-much';

/** How a condition came to its answer: every part of it with the operands it saw. The operands are content: seal them. */
export type ConditionTrace = {
  readonly op: Comparison | 'in' | 'exists' | 'and' | 'or' | 'not' | 'cel';
  readonly value: Truth;
  readonly path?: string;
  /** What the facts say; long texts are cut, lists and objects left out. */
  readonly operand?: Operand;
  readonly against?: Operand | readonly Operand[];
  readonly cel?: string;
  readonly doubt?: Doubt;
  readonly of?: readonly ConditionTrace[];
};

const Doubts = ['missing', 'not-comparable', 'mistyped', 'erased', 'error', 'too-much'];
const Operators = [...COMPARISONS, 'in', 'exists', 'and', 'or', 'not', 'cel'];

/** The shape of a trace inside an event; always behind `personal(…)`. */
export const ConditionTraceSchema = Type.Cyclic(
  {
    Trace: Type.Object(
      {
        op: Type.Union(Operators.map((op) => Type.Literal(op))),
        value: Type.Union([Type.Boolean(), Type.Literal('unknown')]),
        path: Type.Optional(Type.String()),
        operand: Type.Optional(Value),
        against: Type.Optional(Type.Union([Value, Type.Array(Value)])),
        cel: Type.Optional(Type.String()),
        doubt: Type.Optional(Type.Union(Doubts.map((doubt) => Type.Literal(doubt)))),
        of: Type.Optional(Type.Array(Type.Ref('Trace'))),
      },
      closed,
    ),
  },
  'Trace',
);

export interface Asking {
  /** The types of the facts, where they are declared. */
  readonly declared?: FactTypes | undefined;
  /** Expressions in CEL that may be asked of the same facts in one go, those of this condition among them. */
  readonly expressions?: number;
}

/**
 * Answers a condition, and how it came to that. Every part is looked at, so that the trace is complete. Facts that are
 * missing, erased, of a type that was not declared or not comparable make it unknown: a person decides then.
 */
export function evaluateCondition(
  condition: Condition,
  facts: JsonObject | Erased,
  { declared, expressions = expressionsIn([condition]) }: Asking = {},
): { value: Truth; trace: ConditionTrace } {
  const trace = ask(condition, facts as JsonObject, { declared, expressions });
  return { value: trace.value, trace };
}

/** How many expressions in CEL these conditions hold. */
export const expressionsIn = (conditions: readonly Condition[]): number =>
  conditions.reduce((sum, condition) => sum + ('cel' in condition ? 1 : expressionsIn(partsOf(condition))), 0);

/** How many parts these conditions have, those within others among them. */
export const partsIn = (conditions: readonly Condition[]): number =>
  conditions.reduce((sum, condition) => sum + 1 + partsIn(partsOf(condition)), 0);

const partsOf = (condition: Condition): readonly Condition[] => {
  if ('and' in condition) return condition.and;
  if ('or' in condition) return condition.or;
  return 'not' in condition ? [condition.not] : [];
};

function ask(condition: Condition, facts: JsonObject, asking: Asking): ConditionTrace {
  if ('and' in condition) {
    const of = condition.and.map((part) => ask(part, facts, asking));
    return { op: 'and', value: every(of), of };
  }
  if ('or' in condition) {
    const of = condition.or.map((part) => ask(part, facts, asking));
    return { op: 'or', value: some(of), of };
  }
  if ('not' in condition) {
    const part = ask(condition.not, facts, asking);
    return { op: 'not', value: opposite(part.value), of: [part] };
  }
  if ('cel' in condition) return askCel(condition.cel, facts, asking);
  return askLeaf(condition, facts, asking.declared);
}

const values = (of: readonly ConditionTrace[]) => of.map(({ value }) => value);
const every = (of: readonly ConditionTrace[]): Truth =>
  values(of).includes(false) ? false : values(of).includes('unknown') ? 'unknown' : true;
const some = (of: readonly ConditionTrace[]): Truth =>
  values(of).includes(true) ? true : values(of).includes('unknown') ? 'unknown' : false;
const opposite = (value: Truth): Truth => (value === 'unknown' ? value : !value);

type Leaf = Exclude<Condition, { and: unknown } | { or: unknown } | { not: unknown } | { cel: unknown }>;

function askLeaf(leaf: Leaf, facts: JsonObject, declared: FactTypes | undefined): ConditionTrace {
  if ('exists' in leaf) {
    const path = leaf.exists;
    const found = look(facts, path);
    if (found === ERASED) return { op: 'exists', value: 'unknown', path, doubt: 'erased' };
    return { op: 'exists', value: found !== undefined && found !== null, path, ...shown(found) };
  }
  const [op, [path, against]] = Object.entries(leaf)[0] as [Comparison | 'in', [string, Operand | readonly Operand[]]];
  const found = look(facts, path);
  const trace = { op, path, ...shown(found), ...opposed(against) };
  if (found === undefined) return { ...trace, value: 'unknown', doubt: 'missing' };
  if (found === ERASED) return { ...trace, value: 'unknown', doubt: 'erased' };
  if (!isOfType(found, declared?.[path])) return { ...trace, value: 'unknown', doubt: 'mistyped' };

  const value = op === 'in' ? among(found, against as readonly Operand[]) : compare(op, found, against as Operand);
  return value === 'unknown' ? { ...trace, value, doubt: 'not-comparable' } : { ...trace, value };
}

const among = (found: Json, against: readonly Operand[]): Truth => {
  const answers = against.map((one) => compare('eq', found, one));
  return answers.includes(true) ? true : answers.includes('unknown') ? 'unknown' : false;
};

/** Numbers as exact decimals; everything else only as equal or not, and only with its like. */
function compare(op: Comparison, found: Json, against: Operand): Truth {
  if (op === 'ne') return opposite(compare('eq', found, against));
  if (typeof found === 'object' && found !== null) return 'unknown';

  const [left, right] = [readDecimal(found), readDecimal(against)];
  if (left && right) return ordered(op, compareDecimals(left, right));
  if (op !== 'eq') return 'unknown';
  if (against === null || typeof found === typeof against) return found === against;
  // A code is compared with a number as text: "A7" is not 7, and that is known.
  return isText(found) && isText(against) ? String(found) === String(against) : 'unknown';
}

const isText = (value: unknown) => typeof value === 'string' || typeof value === 'number';

function ordered(op: Exclude<Comparison, 'ne'>, difference: number): boolean {
  switch (op) {
    case 'eq':
      return difference === 0;
    case 'lt':
      return difference < 0;
    case 'lte':
      return difference <= 0;
    case 'gt':
      return difference > 0;
    case 'gte':
      return difference >= 0;
  }
}

function isOfType(value: Json, type: FactType | undefined): boolean {
  switch (type) {
    case undefined:
      return true;
    case 'text':
      return typeof value === 'string';
    case 'integer':
      return typeof value === 'number';
    case 'decimal':
      return readDecimal(value) !== undefined;
    case 'boolean':
      return typeof value === 'boolean';
    case 'list':
      return Array.isArray(value);
    case 'map':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
  }
}

const ERASED = Symbol('erased');

/** The value at a path; `undefined` where there is none. Only what the facts themselves hold is found. */
function look(facts: Json, path: string): Json | typeof ERASED | undefined {
  let at: Json | undefined = facts;
  for (const name of segments(path)) {
    if (isErased(at)) return ERASED;
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined;
    if (Array.isArray(at) && !/^(0|[1-9]\d*)$/.test(name)) return undefined;
    at = (at as JsonObject)[name];
  }
  return isErased(at) ? ERASED : at;
}

/** `a.b` and `/a/b` name the same member; a member with a dot in its name is reached by the pointer only. */
export const segments = (path: string): string[] =>
  path.startsWith('/')
    ? path
        .slice(1)
        .split('/')
        .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    : path.split('.');

const SHOWN = 200;

/** An operand as the trace shows it. */
function shown(found: Json | typeof ERASED | undefined): { operand?: Operand } {
  if (found === undefined || typeof found === 'symbol') return {};
  if (typeof found === 'string') return { operand: found.length > SHOWN ? `${cut(found)}…` : found };
  return typeof found === 'object' && found !== null ? {} : { operand: found };
}

/** What it is compared with stands in the condition too: a long list is not repeated. */
const opposed = (against: Operand | readonly Operand[]): Pick<ConditionTrace, 'against'> =>
  Array.isArray(against) && against.length > 20 ? {} : { against };

const cut = (text: string): string => text.slice(0, SHOWN).toWellFormed();

function askCel(cel: string, facts: JsonObject, { declared, expressions }: Asking): ConditionTrace {
  if (isErased(facts)) return { op: 'cel', value: 'unknown', cel, doubt: 'erased' };
  const answer = compiled(cel, declared)?.evaluate(facts, expressions) ?? 'error';
  if (typeof answer === 'boolean') return { op: 'cel', value: answer, cel };
  return { op: 'cel', value: 'unknown', cel, doubt: answer };
}

const KEPT = 500;
const programs = new Map<string, CelCondition | undefined>();

/** Compiled once per text and declaration: the meaning of a text never changes. The least used are let go. */
function compiled(cel: string, declared: FactTypes | undefined): CelCondition | undefined {
  const key = JSON.stringify([cel, declared ?? null]);
  const program = programs.has(key) ? programs.get(key) : tryCompile(cel, declared);
  programs.delete(key);
  programs.set(key, program);
  const [oldest] = programs.keys();
  if (programs.size > KEPT && oldest !== undefined) programs.delete(oldest);
  return program;
}

function tryCompile(cel: string, declared: FactTypes | undefined): CelCondition | undefined {
  try {
    return CelCondition.compile(cel, declared);
  } catch {
    // Refused at publish; what gets here nevertheless is unknown, never a failed command.
    return undefined;
  }
}
