import { Injectable } from '@nestjs/common';
import { NotFound } from '#libs/event-store/application/errors';
import { DEFAULT_CALENDAR, defaultCalendar, type CalendarRules } from '#libs/kernel/domain/calendar';
import { newest, type CalendarVersion, type KnownCalendar } from '../../domain/calendar/calendar.decider.js';
import { CalendarNotFound } from '../../domain/calendar/calendar.errors.js';
import { StreamedCalendars } from '../streamed-calendars.js';
import type { AtRevision } from './workflow-queries.js';

/** `GET /calendars/{id}/versions` */
export interface CalendarVersionSummary {
  readonly version: number;
  readonly name: string;
  readonly contentHash: string;
  /** Null for the one that exists when none is published. */
  readonly publishedBy: string | null;
  readonly publishedAt: string | null;
}

/** `GET /calendars/{id}`, `GET /calendars/{id}/versions/{n}` */
export interface CalendarDetail extends CalendarVersionSummary, CalendarRules {
  readonly id: string;
  readonly key: string;
}

/** What applies under the key `default` until a workspace publishes its own. */
const builtIn: CalendarDetail = {
  id: DEFAULT_CALENDAR,
  key: DEFAULT_CALENDAR,
  version: 0,
  name: 'Monday to Friday, nine to five',
  contentHash: defaultCalendar.contentHash,
  publishedBy: null,
  publishedAt: null,
  ...defaultCalendar.rules,
};

/** Strong reads of one calendar, by id or key: folded from its stream, never from a projection. */
@Injectable()
export class CalendarQueries {
  constructor(private readonly calendars: StreamedCalendars) {}

  async detail(workspaceId: string, idOrKey: string): Promise<AtRevision<CalendarDetail>> {
    const found = await this.calendars.find(workspaceId, idOrKey);
    if (!found && idOrKey === DEFAULT_CALENDAR) return { view: builtIn, revision: -1n };
    const { calendar, revision } = known(found);
    return { view: detailOf(newest(calendar)), revision };
  }

  /** Newest first. */
  async versions(workspaceId: string, idOrKey: string): Promise<AtRevision<{ data: CalendarVersionSummary[] }>> {
    const { calendar, revision } = known(await this.calendars.find(workspaceId, idOrKey));
    return { view: { data: calendar.versions.map(summaryOf).toReversed() }, revision };
  }

  async version(workspaceId: string, idOrKey: string, version: number): Promise<AtRevision<CalendarDetail>> {
    const { calendar, revision } = known(await this.calendars.find(workspaceId, idOrKey));
    const numbered = calendar.versions.find((candidate) => candidate.version === version);
    if (!numbered) throw new NotFound(`There is no version ${version} of this calendar.`);
    return { view: detailOf(numbered), revision };
  }
}

function known<Found extends { calendar: KnownCalendar }>(found: Found | undefined): Found {
  if (!found) throw new CalendarNotFound('There is no such calendar.');
  return found;
}

const summaryOf = ({ version, name, contentHash, publishedBy, at }: CalendarVersion): CalendarVersionSummary => ({
  version,
  name,
  contentHash,
  publishedBy,
  publishedAt: at,
});

const detailOf = (version: CalendarVersion): CalendarDetail => ({
  id: version.calendarId,
  key: version.key,
  ...summaryOf(version),
  ...version.rules,
});
