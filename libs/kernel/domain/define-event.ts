import type { Static, TSchema } from 'typebox';
import type { JsonObject } from './json.js';
import type { DomainEvent } from './message.js';

/** From stored data of the version before to data of this version; pure. */
export type Upcaster = (data: JsonObject) => JsonObject;

/** One event type as it is stored: schema of the newest version, the way from older ones, a sample that must load for ever. */
export interface EventDefinition<Type extends string = string, S extends TSchema = TSchema> {
  readonly type: Type;
  readonly version: number;
  readonly schema: S;
  /** `upcast[n]` turns data of version n into data of version n + 1. */
  readonly upcast: Readonly<Record<number, Upcaster>>;
  readonly sample: Static<S>;
}

/** Declares an event. Optional fields may be added; any other change of the schema is `version` + 1 and an upcaster. */
export const defineEvent = <const Type extends string, S extends TSchema>(
  type: Type,
  definition: { version?: number; schema: S; upcast?: Readonly<Record<number, Upcaster>>; sample: Static<S> },
): EventDefinition<Type, S> => ({ version: 1, upcast: {}, ...definition, type });

/** The union of domain events that a list of definitions declares. */
export type EventsOf<D extends readonly EventDefinition[]> = {
  [I in keyof D]: D[I] extends EventDefinition<infer T, infer S> ? DomainEvent<T, Static<S>> : never;
}[number];
