import { Type, type TSchema } from 'typebox';
import Value from 'typebox/value';
import { canonicalJson, UnrepresentableValue } from '#libs/kernel/domain/canonical-json';
import { closest } from '#libs/kernel/domain/closest';
import { ValidationFailed } from '../review.errors.js';
import { PersonSchema, verbs, type Act } from './acts.js';
import type { Script } from './simulate.js';

type Fault = Readonly<{ pointer: string; code: string; detail: string }>;
type Plain = Readonly<Record<string, unknown>>;

const closed = { additionalProperties: false };
const MOST_ACTS = 200;
const MOST_PEOPLE = 200;
const MOST_FAULTS = 50;
const Id = Type.String({ minLength: 1, maxLength: 200 });
const LONGEST_WAIT = 100_000;

const StartSchema = Type.Object(
  {
    by: Type.Optional(Id),
    subject: Type.Object(
      {
        type: Type.String({ minLength: 1, maxLength: 100 }),
        id: Id,
        title: Type.Optional(Type.String({ minLength: 1, maxLength: 300 })),
        content: Type.Record(Type.String(), Type.Unknown()),
      },
      closed,
    ),
    note: Type.Optional(Type.String({ minLength: 1, maxLength: 10_000 })),
  },
  closed,
);
const PeopleSchema = Type.Array(PersonSchema, { maxItems: MOST_PEOPLE });

/** What is thought through on a review that exists. */
export type Continuation = Pick<Script, 'people' | 'acts'>;

/**
 * A script as it was sent, checked: all faults at once. Who starts, and when, is said by `otherwise` where the script
 * does not.
 * @throws ValidationFailed
 */
export function readScript(plain: Plain, otherwise: { by: string; at: string }): Script {
  const { at, start, ...rest } = plain;
  const faults = [
    ...(at === undefined || isInstant(at) ? [] : [notAnInstant('/at')]),
    ...faultsOf(StartSchema, start, '/start'),
    ...contentFaults(
      (start as { subject?: { content?: unknown } } | undefined)?.subject?.content,
      '/start/subject/content',
    ),
    ...continuationFaults(rest),
  ];
  refuse(faults);
  const { by = otherwise.by, ...more } = start as Omit<Script['start'], 'by'> & { by?: string };
  return { at: at === undefined ? otherwise.at : utc(at as string), start: { by, ...more }, ...partsOf(rest) };
}

/** @throws ValidationFailed */
export function readContinuation(plain: Plain): Continuation {
  refuse(continuationFaults(plain));
  return partsOf(plain);
}

const partsOf = ({ people, acts }: Plain): Continuation => ({
  ...(people !== undefined && { people: people as Script['people'] & object }),
  acts: acts as readonly Act[],
});

function refuse(faults: readonly Fault[]): void {
  if (faults.length > 0)
    throw new ValidationFailed('The script cannot be played as it is.', faults.slice(0, MOST_FAULTS));
}

function continuationFaults({ people, acts, ...unknown }: Plain): readonly Fault[] {
  const others = Object.keys(unknown).map((name) => unknownMember(`/${name}`, name, ['at', 'start', 'people', 'acts']));
  if (!Array.isArray(acts) || acts.length > MOST_ACTS)
    return [...others, { pointer: '/acts', code: 'invalid', detail: `must be a list of at most ${MOST_ACTS} acts` }];
  return [
    ...others,
    ...(people === undefined ? [] : faultsOf(PeopleSchema, people, '/people')),
    ...acts.flatMap((act: unknown, index) => actFaults(act, `/acts/${index}`)),
  ];
}

function actFaults(act: unknown, pointer: string): readonly Fault[] {
  if (typeof act !== 'object' || act === null || Array.isArray(act))
    return [{ pointer, code: 'invalid', detail: 'must be an act: {act, by, …}' }];
  const { act: verb, by, at, afterHours, ...members } = act as Plain;
  const when = [
    ...(at === undefined || isInstant(at) ? [] : [notAnInstant(`${pointer}/at`)]),
    ...(afterHours === undefined
      ? []
      : faultsOf(Type.Integer({ minimum: 0, maximum: LONGEST_WAIT }), afterHours, `${pointer}/afterHours`)),
    ...(at !== undefined && afterHours !== undefined
      ? [{ pointer: `${pointer}/afterHours`, code: 'invalid', detail: 'stands in the place of at, not beside it' }]
      : []),
  ];
  if (verb === 'wait') return [...when, ...faultsOf(Type.Object({}, closed), members, pointer)];
  if (verb === 'people') {
    const { people, ...unknown } = members;
    return [
      ...when,
      ...faultsOf(Type.Object({}, closed), unknown, pointer),
      ...faultsOf(PeopleSchema, people, `${pointer}/people`),
    ];
  }
  if (typeof verb !== 'string' || !Object.hasOwn(verbs, verb)) return [...when, unknownVerb(`${pointer}/act`, verb)];
  return [
    ...when,
    ...faultsOf(Id, by, `${pointer}/by`),
    ...faultsOf(verbs[verb as keyof typeof verbs].members, members, pointer),
    ...contentFaults(members['content'], `${pointer}/content`),
  ];
}

function unknownVerb(pointer: string, verb: unknown): Fault {
  const known = [...Object.keys(verbs), 'wait', 'people'];
  const meant = typeof verb === 'string' ? closest(verb, known) : undefined;
  const hint = meant === undefined ? `known are ${known.join(', ')}` : `did you mean ${meant}?`;
  return { pointer, code: 'unknown', detail: `names no act; ${hint}` };
}

function unknownMember(pointer: string, name: string, known: readonly string[]): Fault {
  const meant = closest(name, known);
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
  return { pointer, code: 'unknown-member', detail: `is not a member here${hint}` };
}

function faultsOf(schema: TSchema, value: unknown, at: string): readonly Fault[] {
  if (value === undefined) return [{ pointer: at, code: 'required', detail: 'is required' }];
  if (Value.Check(schema, value)) return [];
  return Value.Errors(schema, value).map(({ instancePath, message }) => ({
    pointer: `${at}${instancePath}`,
    code: 'invalid',
    detail: message,
  }));
}

/** What a real subject could not hold, a script's cannot either. */
function contentFaults(content: unknown, at: string): readonly Fault[] {
  if (content === undefined) return [];
  try {
    canonicalJson(content);
    return [];
  } catch (fault) {
    if (!(fault instanceof UnrepresentableValue)) throw fault;
    return [{ pointer: `${at}${fault.pointer}`, code: fault.reason, detail: fault.advice }];
  }
}

const INSTANT = /^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;
const isInstant = (value: unknown): boolean =>
  typeof value === 'string' && INSTANT.test(value) && !Number.isNaN(Date.parse(value));
const notAnInstant = (pointer: string): Fault => ({
  pointer,
  code: 'invalid',
  detail: 'must be a time such as 2026-11-22T09:00:00Z',
});
const utc = (instant: string): string => new Date(instant).toISOString();
