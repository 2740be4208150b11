import { CelCondition, NotACondition } from './cel.js';
import { closest } from './closest.js';
import { COMPARISONS, segments, type Condition } from './condition.js';
import { readDecimal } from './decimal.js';
import type { FactTypes } from './fact-types.js';

/** One thing wrong with a condition: where (JSON pointer), what (stable code), and how to mend it. */
export type ConditionFault = Readonly<{
  pointer: string;
  code:
    | 'required'
    | 'wrong-type'
    | 'bad-format'
    | 'out-of-range'
    | 'too-many'
    | 'unknown-member'
    | 'unknown-value'
    | 'contradiction';
  detail: string;
}>;

const DEEPEST = 8;
const MOST_PARTS = 200;
const OPERATORS = [...COMPARISONS, 'in', 'exists', 'and', 'or', 'not', 'cel'] as const;
const ORDERED: readonly string[] = ['lt', 'lte', 'gt', 'gte'];

/** Expressions in CEL that are still looked into: of what holds more, the rest is not, so that it is refused quickly. */
export interface Expressions {
  left: number;
}

/**
 * Everything that is wrong with `value` as a condition, at once; [] means that it is one (`isCondition`). `declared`:
 * the facts of a ruleset that declares them, beyond which it may not ask. `expressions`: those of several conditions.
 */
export function conditionFaults(
  value: unknown,
  pointer: string,
  declared?: FactTypes,
  expressions: Expressions = { left: MOST_PARTS },
): readonly ConditionFault[] {
  const reading: Reading = { faults: [], parts: 0, declared, expressions };
  read(value, pointer, 1, reading);
  return reading.faults;
}

/** True when there is nothing wrong with it. */
export const isCondition = (value: unknown, declared?: FactTypes): value is Condition =>
  conditionFaults(value, '', declared).length === 0;

type Reading = { faults: ConditionFault[]; parts: number; declared: FactTypes | undefined; expressions: Expressions };

function read(value: unknown, pointer: string, depth: number, reading: Reading): void {
  const fault = (code: ConditionFault['code'], detail: string, at = pointer) => {
    reading.faults.push({ pointer: at, code, detail });
  };
  reading.parts += 1;
  if (reading.parts > MOST_PARTS) {
    if (reading.parts === MOST_PARTS + 1) fault('too-many', `A condition has at most ${MOST_PARTS} parts.`);
    return;
  }
  if (depth > DEEPEST) return fault('out-of-range', `Conditions stand at most ${DEEPEST} deep in each other.`);
  if (!isObject(value))
    return fault('wrong-type', 'A condition is an object such as {"gt": ["amountMinor", "2000000"]}.');

  const names = Object.keys(value);
  for (const name of names)
    if (!isOperator(name)) {
      const meant = closest(name, OPERATORS);
      const advice = meant ? ` Did you mean ${meant}?` : ` It is one of ${OPERATORS.join(', ')}.`;
      fault('unknown-member', `${quote(name)} is no operator.${advice}`, at(pointer, name));
    }
  const known = names.filter(isOperator);
  if (known.length > 1) fault('contradiction', `A condition has one operator; this has ${known.join(', ')}.`);
  if (names.length === 0) fault('required', `A condition has one of ${OPERATORS.join(', ')}.`);

  for (const op of known) readOperands(op, value[op], at(pointer, op), depth, reading);
}

function readOperands(
  op: (typeof OPERATORS)[number],
  value: unknown,
  pointer: string,
  depth: number,
  reading: Reading,
): void {
  const fault = (code: ConditionFault['code'], detail: string, where = pointer) => {
    reading.faults.push({ pointer: where, code, detail });
  };
  switch (op) {
    case 'and':
    case 'or':
      if (!Array.isArray(value)) return fault('wrong-type', `${op} takes a list of conditions.`);
      if (value.length === 0) return fault('required', `${op} takes at least one condition.`);
      if (value.length > 100) return fault('too-many', `${op} takes at most 100 conditions.`);
      return value.forEach((part, i) => read(part, `${pointer}/${i}`, depth + 1, reading));
    case 'not':
      return read(value, pointer, depth + 1, reading);
    case 'cel':
      if (typeof value !== 'string' || value.trim() === '') return fault('wrong-type', 'cel takes an expression.');
      if (reading.expressions.left-- <= 0) return;
      try {
        CelCondition.compile(value, reading.declared);
      } catch (error) {
        if (!(error instanceof NotACondition)) throw error;
        fault('bad-format', `This is not a condition in CEL: ${error.message}.`);
      }
      return;
    case 'exists':
      return readPath(value, pointer, reading);
    case 'in': {
      if (!isPair(value) || !Array.isArray(value[1]))
        return fault('wrong-type', 'in takes a path and a list of values: ["currency", ["EUR", "USD"]].');
      readPath(value[0], `${pointer}/0`, reading);
      if (value[1].length > 1_000) return fault('too-many', 'in takes at most 1000 values.', `${pointer}/1`);
      return value[1].forEach((one, i) => readValue(one, `${pointer}/1/${i}`, reading));
    }
    default: {
      if (!isPair(value)) return fault('wrong-type', `${op} takes a path and a value: ["amountMinor", "2000000"].`);
      readPath(value[0], `${pointer}/0`, reading);
      readValue(value[1], `${pointer}/1`, reading);
      if (!ORDERED.includes(op)) return;
      if (isOperand(value[1]) && !readDecimal(value[1]))
        fault('bad-format', `${op} compares numbers: write an integer or a decimal string.`, `${pointer}/1`);
      const type = typeof value[0] === 'string' ? reading.declared?.[value[0]] : undefined;
      if (type !== undefined && type !== 'integer' && type !== 'decimal')
        fault('contradiction', `${quote(value[0] as string)} is declared as ${type}; ${op} compares numbers.`);
    }
  }
}

function readPath(value: unknown, pointer: string, { faults, declared }: Reading): void {
  const fault = (code: ConditionFault['code'], detail: string) => {
    faults.push({ pointer, code, detail });
  };
  if (typeof value !== 'string') return fault('wrong-type', 'A path is a string such as applicant.income.');
  if (value.length > 200) return fault('out-of-range', 'A path has at most 200 characters.');
  if (value === '' || (!value.startsWith('/') && segments(value).includes('')) || !value.isWellFormed())
    return fault('bad-format', 'A path is written applicant.income or /applicant/income.');
  if (declared && !Object.hasOwn(declared, value)) {
    const meant = closest(value, Object.keys(declared));
    fault('unknown-value', `${quote(value)} is not among the declared facts.${meant ? ` Did you mean ${meant}?` : ''}`);
  }
}

function readValue(value: unknown, pointer: string, { faults }: Reading): void {
  if (!isOperand(value))
    faults.push({
      pointer,
      code: 'wrong-type',
      detail: 'A value is a string, an integer, true, false or null; write fractions as decimal strings.',
    });
  else if (typeof value === 'string' && value.length > 1_000)
    faults.push({ pointer, code: 'out-of-range', detail: 'A value has at most 1000 characters.' });
}

const isOperand = (value: unknown): boolean =>
  value === null ||
  typeof value === 'boolean' ||
  (typeof value === 'string' && value.isWellFormed()) ||
  Number.isSafeInteger(value);

const isOperator = (name: string): name is (typeof OPERATORS)[number] =>
  (OPERATORS as readonly string[]).includes(name);

const isPair = (value: unknown): value is readonly [unknown, unknown] => Array.isArray(value) && value.length === 2;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const at = (pointer: string, name: string) => `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** Words of a request as they may be shown in a fault: short, and escaped. */
const quote = (word: string): string => JSON.stringify(word.length > 60 ? `${word.slice(0, 60)}…` : word);
