import { applyDecorators, type Type } from '@nestjs/common';
import { IsDefined, IsObject, registerDecorator, ValidateNested, type ValidationArguments } from 'class-validator';
import { utf8Length } from '#libs/kernel/domain/canonical-json';
import { depthOf } from './json-body.js';
import { PayloadTooLarge } from './refusals.js';

export const NESTED = 'countersign:nested';
export const NUMBER = 'countersign:number';

/** A member that is an object of another class, or a list of such. */
export const Nested = (type: () => Type<object>, { each = false }: { each?: boolean } = {}) =>
  applyDecorators(
    (target: object, name: string | symbol) => Reflect.defineMetadata(NESTED, type, target, name),
    IsDefined({ message: ({ property }) => `${property} is required.` }),
    ValidateNested({
      each,
      message: ({ property }) => `${property} must be ${each ? 'a list of objects' : 'an object'}.`,
    }),
    // To ValidateNested a list is as good as an object.
    ...(each ? [] : [IsObject({ message: ({ property }) => `${property} must be an object.` })]),
  );

/** A query parameter that is a number: only there is text turned into one. */
export const Numeric = (): PropertyDecorator => (target, name) => Reflect.defineMetadata(NUMBER, true, target, name);

export const CLEARED = 'countersign:cleared';

/** A member of a change that null takes away: everywhere else null says what leaving it out says. */
export const Clearable = (): PropertyDecorator => (target, name) => Reflect.defineMetadata(CLEARED, true, target, name);

export const SECRET = 'countersign:secret';

/** A member that nothing may be kept of, not even in the hash that tells a repeated command from another one. */
export const Secret = (): PropertyDecorator => (target, name) => Reflect.defineMetadata(SECRET, true, target, name);

const MAX_CONTENT_BYTES = 256 * 1024;
const MAX_CONTENT_DEPTH = 32;

/** A check of our own: answers what is wrong with a value, undefined when nothing is. */
const checks =
  (name: string, faultOf: (value: unknown, property: string) => string | undefined): PropertyDecorator =>
  (target, propertyName) =>
    registerDecorator({
      name,
      target: target.constructor,
      propertyName: String(propertyName),
      validator: {
        validate: (value: unknown) => faultOf(value, String(propertyName)) === undefined,
        defaultMessage: (about?: ValidationArguments) => faultOf(about?.value, about?.property ?? '') ?? '',
      },
    });

/** The content under review: a JSON object of at most 256 KiB and 32 levels. */
export const IsContent = () => checks('isContent', contentFault);

export const LONGEST_TEXT = 10_000;
const LONGEST_REASON = 2_000;

/** Why something is done: said, and not by blanks. Missing it is a refusal of its own, `reason-required`. */
export const IsReason = () =>
  checks('reasonRequired', (value) => {
    if (typeof value !== 'string' || value.trim() === '') return 'Say why.';
    return value.length > LONGEST_REASON ? `A reason has at most ${LONGEST_REASON} characters.` : undefined;
  });

/** Text that people wrote: not blank, of at most 10,000 characters. */
export const IsText = (longest = LONGEST_TEXT) =>
  checks('isText', (value, property) => {
    if (typeof value !== 'string' || value.trim() === '') return `${property} must be a text that is not blank.`;
    return value.length > longest ? `${property} has at most ${longest} characters.` : undefined;
  });

/** A list of texts that are not blank. */
export const IsTextList = (longest: number) =>
  checks('isTextList', (value, property) => {
    const fits = (each: unknown) => typeof each === 'string' && each.trim() !== '' && each.length <= longest;
    return Array.isArray(value) && value.every(fits)
      ? undefined
      : `${property} must be a list of texts of at most ${longest} characters.`;
  });

/** A JSON pointer (RFC 6901) to a place in the content. */
export const IsPointer = (longest: number) =>
  checks('isPointer', (value, property) => {
    if (typeof value === 'string' && value.length <= longest && /^(?:\/(?:[^~/]|~[01])*)*$/u.test(value))
      return undefined;
    return `${property} must be a JSON pointer such as /terms/0, of at most ${longest} characters.`;
  });

/** A member that has to be there; `say` tells what to send, in the place of the usual sentence. */
export const Required = (say: string) => IsDefined({ message: say });

/** The form of an id as we make them, or as a workflow names people and roles. */
export const anId = /^[\w.@:-]{1,200}$/;

/** A value of that form. */
export const IsId = () =>
  checks('isId', (value, property) =>
    typeof value === 'string' && anId.test(value) ? undefined : `${property} must be an id.`,
  );

/** A value of its own, no list and no object: what it has to be is for its room to say. */
export const IsScalar = () =>
  checks('isScalar', (value, property) =>
    ['string', 'boolean'].includes(typeof value) || Number.isSafeInteger(value)
      ? undefined
      : `${property} must be a text, a whole number, true, false or null.`,
  );

const isMinor = (value: unknown) =>
  (typeof value === 'string' && /^(0|[1-9]\d{0,38})$/.test(value)) ||
  (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0);

/** An amount in minor units: a whole number, or money `{amountMinor, currency}`. */
export const IsAmount = () =>
  checks('isAmount', (value, property) => {
    if (isMinor(value)) return undefined;
    const { amountMinor, currency, ...more } = Object(value) as Record<string, unknown>;
    const isMoney = isMinor(amountMinor) && typeof currency === 'string' && /^[A-Z]{3}$/.test(currency);
    return isMoney && Object.keys(more).length === 0
      ? undefined
      : `${property} must be a whole number of minor units, such as "4500000", or {amountMinor, currency}.`;
  });

/** Whom to ask: `{user}` or `{role}`, one of them. */
export const IsTarget = () =>
  checks('isTarget', (value, property) => {
    const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
    const [[kind, name] = []] = entries;
    const fits = entries.length === 1 && (kind === 'user' || kind === 'role') && typeof name === 'string';
    return fits && /^[\w.@:-]{1,200}$/.test(name) ? undefined : `${property} must be {user: id} or {role: name}.`;
  });

const rfc3339 = /^(\d{4}-\d\d-\d\d)[Tt]([01]\d|2[0-3]):\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/;
const LAST_INSTANT = Date.UTC(10_000, 0) - 1;

/** A time, RFC 3339 with its offset; years that PostgreSQL and JavaScript both know. */
export const IsInstant = () =>
  checks('isInstant', (value, property) =>
    typeof value === 'string' && isInstant(value)
      ? undefined
      : `${property} must be a time such as 2026-11-22T09:00:00Z.`,
  );

/** A day of the calendar. */
export const IsDay = () =>
  checks('isDay', (value, property) =>
    typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) && Number(value.slice(0, 4)) >= 1970 && isDay(value)
      ? undefined
      : `${property} must be a day such as 2026-11-22.`,
  );

function isInstant(text: string): boolean {
  const [, day] = rfc3339.exec(text) ?? [];
  const instant = Date.parse(text);
  // The 30th of February parses, as the 2nd of March.
  return isDay(day) && instant >= 0 && instant <= LAST_INSTANT;
}

function isDay(day: string | undefined): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === day;
}

/** A filter that takes several values, separated by commas: any of them will do. Known ones are told. */
export const IsAnyOf = (known: readonly string[] | RegExp, say: string) =>
  checks('isAnyOf', (value, property) => {
    const wrong = typeof value === 'string' ? listed(value).find((each) => !isKnown(known, each)) : '';
    const hint = known instanceof RegExp ? '' : `: ${known.join(', ')}`;
    return wrong === undefined ? undefined : `${property}: ${JSON.stringify(wrong.slice(0, 60))} is not ${say}${hint}.`;
  });

const isKnown = (known: readonly string[] | RegExp, value: string): boolean =>
  known instanceof RegExp ? known.test(value) : known.includes(value);

/** The values of a filter; undefined when it was not given. */
export function listed(filter: string): readonly string[];
export function listed(filter: string | undefined): readonly string[] | undefined;
export function listed(filter: string | undefined): readonly string[] | undefined {
  return filter?.split(',');
}

function contentFault(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'content must be a JSON object.';
  if (depthOf(value) > MAX_CONTENT_DEPTH) return `content may be nested ${MAX_CONTENT_DEPTH} levels deep.`;
  if (utf8Length(JSON.stringify(value)) > MAX_CONTENT_BYTES)
    throw new PayloadTooLarge(`Content is at most ${MAX_CONTENT_BYTES} bytes.`);
  return undefined;
}
