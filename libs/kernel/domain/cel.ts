import { Environment, type ASTNode } from '@marcbachmann/cel-js';
import { compareDecimals, readDecimal, type Decimal } from './decimal.js';
import type { FactTypes } from './fact-types.js';
import type { Json, JsonObject } from './json.js';

/** An expression that cannot be a condition; the message says why, in words for its author. */
export class NotACondition extends Error {}

export type CelAnswer = true | false | 'error' | 'too-much';

const LONGEST = 1_000;
const LIMITS = { maxAstNodes: 100, maxDepth: 20, maxListElements: 100, maxMapEntries: 20, maxCallArguments: 4 };
/**
 * Nodes × members walked × values and characters: far above what a policy asks, at worst a quarter of a second. This and
 * the next are for all expressions that are asked together.
 */
const MOST_WORK = 100_000_000;
/** The same without a walk, where the longest that happens is a pass over a text. */
const MOST_READ = 1_000_000_000;
/** Characters × characters: at worst that is what it takes to find one text in another. A quarter of a second of it. */
const MOST_COMPARED = 1_000_000_000;

/** Over each of these the expression is run once per member; inside each other they would multiply. */
const WALKS = new Set(['exists', 'all', 'exists_one', 'filter']);
/**
 * What an expression may call. Left out on purpose: `matches` (a pattern may run for ever), `double` (floats), what
 * makes big things from small ones (`map`, `split`, `join`, `bind`), and clocks that read the machine's time zone.
 */
const CALLS = new Set([
  ...WALKS,
  'has',
  'size',
  'int',
  'string',
  'bool',
  'decimal',
  'contains',
  'startsWith',
  'endsWith',
  'lowerAscii',
  'upperAscii',
  'trim',
]);

class CelDecimal {
  constructor(readonly value: Decimal) {}
}

const decimalOf = (value: unknown): CelDecimal => {
  const read = readDecimal(typeof value === 'bigint' ? String(value) : value);
  if (!read) throw new RangeError('not a decimal');
  return new CelDecimal(read);
};

const order = (a: unknown, b: unknown): number => compareDecimals(worth(a), worth(b));
const worth = (value: unknown): Decimal =>
  value instanceof CelDecimal ? value.value : { digits: value as bigint, scale: 0 };

/** `decimal("12.50")`, compared exactly with each other and with integers. */
function environment(declared: FactTypes | undefined): Environment {
  const env = new Environment({ unlistedVariablesAreDyn: declared === undefined, limits: LIMITS })
    .registerType('Decimal', { ctor: CelDecimal, fields: {} })
    .registerFunction('decimal(string): Decimal', decimalOf)
    .registerFunction('decimal(int): Decimal', decimalOf)
    .registerFunction('decimal(Decimal): Decimal', (value: unknown) => value);
  for (const [left, right] of [
    ['Decimal', 'Decimal'],
    ['Decimal', 'int'],
  ])
    env.registerOperator(`${left} == ${right}`, (a: unknown, b: unknown) => order(a, b) === 0);
  for (const pair of [
    ['Decimal', 'Decimal'],
    ['Decimal', 'int'],
    ['int', 'Decimal'],
  ] as const) {
    const [left, right] = pair;
    env
      .registerOperator(`${left} < ${right}`, (a: unknown, b: unknown) => order(a, b) < 0)
      .registerOperator(`${left} <= ${right}`, (a: unknown, b: unknown) => order(a, b) <= 0)
      .registerOperator(`${left} > ${right}`, (a: unknown, b: unknown) => order(a, b) > 0)
      .registerOperator(`${left} >= ${right}`, (a: unknown, b: unknown) => order(a, b) >= 0);
  }
  for (const [name, type] of declared ? variables(declared) : []) env.registerVariable(name, type);
  return env;
}

const CEL_TYPES = { text: 'string', integer: 'int', decimal: 'Decimal', boolean: 'bool', list: 'list', map: 'map' };

/** Declared paths as CEL sees them: `applicant.income` makes `applicant` a map. */
function* variables(declared: FactTypes): Iterable<[name: string, type: string]> {
  const names = new Map<string, string>();
  for (const [path, type] of Object.entries(declared)) {
    const [first = '', ...rest] = path.split('.');
    if (/^[A-Za-z_]\w*$/.test(first)) names.set(first, rest.length > 0 ? 'map' : CEL_TYPES[type]);
  }
  yield* names;
}

/** A condition in CEL, ready to be asked. The same text and the same facts give the same answer on every machine. */
export class CelCondition {
  private constructor(
    private readonly run: (facts: ReadonlyMap<string, unknown>) => unknown,
    private readonly seen: Seen,
    private readonly declared: FactTypes | undefined,
  ) {}

  /** Throws `NotACondition`. */
  static compile(text: string, declared?: FactTypes): CelCondition {
    if (text.length > LONGEST) throw new NotACondition(`the expression has more than ${LONGEST} characters`);
    const env = environment(declared);
    const parsed = attempt(() => env.parse(text));
    const seen: Seen = { nodes: 0, walks: false, searches: 0, joins: 0 };
    inspect(parsed.ast, false, seen);
    const checked = parsed.check();
    if (!checked.valid) throw new NotACondition(summaryOf(checked.error));
    if (checked.type !== 'bool' && checked.type !== 'dyn')
      throw new NotACondition(`it must say true or false; this is of type ${checked.type}`);
    return new CelCondition((facts) => parsed(facts as never), seen, declared);
  }

  /** @param together how many expressions are asked of these facts, this one among them: they share what may be done. */
  evaluate(facts: JsonObject, together = 1): CelAnswer {
    const { nodes, walks, searches, joins } = this.seen;
    try {
      const { context, longest, weight, text } = surroundings(facts, this.declared);
      const times = walks ? longest : 1;
      if (together * nodes * times * weight > (walks ? MOST_WORK : MOST_READ)) return 'too-much';
      if (together * searches * times * (text * (joins + 1)) ** 2 > MOST_COMPARED) return 'too-much';
      const answer = this.run(context);
      return typeof answer === 'boolean' ? answer : 'error';
    } catch {
      // Whatever an expression stumbles over (no such member, unlike types, overflow) means that it does not know.
      return 'error';
    }
  }
}

interface Surroundings extends Measured {
  readonly declared: FactTypes | undefined;
  readonly context: ReadonlyMap<string, unknown>;
}

/** Of the facts asked last, and no longer than they are in memory: many expressions are asked of the same. */
let latest = new WeakMap<JsonObject, Surroundings>();

/** The facts as CEL sees them. A fact that is no decimal though declared as one is left out: asking for it is an error. */
function surroundings(facts: JsonObject, declared: FactTypes | undefined): Surroundings {
  const known = latest.get(facts);
  if (known && known.declared === declared) return known;
  const measured = { longest: 1, weight: 0, text: 0 };
  const context = new Map<string, unknown>();
  for (const [name, value] of Object.entries(facts)) {
    const read = declared?.[name] === 'decimal' ? celDecimal(value) : inCel(value, measured);
    if (read !== undefined) context.set(name, read);
  }
  const made = { ...measured, declared, context };
  latest = new WeakMap([[facts, made]]);
  return made;
}

const celDecimal = (value: Json): CelDecimal | undefined => {
  const read = readDecimal(value);
  return read && new CelDecimal(read);
};

/** `longest`: members of a list; `text`: characters of a text. */
type Measured = { longest: number; weight: number; text: number };

/** `searches`: how often a text is looked for that is not written in the expression; `joins`: how often two are made one. */
type Seen = { nodes: number; walks: boolean; searches: number; joins: number };

/** Maps and not objects: a member named `constructor` or `__proto__` is only a member then. Integers become int. */
function inCel(value: Json, measured: Measured): unknown {
  measured.weight += 1;
  if (typeof value === 'number') return BigInt(value);
  if (typeof value === 'string') {
    measured.weight += value.length;
    measured.text = Math.max(measured.text, value.length);
  }
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) {
    measured.longest = Math.max(measured.longest, value.length);
    return value.map((member) => inCel(member, measured));
  }
  const members = Object.entries(value);
  return new Map(members.map(([name, member]) => [name, inCel(member, measured)]));
}

const isList = (value: readonly Json[] | JsonObject): value is readonly Json[] => Array.isArray(value);

function attempt<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new NotACondition(summaryOf(error), { cause: error });
  }
}

const summaryOf = (error: unknown): string => {
  const { summary, message } = error as { summary?: string; message: string };
  return (summary ?? message).slice(0, 200);
};

/** Refuses what is not in the list above, before anything of it runs. */
function inspect(node: ASTNode, walking: boolean, seen: Seen): void {
  seen.nodes += 1;
  if (node.op === '+') seen.joins += 1;
  switch (node.op) {
    case 'value':
      if (typeof node.args === 'number')
        throw new NotACondition(`${node.args} is a float; write decimal("${node.args}")`);
      return;
    case 'id':
      return;
    case 'call': {
      const [name, args] = node.args;
      allowed(name);
      return args.forEach((arg) => inspect(arg, walking, seen));
    }
    case 'rcall': {
      const [name, receiver, args] = node.args;
      allowed(name);
      const walks = WALKS.has(name);
      if (walks && walking) throw new NotACondition(`${name} inside another walk over a list`);
      seen.walks ||= walks;
      if (name === 'contains' && args[0]?.op !== 'value') seen.searches += 1;
      inspect(receiver, walking, seen);
      return args.forEach((arg) => inspect(arg, walking || walks, seen));
    }
    default:
      return parts(node.args).forEach((part) => inspect(part, walking, seen));
  }
}

function allowed(name: string): void {
  if (!CALLS.has(name)) throw new NotACondition(`${name}() may not be called here`);
}

/** The expressions among the operands of any other node, however deep they are listed. */
const parts = (args: unknown): ASTNode[] => {
  if (Array.isArray(args)) return args.flatMap(parts);
  return typeof args === 'object' && args !== null && 'op' in args ? [args as ASTNode] : [];
};
