import { derivedId } from '#libs/kernel/domain/ids';
import type { JsonObject } from '#libs/kernel/domain/json';
import type { DomainEvent } from '#libs/kernel/domain/message';
import type { OutboxMessage, ProcessManager, Reaction } from '#libs/processing/application/process-manager';

/** What this room needs to know of clocks and of the calendars of the room `workflows`. */
type Counts =
  | DomainEvent<'CalendarPublished', { calendarId: string; key: string; version: number }>
  | DomainEvent<'StepStarted' | 'SlaResumed', { clock: { calendar: string | null } }>;

/** Where it goes when clocks count by an outdated version of their calendar. */
export const REPROJECT = 'reviews.reproject';

/** One review, or all that count on the calendar: then those known at `position`, with ids behind `after`. */
export type ReprojectOrder = Readonly<
  { calendar: string; version: number } & ({ reviewId: string } | { position: string; after: string })
>;

/** The newest version of each calendar of a workspace, by its key. */
type Newest = Readonly<Record<string, number>>;

/**
 * A calendar was published: every clock that counts on it is told. A clock that starts by an older version a moment
 * later, because its start was under way, is told for itself; so none is forgotten.
 */
export const calendarClocks: ProcessManager<Counts, JsonObject> = {
  name: 'calendar_clocks',
  version: 1,
  types: ['CalendarPublished', 'StepStarted', 'SlaResumed'],
  key: ({ workspaceId }) => workspaceId,
  initialState: {},
  react(event, state): Reaction<JsonObject> {
    const { id, workspaceId, streamId, position } = event;
    const message = (orderingKey: string, payload: ReprojectOrder): readonly OutboxMessage[] => [
      { id: derivedId('reproject', id), workspaceId, target: REPROJECT, orderingKey, payload },
    ];
    if (event.type === 'CalendarPublished') {
      const { key, version } = event.data;
      const order = { calendar: key, version, position, after: '' };
      return { state: { ...state, [key]: version }, outbox: message(`${workspaceId}/${key}`, order) };
    }
    const [key = '', version = ''] = event.data.clock.calendar?.split('@') ?? [];
    const newest = (state as Newest)[key];
    if (newest === undefined || Number(version) >= newest) return { state };
    const reviewId = streamId.slice('review-'.length);
    return { state, outbox: message(streamId, { calendar: key, version: newest, reviewId }) };
  },
};
