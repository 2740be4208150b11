import { Injectable } from '@nestjs/common';
import { Claims, claimStreamId, type Claim } from '#libs/event-store/application/claims';
import { Codec } from '#libs/event-store/application/codec';
import { EventStore } from '#libs/event-store/application/event-store';
import { CalendarKeyTaken } from '../domain/calendar/calendar.errors.js';
import type { CalendarEvent } from '../domain/calendar/calendar.events.js';
import { CalendarStreams } from './calendar-streams.js';

const KIND = 'calendar-key';

/** One calendar per key and workspace, for ever: workflows name calendars by their keys. */
@Injectable()
export class CalendarKeys {
  private readonly claims: Claims;

  constructor(
    private readonly calendars: CalendarStreams,
    store: EventStore,
    codec: Codec,
  ) {
    this.claims = new Claims(store, codec);
  }

  claim(key: string, now: string): Claim<CalendarEvent> {
    return {
      kind: KIND,
      key,
      isOver: async (calendarId) => (await this.calendars.load(calendarId)).state.status === 'missing',
      taken: (calendarId) => new CalendarKeyTaken(key, calendarId),
      abandon: (calendarId) => ({ type: 'CalendarAbandoned', data: { calendarId, at: now } }),
    };
  }

  /** The calendar that has this key, or is about to. */
  async holder(workspaceId: string, key: string): Promise<string | undefined> {
    const { holder } = await this.claims.holding(claimStreamId(workspaceId, { kind: KIND, key }));
    return holder;
  }
}
