const PREFIX = 'review-';

/** The review whose own stream this event stands in; undefined for every other stream. */
export const reviewOf = ({ streamId }: { readonly streamId: string }): string | undefined =>
  streamId.startsWith(PREFIX) ? streamId.slice(PREFIX.length) : undefined;

/** Text that may have been erased with the key of its subject. */
export const readable = (text: unknown): string | null => (typeof text === 'string' ? text : null);
