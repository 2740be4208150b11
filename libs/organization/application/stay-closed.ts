import type { Outcome, StreamHandler } from '#libs/event-store/application/stream-handler';
import { derivedId } from '#libs/kernel/domain/ids';
import type { Command, CommandMetadata, DomainEvent } from '#libs/kernel/domain/message';
import { NotPossibleNow } from '../domain/organization.errors.js';

interface Closing<State, C extends Command, E extends DomainEvent> {
  readonly streams: StreamHandler<State, C, E>;
  /** Of the stream that says what is open. */
  readonly id: string;
  readonly metadata: CommandMetadata;
  readonly closed: Outcome<State>;
  /** Active people who belong to it, counted anew. */
  readonly people: () => Promise<number>;
  readonly reopen: (metadata: CommandMetadata) => Promise<unknown>;
}

/**
 * Whoever joins relies on the place being open, in the append: nobody joins one that is closed. Whoever came in just
 * before was not counted when it was closed; then it is opened again.
 * @throws NotPossibleNow when it did not stay closed, also when the command is sent again
 */
export async function stayClosed<State, C extends Command, E extends DomainEvent>({
  streams,
  id,
  metadata,
  closed: { receipt, replayed },
  people,
  reopen,
}: Closing<State, C, E>): Promise<void> {
  if (receipt.events.length === 0) return;
  const { standing: _standing, ...unconditional } = metadata;
  const commandId = derivedId(metadata.commandId, 'reopened');
  const inside = replayed ? 0 : await people();
  if (inside > 0) await reopen({ ...unconditional, commandId });
  else if (!replayed || !(await streams.history(id)).some((event) => event.commandId === commandId)) return;
  throw new NotPossibleNow('Somebody joined at the same moment: move that person elsewhere first.');
}
