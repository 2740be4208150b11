import type { ReviewEvent } from './review.events.js';

/** The data of one event type of this room. */
export type EventData<Type extends ReviewEvent['type']> = Extract<ReviewEvent, { type: Type }>['data'];
