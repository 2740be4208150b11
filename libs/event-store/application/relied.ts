import type { Command, DomainEvent } from '#libs/kernel/domain/message';
import { StandingMoved } from './errors.js';
import { expecting, type StreamWrite } from './event-store.js';
import type { HandleOptions } from './stream-definition.js';

/** Streams that a command relies on, at the revisions it has seen (-1n: none yet). */
export type Relied = ReadonlyMap<string, bigint>;

export const nothing: Relied = new Map();

/** What the right to give a command and its facts were found in. */
export function reliedOn<C extends Command, E extends DomainEvent>(
  command: C,
  events: readonly E[],
  { premises }: HandleOptions<E, C>,
): Relied {
  const { standing = nothing } = command.metadata;
  if (!premises) return standing;
  const seen = premises.seen(events, command);
  return seen.size === 0 ? standing : new Map([...seen, ...standing]);
}

/** Writes that only check. */
export const checksOf = (relied: Relied): readonly StreamWrite[] =>
  [...relied].map(([streamId, revision]) => ({ streamId, expected: expecting(revision), events: [] }));

/** Those that are not where they were seen, and where they are; in a conflict every stream of the append is named. */
export const movedOf = (relied: Relied, actual: ReadonlyMap<string, bigint>): Relied =>
  new Map([...actual].filter(([streamId, revision]) => (relied.get(streamId) ?? revision) !== revision));

/** @throws StandingMoved when one of the streams is one that the right to give the command was found in */
export function checkStanding({ metadata: { standing } }: Command, moved: Relied): void {
  if (standing && moved.keys().some((streamId) => standing.has(streamId))) throw new StandingMoved(moved);
}
