import { storedJson } from '#libs/event-store/application/stored-json';
import {
  EventStore,
  type EventMetadata,
  type Page,
  type Position,
  type RecordedEvent,
} from '#libs/event-store/application/event-store';
import type { JsonObject } from '#libs/kernel/domain/json';
import { readArchive } from './archive.js';

type Line = [
  streamId: string,
  revision: string,
  id: string,
  type: string,
  schemaVersion: number,
  data: JsonObject,
  metadata: EventMetadata,
];

/** One event as a line: everything but its position, which belongs to the store that holds it. */
export const lineOf = ({ streamId, revision, id, type, schemaVersion, data, metadata }: RecordedEvent): string =>
  storedJson([streamId, String(revision), id, type, schemaVersion, data, metadata]);

/** The log inside a backup, read once from its beginning to its end: a source for copying and comparing, no more. */
export class ArchivedLog extends EventStore {
  override readonly kind = 'memory';
  override readonly capabilities = { atomicMultiStream: false, checkOnlyStreams: false, gapless: true };
  override readonly start = '0' as Position;
  private readonly events: AsyncGenerator<RecordedEvent[]>;
  private buffer: RecordedEvent[] = [];
  private next = 0;
  private ended = false;

  constructor(file: string) {
    super();
    this.events = eventsOf(file);
  }

  override async readAll({ after, limit }: { after: Position | 'start'; limit: number }): Promise<Page> {
    if (Number(after === 'start' ? 0 : after) !== this.next) throw new Error('A backup is read once, in order.');
    while (this.buffer.length <= limit && !this.ended) {
      const { value, done } = await this.events.next();
      if (done) this.ended = true;
      else this.buffer.push(...value);
    }
    const events = this.buffer.splice(0, limit);
    this.next += events.length;
    return { events, next: String(this.next) as Position, atHead: this.buffer.length === 0 };
  }

  override compare(a: Position, b: Position): number {
    return Number(a) - Number(b);
  }

  override async close(): Promise<void> {
    await this.events.return(undefined);
  }

  override append = refuse;
  override readStream = refuse;
  override head = refuse;
  override health = refuse;
  override subscribe(): never {
    throw new Error(READ_ONLY);
  }
}

const READ_ONLY = 'A backup can only be read from its beginning to its end.';

async function refuse(): Promise<never> {
  throw new Error(READ_ONLY);
}

async function* eventsOf(file: string): AsyncGenerator<RecordedEvent[]> {
  let count = 0;
  for await (const part of readArchive(file)) {
    if (!('records' in part)) continue;
    const lines = part.records.filter(({ section }) => section === 'events');
    if (lines.length) yield lines.map(({ line }) => eventOf(line, ++count));
  }
}

function eventOf(line: string, position: number): RecordedEvent {
  const [streamId, revision, id, type, schemaVersion, data, metadata] = JSON.parse(line) as Line;
  return {
    streamId,
    revision: BigInt(revision),
    position: String(position) as Position,
    id,
    type,
    schemaVersion,
    data,
    metadata,
  };
}
