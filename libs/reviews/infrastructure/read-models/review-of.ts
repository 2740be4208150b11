import { streamsOf } from '#libs/processing/application/projection';

/** The review whose own stream this event stands in; undefined for every other stream. */
export const reviewOf = streamsOf('review');

/** Text that may have been erased with the key of its subject. */
export const readable = (text: unknown): string | null => (typeof text === 'string' ? text : null);
