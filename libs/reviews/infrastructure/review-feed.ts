import { Injectable } from '@nestjs/common';
import { delegationTypes } from '#libs/delegations/application/delegation-book';
import { Delegations } from '#libs/delegations/application/delegations';
import { EventStore, type Position, type RecordedEvent } from '#libs/event-store/application/event-store';
import { LogTail, type TailPage } from '#libs/event-store/application/log-tail';
import { AccessState, accessTypes } from '#libs/identity/application/access-state';
import type { RowAccess } from '#libs/identity/application/row-access';
import { ReadModelBehind, WaitGate } from '#libs/processing/application/wait-gate';
import { commentEvents, reviewEvents } from '../domain/review.events.js';
import { accessPrincipals } from './read-models/access-principals.js';
import { isReadBy, ReviewReadersQuery, type ReviewReaders } from './read-models/review-party/review-readers.query.js';

/** That something happened to a review: ids and names of types only. */
export interface ReviewNews {
  readonly id: string;
  readonly type: string;
  readonly stream: string;
  readonly reviewId: string;
  readonly revision: bigint;
  readonly position: Position;
  readonly workspaceId: string;
}

/** What of the log a reader may see, up to `next`. */
export interface NewsPage {
  readonly events: readonly ReviewNews[];
  readonly next: Position;
}

/** Who asks, and for how long the answer may take. */
export interface Reader {
  /** What may be read at this moment; undefined = nothing any more. */
  readonly access: () => Promise<RowAccess | undefined>;
  readonly patienceMs: number;
  readonly signal: AbortSignal;
}

/** How long the read model may take before it is asked for again. */
const CATCH_UP_MS = 1000;
const CATEGORIES = ['review', 'comments'];
const told = new Set<string>([...reviewEvents, ...commentEvents].map(({ type }) => type));
const accessEvents = new Set<string>(accessTypes);
const delegated = new Set<string>(delegationTypes);

/**
 * What happens to reviews, as it happens, for whoever may read them: in the order of the log, and by the rights that
 * hold where it stands. A right that was lost before an event was recorded no longer shows the event.
 */
@Injectable()
export class ReviewFeed {
  private readonly tail: LogTail<ReviewNews>;
  private readonly readers = new WeakMap<TailPage<ReviewNews>, Promise<ReadonlyMap<string, ReviewReaders>>>();

  constructor(
    private readonly store: EventStore,
    private readonly rights: AccessState,
    private readonly delegations: Delegations,
    private readonly query: ReviewReadersQuery,
    private readonly gate: WaitGate,
  ) {
    this.tail = new LogTail(store, {
      name: ReviewFeed.name,
      types: [...told, ...accessEvents, ...delegated],
      pick: newsOf,
      prepare: (events) => this.rightsAt(events),
    });
  }

  /** A reader comes. @returns to be called when the reader leaves */
  enter(): () => void {
    return this.tail.enter();
  }

  /** Where the log ends now. Throws `EventStoreUnavailable`. */
  head(): Promise<Position> {
    return this.store.head();
  }

  /**
   * What the reader may see after a place; undefined once there is nothing that may be seen any more. No events when
   * there are none for so long, or while the log or the read model cannot be read.
   */
  async next(after: Position, { access, patienceMs, signal }: Reader): Promise<NewsPage | undefined> {
    const page = await this.tail.next(after, patienceMs, signal);
    const now = await access();
    if (!now) return undefined;
    if (accessPrincipals(now) === undefined || page.events.length === 0) return visible(page, now, undefined);
    const readers = await this.readersOf(page);
    // Rights may have changed while the read model was waited for.
    const then = await access();
    if (!then) return undefined;
    return readers ? visible(page, then, readers) : { events: [], next: after };
  }

  /** Known once for all readers of a page; undefined while the read model has not got there. */
  private async readersOf(page: TailPage<ReviewNews>): Promise<ReadonlyMap<string, ReviewReaders> | undefined> {
    let found = this.readers.get(page);
    if (!found) {
      found = this.gate
        .waitFor('core', page.events.at(-1)!.position, CATCH_UP_MS)
        .then(() => this.ofEachWorkspace(page.events));
      this.readers.set(page, found);
    }
    try {
      return await found;
    } catch (error) {
      this.readers.delete(page);
      if (error instanceof ReadModelBehind) return undefined;
      throw error;
    }
  }

  private async ofEachWorkspace(events: readonly ReviewNews[]): Promise<ReadonlyMap<string, ReviewReaders>> {
    const found = await Promise.all(
      [...Map.groupBy(events, ({ workspaceId }) => workspaceId)].map(([workspaceId, own]) =>
        this.query.of(workspaceId, [...new Set(own.map(({ reviewId }) => reviewId))]),
      ),
    );
    return new Map(found.flatMap((readers) => [...readers]));
  }

  /** Resolves once what these events say about rights is known here. */
  private async rightsAt(events: readonly RecordedEvent[]): Promise<void> {
    const changed = events.findLast(({ type }) => accessEvents.has(type));
    if (changed) await this.rights.reached(changed.position);
    if (events.some(({ type }) => delegated.has(type))) await this.delegations.current();
  }
}

function newsOf({ id, type, streamId, revision, position, metadata }: RecordedEvent): ReviewNews | undefined {
  const [category = '', reviewId] = splitOnce(streamId);
  if (reviewId === undefined || !told.has(type) || !CATEGORIES.includes(category)) return undefined;
  return { id, type, stream: streamId, reviewId, revision, position, workspaceId: metadata.workspaceId };
}

const splitOnce = (streamId: string): [string?, string?] => {
  const at = streamId.indexOf('-');
  return at < 0 ? [] : [streamId.slice(0, at), streamId.slice(at + 1)];
};

function visible(
  { events, next }: NewsPage,
  access: RowAccess,
  readers: ReadonlyMap<string, ReviewReaders> | undefined,
): NewsPage {
  const people = accessPrincipals(access);
  const isVisible = ({ workspaceId, reviewId }: ReviewNews) => {
    if (workspaceId !== access.workspaceId) return false;
    if (!people) return true;
    const known = readers?.get(reviewId);
    return known !== undefined && isReadBy(known, people);
  };
  return { events: events.filter(isVisible), next };
}
