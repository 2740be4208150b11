import { deepFrozen } from './deep-frozen.js';
import { DomainError } from './domain-error.js';

export interface CanonicalLimits {
  /** UTF-8 bytes of the whole text; 256 KiB unless told. */
  readonly maxBytes?: number;
  /** Objects and arrays inside each other; 32 unless told. */
  readonly maxDepth?: number;
}

/** A value that canonical JSON cannot carry; `details.errors` names the place (RFC 6901) and what to send instead. */
export class UnrepresentableValue extends DomainError {
  readonly code = 'validation-failed';
  readonly kind = 'invalid';

  constructor(
    readonly pointer: string,
    readonly reason: string,
    readonly advice: string,
  ) {
    super(`${pointer === '' ? 'The value' : pointer}: ${advice}`, {
      errors: [{ pointer, code: reason, detail: advice }],
    });
  }
}

const DEFAULT_MAX_BYTES = 256 * 1024;
const DEFAULT_MAX_DEPTH = 32;

/**
 * The one writer of JSON that is stored or hashed (RFC 8785: sorted members, no space), so that the same value is the
 * same bytes for ever. It refuses with `UnrepresentableValue` what would not come back as it went in: floats, integers
 * beyond 2^53-1, lone surrogates, undefined, dates, BigInt, class instances, `__proto__`, and what is too deep or too big.
 * U+0000 inside text is carried (escaped); text that people type is checked for it at the HTTP edge.
 */
export function canonicalJson(value: unknown, limits: CanonicalLimits = {}): string {
  const { maxBytes = DEFAULT_MAX_BYTES, maxDepth = DEFAULT_MAX_DEPTH } = limits;
  const path: (string | number)[] = [];
  let written = 0;

  const refuse = (reason: string, advice: string): never => {
    throw new UnrepresentableValue(pointerOf(path), reason, advice);
  };

  const text = (string: string): string => {
    if (!string.isWellFormed())
      refuse('lone-surrogate', 'text holds half of a surrogate pair; send well-formed Unicode.');
    written += string.length;
    // A UTF-16 length is never more than the UTF-8 length: this stops a huge value before it has been built.
    if (written > maxBytes) tooLarge();
    return JSON.stringify(string);
  };

  const tooLarge = (): never => {
    path.length = 0;
    return refuse('too-large', `JSON of more than ${maxBytes} bytes is not accepted.`);
  };

  const member = (key: string, entry: unknown, depth: number): string => {
    path.push(key);
    if (key === '__proto__') refuse('reserved-name', 'the member name __proto__ is not accepted.');
    const pair = `${text(key)}:${write(entry, depth)}`;
    path.pop();
    return pair;
  };

  const write = (current: unknown, depth: number): string => {
    switch (typeof current) {
      case 'string':
        return text(current);
      case 'boolean':
        return current ? 'true' : 'false';
      case 'number':
        written += 1;
        if (!Number.isInteger(current)) refuse('not-an-integer', 'fractions are not stored; send a decimal string.');
        if (!Number.isSafeInteger(current)) {
          refuse('integer-too-large', 'integers beyond 2^53-1 are not stored; send a decimal string.');
        }
        return Object.is(current, -0) ? '0' : String(current);
      case 'object':
        return current === null ? 'null' : container(current, depth + 1);
      default:
        return refuse('not-json', `a value of type ${typeof current} is not JSON.`);
    }
  };

  const container = (current: object, depth: number): string => {
    if (depth > maxDepth) refuse('too-deep', `more than ${maxDepth} levels are not accepted.`);
    const known = Object.isFrozen(current) ? texts.get(current) : undefined;
    if (known !== undefined) {
      written += known.length;
      if (written > maxBytes) tooLarge();
      return known;
    }
    written += 2;
    if (Array.isArray(current)) {
      let items = '';
      for (let index = 0; index < current.length; index++) {
        path.push(index);
        items += (index > 0 ? ',' : '') + write(current[index], depth);
        path.pop();
      }
      return `[${items}]`;
    }
    const prototype: unknown = Object.getPrototypeOf(current);
    if (prototype !== Object.prototype && prototype !== null && !isForeignPlainObject(prototype)) {
      refuse('not-json', `an instance of ${current.constructor?.name ?? 'a class'} is not JSON.`);
    }
    let members = '';
    for (const key of sortedKeys(current)) {
      members += (members === '' ? '' : ',') + member(key, (current as Record<string, unknown>)[key], depth);
    }
    return `{${members}}`;
  };

  const result = write(value, 0);
  if (result.length > maxBytes || (result.length * 3 > maxBytes && utf8Length(result) > maxBytes)) tooLarge();
  return result;
}

const texts = new WeakMap<object, string>();

const NO_LIMITS: CanonicalLimits = { maxBytes: Number.POSITIVE_INFINITY, maxDepth: Number.POSITIVE_INFINITY };

/**
 * Freezes a value, with all that is in it, and keeps its canonical JSON: for what is written into many others, each of
 * which has limits of its own.
 * @throws UnrepresentableValue
 */
export function keepJson<T extends object>(value: T): T {
  if (!texts.has(value)) texts.set(deepFrozen(value), canonicalJson(value, NO_LIMITS));
  return value;
}

/** Member names by UTF-16 code unit (RFC 8785), as `sort` without a comparison orders them; what was stored is sorted. */
function sortedKeys(object: object): string[] {
  const keys = Object.keys(object);
  for (let i = 1; i < keys.length; i++) if ((keys[i - 1] as string) > (keys[i] as string)) return keys.sort();
  return keys;
}

/** An object literal of another realm (a test runner's sandbox): its prototype is that realm's Object.prototype. */
const isForeignPlainObject = (prototype: unknown): boolean =>
  typeof prototype === 'object' &&
  prototype !== null &&
  Object.getPrototypeOf(prototype) === null &&
  Object.hasOwn(prototype, 'hasOwnProperty');

const pointerOf = (path: readonly (string | number)[]): string =>
  path.map((segment) => `/${String(segment).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** Bytes of a well-formed string in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    // Three bytes for a unit of the basic plane, four for a pair: each half adds one to its own unit.
    bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return bytes;
}
