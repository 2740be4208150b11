import { Injectable } from '@nestjs/common';
import { Codec } from '#libs/event-store/application/codec';
import { EventStore } from '#libs/event-store/application/event-store';
import { StreamHandler } from '#libs/event-store/application/stream-handler';
import { calendarDecider, type Calendar, type CalendarCommand } from '../domain/calendar/calendar.decider.js';
import type { CalendarEvent } from '../domain/calendar/calendar.events.js';

/** The streams `calendar-{id}`. */
@Injectable()
export class CalendarStreams extends StreamHandler<Calendar, CalendarCommand, CalendarEvent> {
  constructor(store: EventStore, codec: Codec) {
    super(store, codec, {
      category: 'calendar',
      decider: calendarDecider,
      creates: ({ type }) => type === 'CreateCalendar',
    });
  }
}
