import { getMetadataStorage, validateSync, type ValidationError } from 'class-validator';
import type { Type } from '@nestjs/common';
import { closest } from '#libs/kernel/domain/closest';
import { CLEARED, NESTED, NUMBER, SECRET } from './dto.js';
import { memberFaults, sentenceOf } from './fault-words.js';
import { jsonFaults } from './json-body.js';
import { InvalidParameter, ReasonRequired, UnknownParameter, ValidationFailed, type Fault } from './refusals.js';

const FREE_FORM = 'countersign:free-form';

/** A body whose members are checked by the room it goes to, which names all faults at once. */
export const FreeForm = (): ClassDecorator => (type) => Reflect.defineMetadata(FREE_FORM, true, type);

/** Everything else the validator is told about members; unknown ones are refused before it is asked. */
const options = { forbidUnknownValues: true, validationError: { target: false } } as const;

const MAX_FAULTS = 50;
/** Longer lists of objects are refused unread: to check each of 300,000 would keep everybody else waiting. */
const LONGEST_LIST = 1_000;

/**
 * The body, when it has exactly the shape its class declares: plain JSON, its members as they came, without those that
 * are null. Nothing is converted or rearranged.
 * @throws ValidationFailed naming every fault by JSON pointer
 */
export function checkedBody(type: Type<object> | undefined, plain: unknown): object {
  const unfit = jsonFaults(plain);
  if (unfit.length > 0) throw new ValidationFailed(unfit);
  if (!isObject(plain))
    throw new ValidationFailed([{ pointer: '', code: 'wrong-type', detail: 'The body must be a JSON object.' }]);
  if (type === undefined) return refuseMembers(plain);
  if (Reflect.hasOwnMetadata(FREE_FORM, type)) return plain;
  const unknown: Fault[] = [];
  const body = instantiate(type, plain, '', unknown);
  const faults = [...unknown, ...validateSync(body, options).flatMap((error) => faultsOf(error, ''))];
  if (faults.length === 0) return plainOf(type, body);
  if (faults.every(({ code }) => code === REASON_REQUIRED)) throw new ReasonRequired(faults);
  throw new ValidationFailed(faults.slice(0, MAX_FAULTS));
}

/** A body without its `@Secret()` members: what a hash of it may be made from. */
export function withoutSecrets(type: Type<object> | undefined, plain: unknown): unknown {
  if (type === undefined || !isObject(plain)) return plain;
  const isSecret = (name: string) => Reflect.hasMetadata(SECRET, type.prototype as object, name);
  if (!Object.keys(plain).some(isSecret)) return plain;
  return Object.fromEntries(Object.entries(plain).filter(([name]) => !isSecret(name)));
}

const REASON_REQUIRED = 'reason-required';

type JsonObject = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function instantiate(type: Type<object>, plain: JsonObject, at: string, unknown: Fault[]): object {
  const { names, nested, cleared } = shapeOf(type);
  const instance = Object.create(type.prototype as object) as Record<string, unknown>;
  for (const name of Object.keys(plain)) {
    const pointer = pointerTo(at, name);
    const value = plain[name];
    const inner = nested.get(name);
    if (!names.includes(name)) {
      if (unknown.length < MAX_FAULTS) unknown.push(unknownMember(pointer, name, names));
    } else if (value === null) {
      // Elsewhere null says what leaving it out says.
      if (cleared.has(name)) instance[name] = null;
    } else if (inner === undefined) instance[name] = value;
    else if (Array.isArray(value)) {
      if (value.length > LONGEST_LIST) throw tooLong(pointer, name);
      // The validator refuses null; into a list in the place of an object it would look.
      instance[name] = value.map((each: unknown, index) =>
        isObject(each) ? instantiate(inner, each, `${pointer}/${index}`, unknown) : null,
      );
    } else instance[name] = isObject(value) ? instantiate(inner, value, pointer, unknown) : value;
  }
  return instance;
}

const tooLong = (pointer: string, name: string) =>
  new ValidationFailed([{ pointer, code: 'too-many', detail: `${name} has at most ${LONGEST_LIST} entries.` }]);

/** What passed, as plain objects: nothing below the door depends on how we check. */
function plainOf(type: Type<object>, instance: object): object {
  const { nested } = shapeOf(type);
  if (nested.size === 0) return { ...instance };
  return Object.fromEntries(
    Object.entries(instance).map(([name, value]: [string, unknown]) => {
      const inner = nested.get(name);
      if (inner === undefined || value === null) return [name, value];
      if (Array.isArray(value)) return [name, value.map((each: object) => plainOf(inner, each))];
      return [name, plainOf(inner, value as object)];
    }),
  );
}

interface Shape {
  readonly names: readonly string[];
  readonly nested: ReadonlyMap<string, Type<object>>;
  readonly numbers: ReadonlySet<string>;
  readonly cleared: ReadonlySet<string>;
}

const shapes = new WeakMap<Type, Shape>();

/** The members a class declares, from the decorators on them; worked out once. */
function shapeOf(type: Type): Shape {
  const known = shapes.get(type);
  if (known) return known;
  const names = [
    ...new Set(
      getMetadataStorage()
        .getTargetValidationMetadatas(type, '', false, false)
        .map(({ propertyName }) => propertyName),
    ),
  ];
  const prototype = type.prototype as object;
  const nested = new Map<string, Type<object>>();
  const numbers = new Set<string>();
  const cleared = new Set<string>();
  for (const name of names) {
    const inner = Reflect.getMetadata(NESTED, prototype, name) as (() => Type<object>) | undefined;
    if (inner) nested.set(name, inner());
    if (Reflect.hasMetadata(NUMBER, prototype, name)) numbers.add(name);
    if (Reflect.hasMetadata(CLEARED, prototype, name)) cleared.add(name);
  }
  const shape = { names, nested, numbers, cleared };
  shapes.set(type, shape);
  return shape;
}

/** A route without a body takes none, or an empty object. */
function refuseMembers(plain: object): object {
  const names = Object.keys(plain).slice(0, 50);
  if (names.length > 0) throw new ValidationFailed(names.map((name) => unknownMember(pointerTo('', name), name, [])));
  return plain;
}

const pointerTo = (at: string, name: string) => `${at}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;

function unknownMember(pointer: string, name: string, known: readonly string[]): Fault {
  const meant = closest(name, known);
  const hint = meant === undefined ? '' : ` Did you mean ${meant}?`;
  return { pointer, code: 'unknown-member', detail: `${name.slice(0, 100)} is not a member here.${hint}` };
}

function faultsOf(error: ValidationError, at: string): Fault[] {
  const pointer = pointerTo(at, error.property);
  return [...memberFaults(pointer, error), ...(error.children ?? []).flatMap((child) => faultsOf(child, pointer))];
}

/** Query parameters by name; a name given twice has all its values. */
export type RawQuery = ReadonlyMap<string, readonly string[]>;

/**
 * The query as an instance of its class.
 * @param commons parameters that every such route takes besides
 * @throws UnknownParameter with a suggestion, InvalidParameter
 */
export function checkedQuery(type: Type | undefined, raw: RawQuery, commons: readonly string[]): object {
  const { names, numbers } = type === undefined ? noShape : shapeOf(type);
  for (const [name, values] of raw) {
    if (!names.includes(name) && !commons.includes(name)) throw unknownParameter(name, [...names, ...commons]);
    if (values.length > 1) throw invalidParameter(name, `${name} is given ${values.length} times.`);
  }
  if (type === undefined) return {};
  // Made by its constructor: what was not given has its default.
  const query = new type() as Record<string, unknown>;
  for (const [name, [value = '']] of raw)
    if (names.includes(name)) query[name] = numbers.has(name) && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
  const [fault] = validateSync(query, options);
  if (fault)
    throw invalidParameter(fault.property, sentenceOf(Object.values(fault.constraints ?? {})[0] ?? 'It is invalid.'));
  return query;
}

const noShape: Shape = { names: [], nested: new Map(), numbers: new Set(), cleared: new Set() };

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
