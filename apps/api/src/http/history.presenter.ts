import type { Recorded } from '#libs/kernel/domain/message';
import type { EventAnswer, EventsAnswer } from '../reviews/review-answers.dto.js';

/** The events of a stream as its history shows them; what was erased reads `{"$erased": true}`. */
export const historyAnswer = (events: readonly Recorded[]): EventsAnswer => ({ data: events.map(eventAnswer) });

const eventAnswer = ({ id, type, revision, position, recordedAt, actor, data }: Recorded): EventAnswer => ({
  id,
  type,
  revision: Number(revision),
  position,
  recordedAt,
  actor: { id: actor.id, kind: actor.kind, onBehalfOf: actor.onBehalfOf ?? null },
  data: data as Record<string, unknown>,
});

/** One spelling of an instant, which compares as text. */
export const canonicalInstant = (instant: string | undefined): string | undefined =>
  instant === undefined ? undefined : new Date(instant).toISOString();
