import { derivedId } from '#libs/kernel/domain/ids';
import type { DomainEvent } from '#libs/kernel/domain/message';
import type { ProcessManager, Reaction } from '#libs/processing/application/process-manager';

/** What the directory tells of people who can do more than before. */
type GainsSeats =
  | DomainEvent<'UserRegistered', { userId: string }>
  | DomainEvent<'UserActivated', { userId: string }>
  | DomainEvent<'RoleGranted', { userId: string; role: string; from: string; at: string }>;

/** Where it goes when somebody has come, or got a role, or when the time of a role has come. */
export const SEATS_GAINED = 'reviews.seats-gained';

/** Whoever comes or gets a role may be whom a blocked step was waiting for: those reviews are told, one by one. */
export const seatsGained: ProcessManager<GainsSeats, Record<string, never>> = {
  name: 'seats_gained',
  version: 2,
  types: ['UserRegistered', 'UserActivated', 'RoleGranted'],
  key: ({ streamId }) => streamId,
  initialState: {},
  remembers: false,
  react(event, state): Reaction<Record<string, never>> {
    const { streamId, workspaceId, position, data } = event;
    const role = event.type === 'RoleGranted' ? { role: event.data.role } : {};
    const payload = { userId: data.userId, ...role, position };
    // A role granted for later comes without a further event.
    if (event.type === 'RoleGranted' && Date.parse(event.data.from) > Date.parse(event.data.at)) {
      const { role: name, from: dueAt } = event.data;
      const timerId = derivedId(streamId, 'role-from', name, dueAt);
      return { state, timers: [{ set: { timerId, workspaceId, streamId, target: SEATS_GAINED, dueAt, payload } }] };
    }
    const id = derivedId('seats-gained', event.id);
    return { state, outbox: [{ id, workspaceId, target: SEATS_GAINED, orderingKey: streamId, payload }] };
  },
};
