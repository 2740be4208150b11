import type { Command, DomainEvent } from '#libs/kernel/domain/message';
import { StandingMoved } from './errors.js';
import { expecting, type StreamWrite } from './event-store.js';
import type { HandleOptions } from './stream-definition.js';

/** Streams that a command relies on, at the revisions it has seen (-1n: none yet). */
export type Relied = ReadonlyMap<string, bigint>;

export const nothing: Relied = new Map();

/** What the right to give a command and its facts were found in; of two looks at one stream the older one counts. */
export function reliedOn<C extends Command, E extends DomainEvent>(
  command: C,
  events: readonly E[],
  { premises }: HandleOptions<E, C>,
): Relied {
  const { standing = nothing } = command.metadata;
  if (!premises) return standing;
  const relied = new Map(premises.seen(events, command));
  for (const [streamId, revision] of standing) {
    const seen = relied.get(streamId);
    if (seen === undefined || revision < seen) relied.set(streamId, revision);
  }
  return relied;
}

/** Writes that only check. */
export const checksOf = (relied: Relied): readonly StreamWrite[] =>
  [...relied].map(([streamId, revision]) => ({ streamId, expected: expecting(revision), events: [] }));

/** Those that are not where they were seen, and where they are; in a conflict every stream of the append is named. */
export const movedOf = (relied: Relied, actual: ReadonlyMap<string, bigint>): Relied =>
  new Map([...actual].filter(([streamId, revision]) => (relied.get(streamId) ?? revision) !== revision));

/** @throws StandingMoved when the right to give the command was found in one of the streams before it moved there */
export function checkStanding({ metadata: { standing = nothing } }: Command, moved: Relied): void {
  if (movedOf(standing, moved).size > 0) throw new StandingMoved(moved);
}
