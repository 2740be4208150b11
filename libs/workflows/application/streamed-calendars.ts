import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DEFAULT_CALENDAR, defaultCalendar, type PinnedCalendar } from '#libs/kernel/domain/calendar';
import { keepJson } from '#libs/kernel/domain/canonical-json';
import { newest, pinned, type KnownCalendar } from '../domain/calendar/calendar.decider.js';
import { CalendarNotFound } from '../domain/calendar/calendar.errors.js';
import { CalendarCatalogue } from './calendar-catalogue.js';
import { CalendarKeys } from './calendar-keys.js';
import { CalendarStreams } from './calendar-streams.js';

const MOST_KEYS = 10_000;
const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const KEY = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** The calendars from the log itself: what was published a moment ago counts now. */
@Injectable()
export class StreamedCalendars extends CalendarCatalogue {
  /** A key never goes to another calendar, so that what was found once stays true. */
  private readonly ids = new LRUCache<string, string>({ max: MOST_KEYS });

  constructor(
    private readonly calendars: CalendarStreams,
    private readonly keys: CalendarKeys,
  ) {
    super();
  }

  override async current(workspaceId: string, key: string): Promise<PinnedCalendar> {
    const calendar = await this.byKey(workspaceId, key);
    if (calendar) {
      const current = pinned(newest(calendar));
      keepJson(current.rules); // written into every review that counts by them
      return current;
    }
    if (key === DEFAULT_CALENDAR) return defaultCalendar;
    throw new CalendarNotFound(`There is no calendar ${key}.`);
  }

  override async has(workspaceId: string, key: string): Promise<boolean> {
    return key === DEFAULT_CALENDAR || (await this.byKey(workspaceId, key)) !== undefined;
  }

  /** By id or key, with the revision of its stream. */
  async find(workspaceId: string, idOrKey: string): Promise<{ calendar: KnownCalendar; revision: bigint } | undefined> {
    return (await this.byId(workspaceId, idOrKey)) ?? (await this.atKey(workspaceId, idOrKey));
  }

  private async byKey(workspaceId: string, key: string): Promise<KnownCalendar | undefined> {
    return (await this.atKey(workspaceId, key))?.calendar;
  }

  private async atKey(workspaceId: string, key: string) {
    if (!KEY.test(key)) return undefined;
    const id = this.ids.get(`${workspaceId}/${key}`) ?? (await this.keys.holder(workspaceId, key));
    const found = id === undefined ? undefined : await this.byId(workspaceId, id);
    if (id !== undefined && found) this.ids.set(`${workspaceId}/${key}`, id);
    return found;
  }

  private async byId(workspaceId: string, id: string) {
    if (!ID.test(id)) return undefined;
    const { state, revision, workspaceId: owner } = await this.calendars.load(id);
    return owner === workspaceId && state.status === 'published' ? { calendar: state, revision } : undefined;
  }
}
