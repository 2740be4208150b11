import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Outcome } from '#libs/event-store/application/stream-handler';
import { Hashing } from '#libs/kernel/application/hashing';
import { canonicalJson } from '#libs/kernel/domain/canonical-json';
import type { CalendarRules } from '#libs/kernel/domain/calendar';
import { derivedId } from '#libs/kernel/domain/ids';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import { newest, type Calendar } from '../../domain/calendar/calendar.decider.js';
import { readCalendar } from '../../domain/calendar/read-calendar.js';
import { CalendarKeys } from '../calendar-keys.js';
import { CalendarStreams } from '../calendar-streams.js';
import { StreamedCalendars } from '../streamed-calendars.js';
import type { CommandOptions } from '../workflow-command.js';

abstract class CalendarBusCommand<Data extends object> extends Command<Outcome<Calendar>> {
  constructor(
    readonly data: Readonly<Data>,
    readonly metadata: CommandMetadata,
    readonly options: CommandOptions = {},
  ) {
    super();
  }
}

/** `calendar`: as the client wrote it. */
export class CreateCalendarCommand extends CalendarBusCommand<{ calendar: unknown }> {}

/** `calendarId`: or its key; `calendar`: as the client wrote it, without a key. */
export class PublishCalendarCommand extends CalendarBusCommand<{ calendarId: string; calendar: unknown }> {}

const told = (hashing: Hashing, rules: CalendarRules) => ({ rules, contentHash: hashing.sha256(canonicalJson(rules)) });

/** Publishes version 1 and claims the key beside it. */
@CommandHandler(CreateCalendarCommand)
export class CreateCalendarHandler implements ICommandHandler<CreateCalendarCommand> {
  constructor(
    private readonly calendars: CalendarStreams,
    private readonly keys: CalendarKeys,
    private readonly hashing: Hashing,
  ) {}

  async execute({ data, metadata, options }: CreateCalendarCommand) {
    const { key, name = '', rules } = readCalendar(data.calendar);
    const calendarId = derivedId(metadata.commandId, 'calendar', 0);
    return this.calendars.handle(
      calendarId,
      { type: 'CreateCalendar', data: { calendarId, key, name }, facts: told(this.hashing, rules), metadata },
      { ...options, claim: this.keys.claim(key, metadata.now) },
    );
  }
}

/** Publishes the next version; running clocks are moved to it by a reaction. */
@CommandHandler(PublishCalendarCommand)
export class PublishCalendarHandler implements ICommandHandler<PublishCalendarCommand> {
  constructor(
    private readonly calendars: CalendarStreams,
    private readonly known: StreamedCalendars,
    private readonly hashing: Hashing,
  ) {}

  async execute({ data, metadata, options }: PublishCalendarCommand) {
    const found = await this.known.find(metadata.workspaceId, data.calendarId);
    const calendarId = found ? newest(found.calendar).calendarId : data.calendarId;
    const { name, rules } = readCalendar(data.calendar, calendarId);
    return this.calendars.handle(
      calendarId,
      {
        type: 'PublishCalendar',
        data: { calendarId, ...(name !== undefined && { name }) },
        facts: told(this.hashing, rules),
        metadata,
      },
      options,
    );
  }
}
