import { closest } from '#libs/kernel/domain/closest';
import type { Fault, FaultCode } from '../workflow.errors.js';

type Bounds = { readonly min: number; readonly max: number };

/**
 * Parts of all conditions of a definition or a ruleset together. Its bytes are bounded by the body that brings it; parts
 * bound the work of asking it.
 */
export const MOST_CONDITIONS = 1_000;

/** Faults found so far; reading goes on after each, so that all are reported at once. */
export class Faults {
  private readonly found: Fault[] = [];
  /** Of all conditions of the request together. */
  readonly expressions = { left: MOST_CONDITIONS };

  add(pointer: string, code: FaultCode, detail: string): undefined {
    this.found.push({ pointer, code, detail });
  }

  get list(): readonly Fault[] {
    return this.found;
  }
}

/** One JSON object of a request while it is read: what is missing, of the wrong type or unknown becomes a fault. */
export class Form {
  private constructor(
    private readonly members: Readonly<Record<string, unknown>>,
    readonly pointer: string,
    readonly faults: Faults,
  ) {}

  /** `known`: the members that may stand here; `later`: those of the design that no engine executes yet. */
  static over(
    value: unknown,
    pointer: string,
    faults: Faults,
    known: readonly string[],
    later: readonly string[] = [],
  ): Form | undefined {
    if (!isObject(value)) return faults.add(pointer, 'wrong-type', 'This must be an object.');
    const form = new Form(value, pointer, faults);
    for (const name of Object.keys(value)) {
      if (known.includes(name)) continue;
      if (later.includes(name)) {
        if (value[name] !== null) form.fault(name, 'not-supported', `${name} is not supported by this version.`);
        continue;
      }
      const meant = closest(name, known);
      form.fault(name, 'unknown-member', `${quote(name)} is not known here.${meant ? ` Did you mean ${meant}?` : ''}`);
    }
    return form;
  }

  /** Absent and null are the same: nothing was asked. */
  has(name: string): boolean {
    return this.raw(name) !== undefined;
  }

  raw(name: string): unknown {
    return Object.hasOwn(this.members, name) ? (this.members[name] ?? undefined) : undefined;
  }

  at(name: string): string {
    return `${this.pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  }

  fault(name: string, code: FaultCode, detail: string): undefined {
    return this.faults.add(this.at(name), code, detail);
  }

  required(name: string, detail = `${name} is required.`): boolean {
    if (this.has(name)) return true;
    this.fault(name, 'required', detail);
    return false;
  }

  text(name: string, { max }: { max: number }): string | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'string') return this.fault(name, 'wrong-type', `${name} must be a string.`);
    if (value.trim() === '') return this.fault(name, 'required', `${name} must not be empty.`);
    if (value.length > max) return this.fault(name, 'out-of-range', `${name} has more than ${max} characters.`);
    if (/\p{Cc}/u.test(value) || !value.isWellFormed())
      return this.fault(name, 'bad-format', `${name} has control characters or half a character in it.`);
    return value;
  }

  /** A text that must look like `pattern`; `hint` says how in words. */
  shaped(name: string, pattern: RegExp, hint: string, max = 100): string | undefined {
    const value = this.text(name, { max });
    if (value === undefined || pattern.test(value)) return value;
    return this.fault(name, 'bad-format', `${quote(value)} is not a ${name}: ${hint}`);
  }

  integer(name: string, { min, max }: Bounds): number | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'number' || !Number.isInteger(value))
      return this.fault(name, 'wrong-type', `${name} must be an integer.`);
    if (value < min || value > max)
      return this.fault(name, 'out-of-range', `${name} must be from ${min} to ${max}; it is ${value}.`);
    return value;
  }

  flag(name: string): boolean | undefined {
    const value = this.raw(name);
    if (value === undefined || typeof value === 'boolean') return value;
    return this.fault(name, 'wrong-type', `${name} must be true or false.`);
  }

  oneOf<const V extends string>(name: string, known: readonly V[], later: readonly string[] = []): V | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'string') return this.fault(name, 'wrong-type', `${name} must be a string.`);
    if (known.includes(value as V)) return value as V;
    if (later.includes(value)) return this.fault(name, 'not-supported', `${value} is not supported by this version.`);
    return this.fault(name, 'unknown-value', `${quote(value)} is none of ${known.join(', ')}.`);
  }

  list(name: string, { max }: { max: number }): readonly unknown[] | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) return this.fault(name, 'wrong-type', `${name} must be a list.`);
    if (value.length > max) return this.fault(name, 'too-many', `${name} has ${value.length} entries; at most ${max}.`);
    return value;
  }
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Words of a request as they may be shown in a fault: short, and escaped. */
const quote = (word: string): string => JSON.stringify(word.length > 60 ? `${word.slice(0, 60)}…` : word);
