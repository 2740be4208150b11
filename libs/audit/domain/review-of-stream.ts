/** The review that a stream is about: its own stream, or the talk about it; null for streams of other rooms. */
export const reviewOf = (stream: string): string | null => /^(?:review|comments)-(.+)$/u.exec(stream)?.[1] ?? null;
