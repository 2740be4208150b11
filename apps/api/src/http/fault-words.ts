import type { ValidationError } from 'class-validator';
import type { Fault } from './refusals.js';

/**
 * What a constraint of the validator is called in a problem: the words in which definitions and rules name their faults
 * too. Some say which of several things is wrong by the value.
 */
const CODES: Readonly<Record<string, string | ((value: unknown) => string)>> = {
  arrayMaxSize: 'too-many',
  arrayNotEmpty: 'required',
  isAmount: 'bad-format',
  isArray: 'wrong-type',
  isBoolean: 'wrong-type',
  isContent: (value) => (isJsonObject(value) ? 'too-deep' : 'wrong-type'),
  isDay: (value) => formatOf(value),
  isDefined: 'required',
  isId: (value) => formatOf(value),
  isIn: 'unknown-value',
  isInstant: (value) => formatOf(value),
  isInt: 'wrong-type',
  isLength: 'out-of-range',
  isObject: 'wrong-type',
  isPointer: (value) => formatOf(value),
  isScalar: 'wrong-type',
  isString: 'wrong-type',
  isTarget: 'bad-format',
  isText: (value) => (typeof value !== 'string' ? 'wrong-type' : value.trim() === '' ? 'required' : 'out-of-range'),
  isTextList: 'wrong-type',
  matches: 'bad-format',
  max: 'out-of-range',
  min: 'out-of-range',
  nestedValidation: 'wrong-type',
  reasonRequired: 'reason-required',
};

export const knownConstraints: readonly string[] = Object.keys(CODES);

const isJsonObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
const formatOf = (value: unknown) => (typeof value === 'string' ? 'bad-format' : 'wrong-type');

/** The validator's own sentences, in ours; all of ours end in a full stop, none of its own does. */
const SENTENCES: readonly (readonly [RegExp, string])[] = [
  [/^each value in (\S+) /, 'each of $1 '],
  [/ must be one of the following values: (.*)$/, ' must be one of $1'],
  [/ should not be empty$/, ' must not be empty'],
  [/ must be an integer number$/, ' must be a whole number'],
  [/ must not be less than (.*)$/, ' must be at least $1'],
  [/ must not be greater than (.*)$/, ' must be at most $1'],
  [/ must be a boolean value$/, ' must be true or false'],
  [/ must be an array$/, ' must be a list'],
  [/ must be a string$/, ' must be a text'],
  [/ must be longer than or equal to (\d+) characters$/, ' has at least $1 characters'],
  [/ must be shorter than or equal to (\d+) characters$/, ' has at most $1 characters'],
  [/ must be longer than or equal to (\d+) and shorter than or equal to (\d+) characters$/, ' has $1 to $2 characters'],
  [/ must contain no more than (\d+) elements$/, ' has at most $1 entries'],
];

export const sentenceOf = (said: string): string =>
  said.endsWith('.') ? said : `${SENTENCES.reduce((words, [pattern, ours]) => words.replace(pattern, ours), said)}.`;

/** What is wrong with one member. One that is missing has no other fault, nor has one of the wrong type. */
export function memberFaults(pointer: string, { property, value, constraints = {} }: ValidationError): Fault[] {
  const faults = Object.entries(constraints).map(([constraint, said]) => {
    const named = CODES[constraint] ?? 'bad-format';
    return { pointer, code: typeof named === 'string' ? named : named(value), detail: sentenceOf(said) };
  });
  const isMissing = value === undefined && faults.length > 0 && !faults.some(({ code }) => code === 'reason-required');
  if (isMissing) return [{ pointer, code: 'required', detail: constraints['isDefined'] ?? `${property} is required.` }];
  const mistyped = faults.find(({ code }) => code === 'wrong-type');
  return mistyped ? [mistyped] : faults;
}
