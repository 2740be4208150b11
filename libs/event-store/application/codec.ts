import { canonicalJson, UnrepresentableValue } from '#libs/kernel/domain/canonical-json';
import type { Json, JsonObject } from '#libs/kernel/domain/json';
import type { DomainEvent, Recorded } from '#libs/kernel/domain/message';
import { UnreadableEvent, type EventRegistry, type RegisteredEvent } from './event-registry.js';
import type { EventMetadata, NewEvent, RecordedEvent } from './event-store.js';
import { isSealed, mapAtPaths, mapSealed, reservedMember, type Sealed } from './personal-fields.js';
import { SharedValues } from './shared-values.js';
import { keepStoredJson } from './stored-json.js';
import type { SubjectKey, SubjectKeys } from './subject-keys.js';

/** An event on its way into the log. */
export interface Draft {
  readonly id: string;
  readonly event: DomainEvent;
  readonly metadata: EventMetadata;
  /** Whose key seals its personal fields; needed when it has any. */
  readonly keyRef?: string | undefined;
}

/** Plain bytes one event may have, sealed fields included: a subject of 256 KiB with its steps, and room to spare. */
const MAX_EVENT_BYTES = 512 * 1024;
/** A subject of 32 levels stands two levels deep in its event. */
const MAX_EVENT_DEPTH = 40;
const ERASED: JsonObject = { $erased: true };

type Keys = ReadonlyMap<string, SubjectKey | 'erased'>;
const noKeys: Keys = new Map();

/** Between the events of the rooms and what is stored: validation, personal fields sealed and opened, upcasting. */
export class Codec {
  private readonly values = new SharedValues();
  private readonly share = (value: Json) => this.values.one(value);

  constructor(
    readonly registry: EventRegistry,
    private readonly keys: SubjectKeys,
  ) {}

  /**
   * Checks and seals. Throws `UnrepresentableValue` for what people sent that cannot be stored, `InvalidEventData`
   * for what a decider got wrong.
   */
  async encode(drafts: readonly Draft[]): Promise<NewEvent[]> {
    const checked = drafts.map((draft) => ({ ...draft, registered: this.checked(draft.event) }));
    const sealing = new Map<string, SubjectKey>();
    const refs = new Set(checked.flatMap(({ registered, keyRef }) => (needsKey(registered) && keyRef ? [keyRef] : [])));
    await Promise.all([...refs].map(async (ref) => sealing.set(ref, await this.keys.current(ref))));
    return checked.map(({ id, event, metadata, keyRef, registered }) => ({
      id,
      type: event.type,
      schemaVersion: registered.version,
      data: seal(id, event, registered, keyRef === undefined ? undefined : sealing.get(keyRef)),
      metadata,
    }));
  }

  /** Checks without sealing, as a dry run does. */
  check(events: readonly DomainEvent[]): void {
    for (const event of events) this.checked(event);
  }

  /**
   * Opens, upcasts. Keys of the whole batch are fetched in one go. Types this program does not know come back with
   * their raw data; `UnreadableEvent` is thrown for a known type from a newer program and for a forged seal.
   */
  async decode<E extends DomainEvent = DomainEvent>(events: readonly RecordedEvent[]): Promise<Recorded<E>[]> {
    const keyIds = new Set<string>();
    for (const event of events) {
      const registered = this.registry.get(event.type);
      if (registered === undefined) continue;
      opening(event, registered, (sealed) => {
        keyIds.add(sealed.$enc.k);
        return null;
      });
    }
    const keys = keyIds.size === 0 ? noKeys : await this.keys.byIds([...keyIds]);
    return events.map((event) => this.open(event, keys) as Recorded<E>);
  }

  /** The envelope with the data as stored, sealed fields sealed: cannot fail, whatever the payload is. */
  raw(event: RecordedEvent): Recorded {
    return recorded(event, event.data);
  }

  private checked(event: DomainEvent): RegisteredEvent {
    const registered = this.registry.get(event.type);
    if (registered === undefined) throw new TypeError(`The event type ${event.type} is not registered.`);
    const text = canonicalJson(event.data, { maxBytes: MAX_EVENT_BYTES, maxDepth: MAX_EVENT_DEPTH });
    registered.validate(event.data);
    const reserved = reservedMember(event.data as Json, registered.personal);
    if (reserved !== undefined) {
      throw new UnrepresentableValue(reserved, 'reserved-name', 'this member name is used by the log itself.');
    }
    keepStoredJson(event.data, text);
    return registered;
  }

  private open(event: RecordedEvent, keys: Keys): Recorded {
    const registered = this.registry.get(event.type);
    if (registered === undefined) return recorded(event, event.data);
    const data = opening(event, registered, ({ $enc }, pointer) => {
      const key = keys.get($enc.k);
      if (key === undefined || key === 'erased') return ERASED;
      return unsealed(key, $enc, event, pointer);
    });
    const newest = registered.upcast(data, event.schemaVersion);
    return recorded(event, mapAtPaths(newest, registered.shared, this.share));
  }
}

const needsKey = (registered: RegisteredEvent) => registered.personal.length > 0;

/** What ties a sealed value to its place, so that it cannot be moved to another event or field. */
const placeOf = (eventId: string, pointer: string) => `${eventId}${pointer}`;

function unsealed(key: SubjectKey, $enc: Sealed['$enc'], { id, type }: RecordedEvent, pointer: string): Json {
  try {
    return JSON.parse(key.decrypt($enc, placeOf(id, pointer))) as Json;
  } catch (cause) {
    throw new UnreadableEvent(`${type} ${id}: ${pointer} was not sealed for this place.`, { cause });
  }
}

function seal(id: string, event: DomainEvent, registered: RegisteredEvent, key: SubjectKey | undefined): JsonObject {
  const data = event.data as JsonObject;
  if (!needsKey(registered)) return data;
  return mapAtPaths(data, registered.personal, (value, pointer) => {
    if (key === undefined) throw new TypeError(`${event.type}${pointer} is personal, but no data subject is named.`);
    const plain = canonicalJson(value, { maxBytes: MAX_EVENT_BYTES, maxDepth: MAX_EVENT_DEPTH });
    return { $enc: { k: key.keyId, ...key.encrypt(plain, placeOf(id, pointer)) } };
  });
}

/** An event of the newest version is opened where its schema says; an older one wherever something is sealed. */
function opening(
  event: RecordedEvent,
  registered: RegisteredEvent,
  open: (sealed: Sealed, pointer: string) => Json,
): JsonObject {
  if (event.schemaVersion !== registered.version) return mapSealed(event.data, open) as JsonObject;
  if (!needsKey(registered)) return event.data;
  return mapAtPaths(event.data, registered.personal, (value, pointer) =>
    isSealed(value) ? open(value, pointer) : value,
  );
}

function recorded(event: RecordedEvent, data: JsonObject): Recorded {
  const { metadata } = event;
  return {
    type: event.type,
    data,
    id: event.id,
    streamId: event.streamId,
    revision: event.revision,
    position: event.position,
    recordedAt: metadata.recordedAt,
    workspaceId: metadata.workspaceId,
    actor: metadata.actor,
    commandId: metadata.commandId,
    commandType: metadata.commandType,
    commandHash: metadata.commandHash,
    correlationId: metadata.$correlationId,
    causationId: metadata.$causationId,
    ...(metadata.requestId === undefined ? {} : { requestId: metadata.requestId }),
  };
}
