import type { JsonObject } from '#libs/kernel/domain/json';
import type { Actor } from '#libs/kernel/domain/message';

/** The envelope of an event, as far as others are told of it. */
export interface Envelope {
  readonly id: string;
  readonly type: string;
  readonly streamId: string;
  readonly revision: bigint;
  readonly position: string;
  readonly recordedAt: string;
  readonly workspaceId: string;
  readonly actor: Actor;
  readonly correlationId: string;
}

/**
 * What a receiver is told: that it happened, and where to read it with the rights one has. Only ids and names of types;
 * nothing that a person wrote, nothing of the subject.
 */
export function thinEvent(event: Envelope): JsonObject {
  const { id, type, streamId, revision, position, recordedAt, workspaceId, actor, correlationId } = event;
  const separator = streamId.indexOf('-');
  const category = streamId.slice(0, separator);
  return {
    type,
    timestamp: recordedAt,
    data: {
      eventId: id,
      workspaceId,
      stream: streamId,
      ...(category === 'review' && { reviewId: streamId.slice(separator + 1) }),
      revision: Number(revision),
      position,
      actor: {
        id: actor.id,
        kind: actor.kind,
        ...(actor.onBehalfOf !== undefined && { onBehalfOf: actor.onBehalfOf }),
      },
      correlationId,
    },
  };
}
