import { isUtf8 } from 'node:buffer';
import { MalformedJson, type Fault } from './refusals.js';

/** A number of the body whose text is not an integer, kept as it was written: JSON.parse would round it silently. */
class Fraction {
  constructor(readonly source: string) {}
}

/**
 * Reads a body as JSON. Numbers are taken by what was written, not by what a double makes of it: `1.0` and `1e2` are
 * integers, `1.00000000000000001` is not although JSON.parse says 1.
 * @throws MalformedJson
 */
export function readJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new MalformedJson('The body is not UTF-8.');
  const text = bytes.toString('utf8');
  try {
    return mayHoldFractions.test(text) ? JSON.parse(text, keepFractions) : JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new MalformedJson('The body is not valid JSON.');
    // Nested deeper than a reviver can follow: without one it can be read, and is refused for its depth like any other.
    if (error instanceof RangeError) return JSON.parse(text);
    throw error;
  }
}

/** Also true for digits followed by a point in a text: then the slower way is taken in vain, nothing else. */
const mayHoldFractions = /[0-9][.eE]/;

function keepFractions(this: unknown, _key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== 'number' || source === undefined || !/[.eE]/.test(source)) return value;
  return isWhole(source) ? value : new Fraction(source);
}

/** Whether a JSON number is an integer, by its digits. */
function isWhole(source: string): boolean {
  const [, whole = '', fraction = '', exponent = '0'] = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(source) ?? [];
  const significant = `${whole}${fraction}`.replace(/0+$/, '');
  if (/^0*$/.test(significant)) return true;
  return significant.length <= whole.length + Number(exponent);
}

/** Deepest nesting of a body: 32 levels of content, and what stands around it. */
const MAX_DEPTH = 36;
const MAX_FAULTS = 50;

const pointerOf = (path: readonly (string | number)[]) =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1').toWellFormed()}`).join('');

/** U+0000 and lone surrogates: PostgreSQL and canonical JSON cannot carry them. */
const isStorable = (text: string) => !text.includes('\u0000') && text.isWellFormed();

/** What no body may hold, wherever it stands: text that cannot be stored, numbers that are not safe integers, too deep nesting. */
export function jsonFaults(body: unknown): Fault[] {
  const faults: Fault[] = [];
  const path: (string | number)[] = [];
  const fault = (code: string, detail: string) => {
    if (faults.length < MAX_FAULTS) faults.push({ pointer: pointerOf(path), code, detail });
  };
  const visit = (value: unknown): void => {
    if (typeof value === 'string') {
      if (!isStorable(value)) fault('invalid-text', 'Text must not hold U+0000 or lone surrogates.');
    } else if (typeof value === 'number') {
      // Fractions never come here as numbers; what is written beyond the range of a double comes as Infinity.
      if (!Number.isSafeInteger(value))
        fault('out-of-range', 'Integers go to 2^53-1; send a larger number as a decimal string.');
    } else if (value instanceof Fraction) {
      fault('not-an-integer', fractionAdvice);
    } else if (typeof value === 'object' && value !== null) {
      if (path.length >= MAX_DEPTH) return fault('too-deep', 'Nested too deeply; content goes to 32 levels.');
      if (Array.isArray(value)) {
        for (let index = 0; index < value.length; index++) {
          path.push(index);
          visit(value[index]);
          path.pop();
        }
        return;
      }
      for (const key of Object.keys(value)) {
        path.push(key);
        if (key === '__proto__') fault('invalid-name', 'A member must not be named __proto__.');
        else if (!isStorable(key)) fault('invalid-text', 'Names must not hold U+0000 or lone surrogates.');
        visit((value as Record<string, unknown>)[key]);
        path.pop();
      }
    }
  };
  visit(body);
  return faults;
}

const fractionAdvice = 'A fraction cannot be kept exactly: send a decimal string.';

/** Levels of nesting: a scalar has none, `{}` has one. The value has passed `jsonFaults`, so that it ends. */
export function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let deepest = 0;
  for (const member of Object.values(value)) deepest = Math.max(deepest, depthOf(member));
  return deepest + 1;
}
