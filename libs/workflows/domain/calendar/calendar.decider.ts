import type { CalendarRules, PinnedCalendar } from '#libs/kernel/domain/calendar';
import type { Decider } from '#libs/kernel/domain/decider';
import type { Command } from '#libs/kernel/domain/message';
import { unreachable } from '#libs/kernel/domain/unreachable';
import { CalendarKeyTaken, CalendarNotFound } from './calendar.errors.js';
import type { CalendarEvent } from './calendar.events.js';

type Told = Readonly<{ rules: CalendarRules; contentHash: string }>;

/** Its first version. The key is claimed beside this append: one calendar per key and workspace. */
export type CreateCalendar = Command<'CreateCalendar', { calendarId: string; key: string; name: string }, Told>;

/** The next version; the key never changes, the name may. */
export type PublishCalendar = Command<'PublishCalendar', { calendarId: string; name?: string }, Told>;

export type CalendarCommand = CreateCalendar | PublishCalendar;

export type CalendarVersion = Extract<CalendarEvent, { type: 'CalendarPublished' }>['data'];

export type Calendar =
  | Readonly<{ status: 'missing' }>
  /** Oldest first, dense from version 1. */
  | Readonly<{ status: 'published'; versions: readonly [CalendarVersion, ...CalendarVersion[]] }>;
export type KnownCalendar = Extract<Calendar, { status: 'published' }>;

export const newest = ({ versions }: KnownCalendar): CalendarVersion => versions.at(-1) ?? versions[0];

/** A version as reviews pin it. */
export const pinned = ({ calendarId, key, version, contentHash, rules }: CalendarVersion): PinnedCalendar => ({
  calendarId,
  key,
  version,
  contentHash,
  rules,
});

function evolve(calendar: Calendar, event: CalendarEvent): Calendar {
  switch (event.type) {
    case 'CalendarPublished':
      return calendar.status === 'published'
        ? { ...calendar, versions: [...calendar.versions, event.data] }
        : { status: 'published', versions: [event.data] };
    case 'CalendarAbandoned':
      return { status: 'missing' };
    default:
      return unreachable(event);
  }
}

function decide(command: CalendarCommand, calendar: Calendar): CalendarEvent[] {
  switch (command.type) {
    case 'CreateCalendar': {
      if (calendar.status === 'published')
        throw new CalendarKeyTaken(newest(calendar).key, newest(calendar).calendarId);
      return [published(command, { ...command.data, version: 1 })];
    }
    case 'PublishCalendar': {
      if (calendar.status !== 'published') throw new CalendarNotFound('There is no such calendar.');
      const { calendarId, key, version, name, contentHash } = newest(calendar);
      const next = { calendarId, key, name: command.data.name ?? name, version: version + 1 };
      // The same rules under the same name again are the same version.
      if (contentHash === command.facts.contentHash && next.name === name) return [];
      return [published(command, next)];
    }
    default:
      return unreachable(command);
  }
}

const published = (
  { facts, metadata }: CalendarCommand,
  { calendarId, key, name, version }: Pick<CalendarVersion, 'calendarId' | 'key' | 'name' | 'version'>,
): CalendarEvent => {
  const { rules, contentHash } = facts;
  const { actor, now: at } = metadata;
  const data = { calendarId, key, name, version, rules, contentHash, publishedBy: actor.id, at };
  return { type: 'CalendarPublished', data };
};

export const calendarDecider: Decider<Calendar, CalendarCommand, CalendarEvent> = {
  initialState: { status: 'missing' },
  evolve,
  decide,
};
