import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync, type ValidationError } from 'class-validator';
import type { Type } from '@nestjs/common';
import { closest } from '#libs/kernel/domain/closest';
import { jsonFaults } from './json-body.js';
import { InvalidParameter, UnknownParameter, ValidationFailed, type Fault } from './refusals.js';

const strict = {
  whitelist: true,
  forbidNonWhitelisted: true,
  forbidUnknownValues: true,
  validationError: { target: false, value: false },
} as const;

/**
 * The body as an instance of its class, when it has exactly the shape declared there.
 * @throws ValidationFailed naming every fault by JSON pointer
 */
export function checkedBody(type: Type<object> | undefined, plain: unknown): object {
  const unfit = jsonFaults(plain);
  if (unfit.length > 0) throw new ValidationFailed(unfit);
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain))
    throw new ValidationFailed([{ pointer: '', code: 'is-object', detail: 'The body must be a JSON object.' }]);
  if (type === undefined) return refuseMembers(plain);
  const body = plainToInstance(type, plain) as object;
  const faults = validateSync(body, strict).flatMap((error) => faultsOf(error, ''));
  if (faults.length > 0) throw new ValidationFailed(faults.slice(0, 50));
  return body;
}

/** A route without a body takes none, or an empty object. */
function refuseMembers(plain: object): object {
  const names = Object.keys(plain).slice(0, 50);
  if (names.length > 0) throw new ValidationFailed(names.map((name) => unknownMember(pointerTo('', name), name)));
  return plain;
}

const pointerTo = (at: string, name: string) => `${at}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;

const unknownMember = (pointer: string, name: string): Fault => ({
  pointer,
  code: 'unknown-member',
  detail: `${name} is not a member here.`,
});

function faultsOf(error: ValidationError, at: string): Fault[] {
  const pointer = pointerTo(at, error.property);
  const own = Object.entries(error.constraints ?? {}).map(([constraint, detail]) =>
    constraint === 'whitelistValidation'
      ? unknownMember(pointer, error.property)
      : { pointer, code: kebab(constraint), detail },
  );
  return [...own, ...(error.children ?? []).flatMap((child) => faultsOf(child, pointer))];
}

const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Query parameters by name; a name given twice has all its values. */
export type RawQuery = ReadonlyMap<string, readonly string[]>;

/** The names a query class declares; a range filter `dueAt[lt]` is a property of exactly that name. */
const namesOf = (type: Type | undefined): readonly string[] =>
  type === undefined
    ? []
    : [
        ...new Set(
          getMetadataStorage()
            .getTargetValidationMetadatas(type, '', false, false)
            .map(({ propertyName }) => propertyName),
        ),
      ];
const known = new WeakMap<Type, readonly string[]>();

/**
 * The query as an instance of its class.
 * @param commons parameters that every such route takes besides
 * @throws UnknownParameter with a suggestion, InvalidParameter
 */
export function checkedQuery(type: Type | undefined, raw: RawQuery, commons: readonly string[]): object {
  let names: readonly string[] = [];
  if (type !== undefined) {
    names = known.get(type) ?? namesOf(type);
    known.set(type, names);
  }
  for (const [name, values] of raw) {
    if (!names.includes(name) && !commons.includes(name)) throw unknownParameter(name, [...names, ...commons]);
    if (values.length > 1) throw invalidParameter(name, `${name} is given ${values.length} times.`);
  }
  if (type === undefined) return {};
  const given = [...raw].filter(([name]) => names.includes(name)).map(([name, values]) => [name, values[0]]);
  const query = plainToInstance(type as Type<object>, Object.fromEntries(given));
  const [fault] = validateSync(query, strict);
  if (fault) throw invalidParameter(fault.property, Object.values(fault.constraints ?? {})[0] ?? 'It is invalid.');
  return query;
}

export const invalidParameter = (parameter: string, detail: string) => new InvalidParameter(detail, { parameter });

function unknownParameter(parameter: string, names: readonly string[]): UnknownParameter {
  const suggestion = closest(parameter, names);
  const hint =
    suggestion !== undefined
      ? `Did you mean ${suggestion}?`
      : names.length > 0
        ? `Known are ${names.join(', ')}.`
        : 'This route takes none.';
  return new UnknownParameter(`There is no parameter ${parameter}. ${hint}`, {
    parameter,
    ...(suggestion === undefined ? {} : { suggestion }),
  });
}
