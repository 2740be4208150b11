import { Injectable } from '@nestjs/common';
import { NotFound } from '#libs/event-store/application/errors';
import { Hashing } from '#libs/kernel/application/hashing';
import type { PinnedCalendar } from '#libs/kernel/domain/calendar';
import { derivedId } from '#libs/kernel/domain/ids';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import type { CommandTarget } from '#libs/processing/application/process-manager';
import { WaitGate } from '#libs/processing/application/wait-gate';
import { CalendarCatalogue } from '#libs/workflows/application/calendar-catalogue';
import { REPROJECT, type ReprojectOrder } from './calendar-clocks.js';
import { ClocksCounting } from './clocks-counting.js';
import { ReviewFacts } from './review-facts.js';
import { ReviewStreams } from './review-streams.js';
import { systemMetadata } from './system-metadata.js';

/** Who acts when a calendar does. */
export const CALENDARS = 'system:calendars';

const CATCH_UP_MS = 5_000;
/** Reviews read at once, and their appends carried together. */
const PORTION = 1_000;

type Call = Parameters<CommandTarget['execute']>[0];

/** Moves running clocks to the newest version of their calendar, in portions, so that other messages are not kept waiting. */
@Injectable()
export class ReprojectTarget implements CommandTarget {
  readonly name = REPROJECT;

  constructor(
    private readonly reviews: ReviewStreams,
    private readonly facts: ReviewFacts,
    private readonly calendars: CalendarCatalogue,
    private readonly clocks: ClocksCounting,
    private readonly gate: WaitGate,
    private readonly hashing: Hashing,
  ) {}

  async execute(call: Call): ReturnType<CommandTarget['execute']> {
    const order = call.payload as ReprojectOrder;
    const { workspaceId } = call;
    const calendar = await this.calendars.current(workspaceId, order.calendar);
    const metadata = this.metadataOf(call, calendar);
    if ('reviewId' in order) return this.move(order.reviewId, calendar, metadata);

    const { position, after } = order;
    if (after === '') await this.gate.waitFor('clocks', position, CATCH_UP_MS);
    const { key, version } = calendar;
    const found = await this.clocks.outdated({ workspaceId, key, version, after, limit: PORTION });
    await this.reviews.warm(found);
    const moved = await Promise.all(found.map((reviewId) => this.move(reviewId, calendar, metadata)));
    const last = found.at(-1);
    if (last === undefined || found.length < PORTION) return moved.includes(true);
    return { again: { ...order, after: last } };
  }

  /** What the commands of an order share; each has an id of its own. */
  private metadataOf({ id, workspaceId, now }: Call, { key, version }: PinnedCalendar): CommandMetadata {
    return systemMetadata(CALENDARS, { id, workspaceId, now, payload: { key, version } }, this.hashing);
  }

  private async move(reviewId: string, calendar: PinnedCalendar, shared: CommandMetadata): Promise<boolean> {
    const { workspaceId, now } = shared;
    // An order that is tried again may find a newer version: that is another command.
    const commandId = derivedId(shared.commandId, reviewId, calendar.version);
    try {
      const { receipt } = await this.reviews.handle(reviewId, {
        type: 'Reproject',
        data: { reviewId, calendar },
        facts: this.facts.of({ workspaceId, now }, {}),
        metadata: { ...shared, commandId, correlationId: commandId, causationId: commandId },
      });
      return receipt.events.length > 0;
    } catch (refusal) {
      if (refusal instanceof NotFound) return false; // of a review whose start never came through
      throw refusal;
    }
  }
}
