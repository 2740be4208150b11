import { setTimeout as sleep } from 'node:timers/promises';
import {
  BACKWARDS,
  END,
  FORWARDS,
  START as FROM_START,
  StreamNotFoundError,
  type AllStreamResolvedEvent,
  type Credentials,
  type EventStoreDBClient,
} from '@eventstore/db-client';
import type { Page, RecordedEvent } from '../../application/event-store.js';
import type { ClientSlot } from './client-slot.js';
import { placeOf, toRecorded } from './envelope.js';
import { follow } from './follow.js';
import { isPassing, reasonOf } from './outcome.js';
import { comparePlaces, START, toPosition, type Place } from './place.js';
import type { Scope } from './scope.js';
import { jitter, type Settings, type Trouble } from './settings.js';

export interface ReadSurroundings {
  readonly credentials: Credentials;
  readonly settings: Settings;
  readonly onTrouble: (trouble: Trouble) => void;
}

export interface StreamRange {
  readonly from?: bigint;
  readonly max?: number;
  readonly backwards?: boolean;
}

/** Events asked for at once when most of them may be somebody else's. */
const SEARCH_CHUNK = 512;

/** Finite reads, of one stream and of all. */
export class Reader {
  constructor(private readonly around: ReadSurroundings) {}

  async stream(clients: ClientSlot, id: string, { from, max, backwards = false }: StreamRange) {
    const events = max === 0 ? [] : await this.events(clients, id, { from, max, backwards });
    if (events === 'missing') return { events: [], revision: -1n };
    // The last revision is known when the read reached the end of the stream.
    const newest = backwards ? (from === undefined ? events[0] : undefined) : events.at(-1);
    const reachedEnd = newest !== undefined && (backwards || max === undefined || events.length < max);
    return { events, revision: reachedEnd ? newest.revision : await this.lastRevision(clients, id) };
  }

  /** Some events of a stream, oldest first, without asking how far it goes. */
  async stretch(clients: ClientSlot, id: string, { from, max }: { from: bigint; max: number }) {
    const events = await this.events(clients, id, { from, max, backwards: false });
    return events === 'missing' ? [] : events;
  }

  /** One page of everything after `after`, in the order of the log. */
  async all(clients: ClientSlot, scope: Scope, after: Place, limit: number): Promise<Page> {
    const events: RecordedEvent[] = [];
    let next = after;
    let atHead = false;
    let full = false;
    let chunk = scope.isSelective ? SEARCH_CHUNK : 0;
    while (!atHead && !full) {
      // One more than needed, to know whether there is more; and the event at `next`, which the read begins with.
      const needed = limit - events.length + (next.commit < 0n ? 1 : 2);
      const maxCount = Math.max(needed, chunk);
      chunk = SEARCH_CHUNK; // a page that was not filled lies among events of others
      let seen = 0;
      const take = ({ event }: AllStreamResolvedEvent): 'more' | 'enough' => {
        seen += 1;
        if (!event) return 'more';
        const place = placeOf(event);
        if (comparePlaces(place, next) <= 0) return 'more';
        const isWanted = scope.admits(event);
        if (isWanted && events.length >= limit) {
          full = true;
          return 'enough';
        }
        if (isWanted) events.push(toRecorded(event, place));
        next = place;
        return 'more';
      };
      await this.again(() => {
        const begun = { events: events.length, next };
        return clients
          .use((client) => this.followAll(client, FORWARDS, next.commit < 0n ? FROM_START : next, maxCount, take))
          .catch((error: unknown) => {
            // What came before the fault would come again.
            events.length = begun.events;
            next = begun.next;
            seen = 0;
            throw error;
          });
      });
      atHead = !full && seen < maxCount;
    }
    return { events, next: toPosition(next), atHead };
  }

  /** The place of the newest event of the scope; `START` when there is none. */
  async head(clients: ClientSlot, scope: Scope): Promise<Place> {
    let before: Place | typeof END = END;
    for (let maxCount = 1; ; maxCount = SEARCH_CHUNK) {
      let seen = 0;
      let found: Place | undefined;
      const take = ({ event }: AllStreamResolvedEvent): 'more' | 'enough' => {
        seen += 1;
        if (!event) return 'more';
        before = placeOf(event);
        if (!scope.admits(event)) return 'more';
        found = before;
        return 'enough';
      };
      const from: Place | typeof END = before;
      await this.again(() => {
        seen = 0;
        return clients.use((client) => this.followAll(client, BACKWARDS, from, maxCount, take, true));
      });
      if (found) return found;
      if (seen < maxCount) return START;
    }
  }

  private async events(
    clients: ClientSlot,
    id: string,
    { from, max, backwards }: { from: bigint | undefined; max: number | undefined; backwards: boolean },
  ): Promise<RecordedEvent[] | 'missing'> {
    const { credentials, settings } = this.around;
    const read = (client: EventStoreDBClient) =>
      client.readStream(id, {
        direction: backwards ? BACKWARDS : FORWARDS,
        fromRevision: from ?? (backwards ? END : FROM_START),
        ...(max === undefined ? {} : { maxCount: max }),
        credentials,
        requiresLeader: true, // a follower may not have heard of our last append
      });
    return this.again(() =>
      clients.use(async (client) => {
        const events: RecordedEvent[] = [];
        try {
          await follow(read(client), settings.readIdleMs, ({ event }) => {
            if (event) events.push(toRecorded(event, placeOf(event)));
            return 'more';
          });
          return events;
        } catch (error) {
          if (error instanceof StreamNotFoundError) return 'missing';
          throw error;
        }
      }),
    );
  }

  private async lastRevision(clients: ClientSlot, id: string): Promise<bigint> {
    const last = await this.events(clients, id, { from: undefined, max: 1, backwards: true });
    return last === 'missing' ? -1n : (last[0]?.revision ?? -1n);
  }

  private followAll(
    client: EventStoreDBClient,
    direction: typeof FORWARDS | typeof BACKWARDS,
    fromPosition: Place | typeof FROM_START | typeof END,
    maxCount: number,
    take: (item: AllStreamResolvedEvent) => 'more' | 'enough',
    requiresLeader = false,
  ) {
    const { credentials, settings } = this.around;
    const options = { direction, fromPosition, maxCount, credentials, requiresLeader };
    return follow(client.readAll(options), settings.readIdleMs, take);
  }

  /** Reads change nothing, so a fault that answers at once and passes soon is met by reading again. */
  private async again<T>(read: () => Promise<T>): Promise<T> {
    const { resends, resendPauseMs } = this.around.settings;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await read();
      } catch (error) {
        if (!isPassing(error) || attempt > resends) throw error;
        this.around.onTrouble({ what: 'read-sent-again', reason: reasonOf(error) });
        await sleep(jitter(resendPauseMs * attempt));
      }
    }
  }
}
