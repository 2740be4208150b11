import {
  eventTypeFilter,
  streamNameFilter,
  type AllStreamRecordedEvent,
  type AllStreamSubscription,
  type Filter,
  type Position as LogPosition,
} from '@eventstore/db-client';
import { isOurs } from './envelope.js';

/** A checkpoint after so many events that the filter left out. */
const SEARCH_WINDOW = 128;

/** Which events of the log concern a reader: ours, of our categories, of the types asked for. */
export class Scope {
  private readonly types: ReadonlySet<string> | undefined;
  private readonly prefixes: readonly string[] | undefined;

  constructor(categories?: readonly string[], types?: readonly string[]) {
    this.types = types && new Set(types);
    this.prefixes = categories?.map((category) => `${category}-`);
  }

  /** Reads of `$all` cannot be filtered by the server, and a server's filter knows either names or types: this is the whole test. */
  admits(event: AllStreamRecordedEvent): boolean {
    if (event.streamId.startsWith('$') || event.type.startsWith('$')) return false;
    if (this.prefixes && !this.prefixes.some((prefix) => event.streamId.startsWith(prefix))) return false;
    return (this.types?.has(event.type) ?? true) && isOurs(event);
  }

  /** What the server can leave out for us. */
  filter(checkpointReached: (subscription: AllStreamSubscription, position: LogPosition) => void): Filter {
    const more = { checkpointReached, checkpointInterval: 1, maxSearchWindow: SEARCH_WINDOW };
    if (this.types) return eventTypeFilter({ regex: `^(?:${[...this.types].map(escaped).join('|')})$`, ...more });
    if (this.prefixes) return streamNameFilter({ prefixes: [...this.prefixes], ...more });
    return streamNameFilter({ regex: '^[^$]', ...more });
  }

  get isSelective(): boolean {
    return this.types !== undefined || this.prefixes !== undefined;
  }
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
