import type { TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { canonicalJson } from '#libs/kernel/domain/canonical-json';
import type { EventDefinition } from '#libs/kernel/domain/define-event';
import type { JsonObject } from '#libs/kernel/domain/json';
import { claimEvents } from './claim.events.js';
import { allowingErased, personalPaths, sharedPaths, type ValuePath } from './personal-fields.js';

/** Data that does not fit the schema of its event: a bug in a decider, never stored. */
export class InvalidEventData extends Error {
  override readonly name = 'InvalidEventData';
}

/** A stored event this program cannot read: newer than it, or with a way from its version missing. */
export class UnreadableEvent extends Error {
  override readonly name = 'UnreadableEvent';
}

/** One event type, ready for use. */
export class RegisteredEvent {
  readonly type: string;
  readonly version: number;
  readonly personal: readonly ValuePath[];
  readonly shared: readonly ValuePath[];
  #validator: Validator<Record<never, never>, TSchema> | undefined;

  constructor(readonly definition: EventDefinition) {
    this.type = definition.type;
    this.version = definition.version;
    this.personal = personalPaths(definition.schema);
    this.shared = sharedPaths(definition.schema);
    if (!Number.isInteger(this.version) || this.version < 1 || this.version > 32_767) {
      throw new TypeError(`${this.type}: the version must be an integer from 1.`);
    }
    for (let version = 1; version < this.version; version++) {
      if (definition.upcast[version] === undefined) {
        throw new TypeError(`${this.type}: no upcaster from version ${version} to ${version + 1}.`);
      }
    }
    for (const version of Object.keys(definition.upcast)) {
      if (Number(version) >= this.version) {
        throw new TypeError(`${this.type}: an upcaster from version ${version}, but ${this.version} is the newest.`);
      }
    }
  }

  /** Throws `InvalidEventData` naming the places; values are not printed, they may be personal. */
  validate(data: unknown): void {
    // Compiled on first use: a process that never writes a type does not pay for it at start.
    this.#validator ??= Compile(allowingErased(this.definition.schema));
    if (this.#validator.Check(data)) return;
    const places = this.#validator.Errors(data).map(({ instancePath, message }) => `${instancePath || '/'} ${message}`);
    throw new InvalidEventData(`${this.type} version ${this.version}: ${[...new Set(places)].slice(0, 5).join('; ')}`);
  }

  /** Data of any stored version as data of the newest one. */
  upcast(data: JsonObject, from: number): JsonObject {
    if (from > this.version) {
      throw new UnreadableEvent(
        `${this.type} version ${from} was written by a newer program; this one knows version ${this.version}.`,
      );
    }
    let current = data;
    for (let version = from; version < this.version; version++) {
      const step = this.definition.upcast[version];
      if (step === undefined) throw new UnreadableEvent(`${this.type}: no upcaster from version ${version}.`);
      current = step(current);
    }
    return current;
  }
}

/** A schema as it is compared with what earlier starts registered under the same type and version. */
export interface SchemaFingerprint {
  readonly type: string;
  readonly version: number;
  /** Canonical JSON of the schema. */
  readonly schema: string;
}

/** Remembers the schema of every (type, version) ever started with. */
export abstract class EventSchemas {
  /** Registers new ones; throws `SchemaDrift` when a known one differs. Run at every start, before the first append. */
  abstract check(registry: EventRegistry): Promise<void>;
}

/** Every event type of the program by name. The types of the event store itself (claims) are always in it. */
export class EventRegistry {
  readonly #events = new Map<string, RegisteredEvent>();

  constructor(definitions: readonly EventDefinition[]) {
    for (const definition of [...claimEvents, ...definitions] as readonly EventDefinition[]) {
      const known = this.#events.get(definition.type);
      if (known?.definition === definition) continue;
      if (known !== undefined) throw new TypeError(`Two event definitions are called ${definition.type}.`);
      this.#events.set(definition.type, new RegisteredEvent(definition));
    }
  }

  get(type: string): RegisteredEvent | undefined {
    return this.#events.get(type);
  }

  types(): readonly string[] {
    return [...this.#events.keys()];
  }

  fingerprints(): readonly SchemaFingerprint[] {
    return [...this.#events.values()].map(({ type, version, definition }) => ({
      type,
      version,
      schema: canonicalJson(JSON.parse(JSON.stringify(definition.schema)), {
        maxDepth: 200,
        maxBytes: 4 * 1024 * 1024,
      }),
    }));
  }
}
