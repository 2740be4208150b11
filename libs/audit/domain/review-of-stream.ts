/** The review that a stream is about: its own stream, or the talk about it; null for streams of other rooms. */
export function reviewOf(stream: string): string | null {
  if (stream.startsWith('review-')) return stream.slice('review-'.length);
  return stream.startsWith('comments-') ? stream.slice('comments-'.length) : null;
}
