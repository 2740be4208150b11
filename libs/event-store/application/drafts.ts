import { derivedId } from '#libs/kernel/domain/ids';
import type { Command, CommandMetadata, DomainEvent } from '#libs/kernel/domain/message';
import type { Codec } from './codec.js';
import type { EventMetadata, NewEvent } from './event-store.js';
import { sizeOf } from './size-of.js';
import type { Loaded, StreamDefinition } from './stream-definition.js';

/** The events of a command, ready to be recorded, and what they lead to. */
export interface Drafted<State> {
  readonly events: readonly NewEvent[];
  readonly after: State;
  readonly size: number;
}

/** Makes of what was decided what is stored. */
export class Drafts<State, C extends Command, E extends DomainEvent> {
  constructor(
    private readonly codec: Codec,
    private readonly definition: StreamDefinition<State, C, E>,
  ) {}

  async of(streamId: string, command: C, current: Loaded<State>, decided: readonly E[]): Promise<Drafted<State>> {
    const { after, subjects } = this.evolve(command, current, decided);
    const metadata = inTheNameOf(this.principalOf(decided), metadataOf(command));
    const events = await this.codec.encode(
      decided.map((event, index) => ({
        id: derivedId(command.metadata.commandId, streamId, index),
        event,
        metadata,
        keyRef: subjects[index],
      })),
    );
    return { events, after, size: decided.reduce((size, { data }) => size + sizeOf(data), 0) };
  }

  /** Where the events lead, and whose key seals each of them. */
  evolve({ metadata }: C, current: Loaded<State>, decided: readonly E[]): { after: State; subjects: string[] } {
    const { decider, dataSubject } = this.definition;
    const subjects: string[] = [];
    let after = current.state;
    let revision = current.revision;
    for (const event of decided) {
      revision += 1n;
      after = decider.evolve(after, event, { revision, recordedAt: metadata.now, actorId: metadata.actor.id });
      if (dataSubject) subjects.push(dataSubject(after, event));
    }
    return { after, subjects };
  }

  private principalOf(decided: readonly E[]): string | undefined {
    const { principal } = this.definition;
    return principal && decided.map((event) => principal(event)).find((found) => found !== undefined);
  }
}

const inTheNameOf = (principal: string | undefined, metadata: EventMetadata): EventMetadata =>
  principal === undefined || principal === metadata.actor.id
    ? metadata
    : { ...metadata, actor: { ...metadata.actor, onBehalfOf: principal } };

/** The metadata that every event of a command carries. */
export function metadataOf({ type, metadata }: { type: string; metadata: CommandMetadata }): EventMetadata {
  const { correlationId, causationId, commandId, commandHash, actor, workspaceId, requestId, traceparent, now } =
    metadata;
  return {
    $correlationId: correlationId,
    $causationId: causationId,
    commandId,
    commandType: type,
    commandHash,
    actor: {
      id: actor.id,
      kind: actor.kind,
      roles: actor.roles,
      ...(actor.onBehalfOf === undefined ? {} : { onBehalfOf: actor.onBehalfOf }),
    },
    workspaceId,
    ...(requestId === undefined ? {} : { requestId }),
    ...(traceparent === undefined ? {} : { traceparent }),
    recordedAt: now,
  };
}
