import { Codec } from '#libs/event-store/application/codec';
import { NotFound } from '#libs/event-store/application/errors';
import { EventRegistry } from '#libs/event-store/application/event-registry';
import { InMemoryEventStore } from '#libs/event-store/infrastructure/in-memory-event-store';
import { InMemorySubjectKeys } from '#libs/event-store/infrastructure/in-memory-subject-keys';
import { defaultCalendar, refOf } from '#libs/kernel/domain/calendar';
import { derivedId } from '#libs/kernel/domain/ids';
import { NodeHashing } from '#libs/kernel/infrastructure/node-hashing';
import { CalendarKeyTaken, CalendarNotFound } from '../domain/calendar/calendar.errors.js';
import { calendarEvents } from '../domain/calendar/calendar.events.js';
import { at, metadata as examples } from '../domain/workflow.examples.js';
import { CalendarKeys } from './calendar-keys.js';
import { CalendarStreams } from './calendar-streams.js';
import {
  CreateCalendarCommand,
  CreateCalendarHandler,
  PublishCalendarCommand,
  PublishCalendarHandler,
} from './commands/publish-calendar.handlers.js';
import { CalendarQueries } from './queries/calendar-queries.js';
import { StreamedCalendars } from './streamed-calendars.js';

/** The calendars over a log in memory; every order has its own commandId unless one is named. */
function room() {
  const store = new InMemoryEventStore();
  const codec = new Codec(new EventRegistry(calendarEvents), new InMemorySubjectKeys());
  const streams = new CalendarStreams(store, codec);
  const keys = new CalendarKeys(streams, store, codec);
  const hashing = new NodeHashing();
  const catalogue = new StreamedCalendars(streams, keys);
  let orders = 0;
  const metadata = (commandId = `order-${++orders}`, workspaceId = 'demo') => ({
    ...examples(at('09:00')),
    commandId,
    workspaceId,
  });
  return {
    create: (calendar: unknown, commandId?: string, workspaceId?: string) =>
      new CreateCalendarHandler(streams, keys, hashing).execute(
        new CreateCalendarCommand({ calendar }, metadata(commandId, workspaceId)),
      ),
    publish: (calendarId: string, calendar: unknown) =>
      new PublishCalendarHandler(streams, catalogue, hashing).execute(
        new PublishCalendarCommand({ calendarId, calendar }, metadata()),
      ),
    catalogue,
    queries: new CalendarQueries(catalogue),
  };
}

const week = { monday: [{ from: '09:00', to: '17:00' }] };
const longer = { monday: [{ from: '08:00', to: '18:00' }] };
const loans = { key: 'loans', name: 'Loan desk', week };
const idOf = (commandId: string) => derivedId(commandId, 'calendar', 0);

describe('Calendars', () => {
  it('apply under their key from their first version on', async () => {
    const { create, catalogue } = room();
    await expect(catalogue.current('demo', 'loans')).rejects.toThrow(CalendarNotFound);
    await create(loans, 'one');
    const calendar = await catalogue.current('demo', 'loans');
    expect(calendar).toMatchObject({ calendarId: idOf('one'), key: 'loans', version: 1, rules: { timezone: 'UTC' } });
    expect(refOf(calendar)).toBe('loans@1');
  });

  it('are followed by their next version, which is seen at once', async () => {
    const { create, publish, catalogue } = room();
    await create(loans, 'one');
    await catalogue.current('demo', 'loans');
    await publish(idOf('one'), { week: longer });
    const calendar = await catalogue.current('demo', 'loans');
    expect(calendar).toMatchObject({ version: 2, rules: { week: { monday: longer.monday } } });
  });

  it('are not published again without a change', async () => {
    const { create, publish } = room();
    await create(loans, 'one');
    expect((await publish(idOf('one'), { week })).receipt.events).toEqual([]);
    expect((await publish(idOf('one'), { week, name: 'Desk of loans' })).receipt.events).toHaveLength(1);
  });

  it('have one key each in a workspace', async () => {
    const { create } = room();
    await create(loans, 'one');
    await expect(create({ ...loans, week: longer })).rejects.toThrow(CalendarKeyTaken);
    await expect(create(loans, 'two', 'other')).resolves.toMatchObject({ replayed: false });
    expect((await create(loans, 'one')).replayed).toBe(true);
  });

  it('there is one where none is published, until there is another', async () => {
    const { create, catalogue, queries } = room();
    expect(await catalogue.current('demo', 'default')).toEqual(defaultCalendar);
    expect((await queries.detail('demo', 'default')).view).toMatchObject({
      id: 'default',
      version: 0,
      timezone: 'UTC',
    });
    await create({ ...loans, key: 'default' }, 'one');
    expect(await catalogue.current('demo', 'default')).toMatchObject({ calendarId: idOf('one'), version: 1 });
    expect(await catalogue.current('other', 'default')).toEqual(defaultCalendar);
  });

  it('are shown with their versions, by id and by key, only in their workspace', async () => {
    const { create, publish, queries } = room();
    await create(loans, 'one');
    await publish(idOf('one'), { week: longer });
    const { view, revision } = await queries.detail('demo', 'loans');
    expect([view.id, view.version, view.name, revision]).toEqual([idOf('one'), 2, 'Loan desk', 1n]);
    expect((await queries.versions('demo', idOf('one'))).view.data.map(({ version }) => version)).toEqual([2, 1]);
    expect((await queries.version('demo', 'loans', 1)).view.week.monday).toEqual(week.monday);
    await expect(queries.version('demo', 'loans', 3)).rejects.toThrow(NotFound);
    await expect(queries.detail('other', idOf('one'))).rejects.toThrow(CalendarNotFound);
    await expect(queries.detail('demo', 'cards')).rejects.toThrow(CalendarNotFound);
  });

  it('of which there is none have no next version', async () => {
    const { publish } = room();
    await expect(publish(idOf('never'), { week })).rejects.toThrow(NotFound);
  });
});
