import { setTimeout as sleep } from 'node:timers/promises';
import {
  ANY,
  NO_STREAM,
  STREAM_EXISTS,
  WrongExpectedVersionError,
  type AppendExpectedRevision,
  type AppendResult as Answer,
  type Credentials,
} from '@eventstore/db-client';
import type { AppendResult, Expected, NewEvent, RecordedEvent, StreamWrite } from '../../application/event-store.js';
import { storedJson } from '../../application/stored-json.js';
import type { ClientSlot } from './client-slot.js';
import { toEnvelope, type Envelope } from './envelope.js';
import { AppendTooLarge, isUnknownOutcome, reasonOf, within } from './outcome.js';
import { comparePlaces, toPlace, toPosition, type Place } from './place.js';
import { jitter, type Settings, type Trouble } from './settings.js';

/** What the appender needs of the store around it. */
export interface AppendSurroundings {
  readonly clients: ClientSlot;
  readonly credentials: Credentials;
  readonly settings: Settings;
  readonly onTrouble: (trouble: Trouble) => void;
  /** The events of a stream from a revision on, at most `max`. */
  readonly stretch: (streamId: string, from: bigint, max: number) => Promise<RecordedEvent[]>;
  /** The newest events of a stream, newest first. */
  readonly tail: (streamId: string, max: number) => Promise<{ events: RecordedEvent[]; revision: bigint }>;
  /** A place that surely is committed, `undefined` when none is known yet: everything new comes after it. */
  readonly knownPlace: () => Promise<Place | undefined>;
}

/** Beyond the length of the append itself: our events may lie under those of others who came later. */
const TAIL = 64;

/** Writes to one stream, and finds out what happened when no answer came. */
export class Appender {
  /** By ids: the server's answer does not tell an append from its repetition that runs beside it. */
  private readonly running = new Map<string, Promise<AppendResult>>();

  constructor(private readonly around: AppendSurroundings) {}

  async append(write: StreamWrite): Promise<AppendResult> {
    const key = JSON.stringify([write.streamId, String(write.expected), write.events.map(({ id }) => id)]);
    const same = this.running.get(key);
    if (same) return asRepetition(await same);
    const appending = this.appendAlone(write).finally(() => this.running.delete(key));
    this.running.set(key, appending);
    return appending;
  }

  private async appendAlone(write: StreamWrite): Promise<AppendResult> {
    const envelopes = write.events.map(toEnvelope);
    const { maxAppendBytes } = this.around.settings;
    if (envelopes.reduce((sum, { size }) => sum + size, 0) > maxAppendBytes) throw new AppendTooLarge(maxAppendBytes);

    const before = await this.around.knownPlace();
    try {
      return await this.appended(write, await this.sendUntilKnown(write, envelopes), before);
    } catch (error) {
      if (error instanceof WrongExpectedVersionError) return this.conflictOrDuplicate(write, error);
      throw error;
    }
  }

  /**
   * An unknown outcome is asked again by sending the identical events with the identical expected revision: had the first
   * one arrived, the server answers with its revision. `any` and `exists` give no such promise and are sent once.
   */
  private async sendUntilKnown(write: StreamWrite, envelopes: readonly Envelope[]): Promise<Answer> {
    const { resends, resendPauseMs } = this.around.settings;
    const isRepeatable = write.expected === 'none' || typeof write.expected === 'bigint';
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.send(write, envelopes);
      } catch (error) {
        if (!isUnknownOutcome(error) || !isRepeatable || attempt > resends) throw error;
        const { streamId } = write;
        this.around.onTrouble({ what: 'append-sent-again', streamId, attempt, reason: reasonOf(error) });
        await sleep(jitter(resendPauseMs * 3 ** (attempt - 1)));
      }
    }
  }

  private send({ streamId, expected }: StreamWrite, envelopes: readonly Envelope[]): Promise<Answer> {
    const { clients, credentials, settings } = this.around;
    const { appendMs } = settings;
    const events = envelopes.map(({ event }) => event);
    // Credentials select the plain append call; a closed channel makes it hang without calling back, hence a clock of ours.
    const options = { expectedRevision: toExpected(expected), credentials, deadline: appendMs, requiresLeader: true };
    return clients.use((client) => within(appendMs + 250, 'append', client.appendToStream(streamId, events, options)));
  }

  private async appended(write: StreamWrite, answer: Answer, before: Place | undefined): Promise<AppendResult> {
    const revision = answer.nextExpectedRevision;
    // The original outcome of an earlier append looks like a new one, except that it lies before what was already there.
    const isOld = answer.position && before && comparePlaces(answer.position, before) <= 0;
    if (answer.position) {
      const isNew = !isOld && (await this.isStored(write, revision));
      return done(isNew ? 'ok' : 'duplicate', write.streamId, toPosition(answer.position), revision);
    }

    const { events } = await this.around.tail(write.streamId, write.events.length + TAIL);
    const last = events.find(({ id }) => id === write.events.at(-1)!.id);
    if (!last) throw new Error(`EventStoreDB acknowledged an append to ${write.streamId} without saying where.`);
    return done('duplicate', write.streamId, last.position, last.revision);
  }

  /**
   * The server compares ids only: of two processes that decide one command at the same moment both hear that theirs were
   * written, though they may have decided differently. @param revision of the last one
   */
  private async isStored({ streamId, events }: StreamWrite, revision: bigint): Promise<boolean> {
    const first = revision - BigInt(events.length - 1);
    const stored = await this.around.stretch(streamId, first, events.length);
    return stored.length === events.length && stored.every((it, index) => contentOf(it) === contentOf(events[index]!));
  }

  private async conflictOrDuplicate(write: StreamWrite, { actualVersion }: WrongExpectedVersionError) {
    const { streamId, events } = write;
    const actual = actualVersion === 'no_stream' ? -1n : actualVersion;
    const stored = await this.storedBehind(write, actual);
    const last = stored.get(events.at(-1)!.id);
    if (last && events.every(({ id }) => stored.has(id)))
      return done('duplicate', streamId, last.position, last.revision);
    return conflict(streamId, actual);
  }

  /** The stored events, by id, among which ours may be although the server said no. */
  private async storedBehind({ streamId, expected, events }: StreamWrite, actual: bigint) {
    const count = events.length;
    const before = expected === 'none' ? -1n : typeof expected === 'bigint' ? expected : undefined;
    const newer = before === undefined || before > actual ? undefined : Number(actual - before);
    // The server has looked right behind the expected revision itself: many rivals on one stream need no second look.
    if (actual < 0n || (newer !== undefined && newer <= count)) return new Map<string, RecordedEvent>();
    const tail = await this.around.tail(streamId, Math.min(newer ?? Infinity, count + TAIL));
    return new Map(tail.events.map((event) => [event.id, event]));
  }
}

const contentOf = ({ id, type, schemaVersion, data, metadata }: NewEvent): string =>
  storedJson({ id, type, schemaVersion, data, metadata });

function toExpected(expected: Expected): AppendExpectedRevision {
  switch (expected) {
    case 'any':
      return ANY;
    case 'none':
      return NO_STREAM;
    case 'exists':
      return STREAM_EXISTS;
    default:
      return expected;
  }
}

const done = (
  status: 'ok' | 'duplicate',
  streamId: string,
  position: RecordedEvent['position'],
  revision: bigint,
): AppendResult => ({ status, position, revisions: new Map([[streamId, revision]]) });

const asRepetition = (result: AppendResult): AppendResult =>
  result.status === 'ok' ? { ...result, status: 'duplicate' } : result;

const conflict = (streamId: string, revision: bigint): AppendResult => ({
  status: 'conflict',
  actual: new Map([[streamId, revision]]),
});

/** For the store: the greatest place an outcome names. */
export const placeOfResult = (result: AppendResult): Place | undefined =>
  result.status === 'conflict' ? undefined : toPlace(result.position);
