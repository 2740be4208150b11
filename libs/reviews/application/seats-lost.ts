import { derivedId } from '#libs/kernel/domain/ids';
import type { DomainEvent } from '#libs/kernel/domain/message';
import type { ProcessManager, Reaction } from '#libs/processing/application/process-manager';

/** What the directory tells of people who can do less than before. */
type LosesSeats =
  | DomainEvent<'UserDeactivated', { userId: string }>
  | DomainEvent<'RoleRevoked', { userId: string; role: string }>
  | DomainEvent<'RoleGranted', { userId: string; role: string; to: string | null }>;

/** Where it goes when somebody has left or lost a role. */
export const SEATS_LOST = 'reviews.seats-lost';

/** Whoever leaves or loses a role leaves assignments behind: the open reviews concerned are told, one by one. */
export const seatsLost: ProcessManager<LosesSeats, Record<string, never>> = {
  name: 'seats_lost',
  version: 1,
  types: ['UserDeactivated', 'RoleRevoked', 'RoleGranted'],
  key: ({ streamId }) => streamId,
  initialState: {},
  remembers: false,
  react(event, state): Reaction<Record<string, never>> {
    const { streamId, workspaceId, position } = event;
    const { userId } = event.data;
    const role = event.type === 'UserDeactivated' ? {} : { role: event.data.role };
    const payload = { userId, ...role, position };
    if (event.type !== 'RoleGranted') {
      const id = derivedId('seats-lost', event.id);
      return { state, outbox: [{ id, workspaceId, target: SEATS_LOST, orderingKey: streamId, payload }] };
    }
    // A role granted for a time is lost without a further event. It may be granted for several, and whoever holds it
    // still when one of them ends loses nothing.
    const dueAt = event.data.to;
    if (dueAt === null) return { state };
    const timerId = derivedId(streamId, 'role', event.data.role, dueAt);
    return { state, timers: [{ set: { timerId, workspaceId, streamId, target: SEATS_LOST, dueAt, payload } }] };
  },
};
