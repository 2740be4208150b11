import { Readable } from 'node:stream';
import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { EventStore, type Position } from '#libs/event-store/application/event-store';
import { Authenticator } from '#libs/identity/application/authenticator';
import type { RowAccess } from '#libs/identity/application/row-access';
import { Clock } from '#libs/kernel/application/clock';
import { DomainError } from '#libs/kernel/domain/domain-error';
import { ReviewFeed, type Reader, type ReviewNews } from '#libs/reviews/infrastructure/review-feed';
import { readToken, writeToken } from '../http/consistency-token.js';
import type { Door } from '../http/door.js';
import { bearerToken } from '../http/admission.js';
import { HttpLimits } from '../http/limits.js';
import { InvalidParameter, TooManyStreams } from '../http/refusals.js';
import { Metrics } from '../metrics/metrics.js';
import { ReviewDesk } from '../reviews/review-desk.js';
import type { LiveEventAnswer } from './stream.dto.js';

/** What a client waits before it comes again, unless it knows better. */
const RETRY_MS = 2000;
/** Heartbeats that a reader may leave in the pipe before it is cut off. */
const MISSED_HEARTBEATS = 2;

/**
 * The open event streams of this process. Each follows the feed at the pace of its reader: nothing is queued but what
 * the socket takes. A reader who takes nothing is cut off and comes again with the last id it has.
 */
@Injectable()
export class EventStreams implements BeforeApplicationShutdown {
  private readonly closing = new AbortController();
  private readonly open = new Map<string, number>();

  constructor(
    private readonly feed: ReviewFeed,
    private readonly store: EventStore,
    private readonly authenticator: Authenticator,
    private readonly desk: ReviewDesk,
    private readonly clock: Clock,
    private readonly limits: HttpLimits,
    private readonly metrics: Metrics,
  ) {}

  /** They end before the server is closed, which would wait for them. */
  beforeApplicationShutdown(): void {
    this.closing.abort();
  }

  /** How many are open. */
  get count(): number {
    return [...this.open.values()].reduce((sum, each) => sum + each, 0);
  }

  /**
   * Server-sent events for a caller from a place on, which is now unless the caller names one.
   * @throws InvalidParameter, TooManyStreams
   */
  async answer(at: Door, lastEventId: string | undefined): Promise<Readable> {
    const head = await this.feed.head();
    const from = lastEventId === undefined ? head : this.placeOf(lastEventId, head);
    const { raw } = at.reply;
    void at.reply.headers({
      'content-type': 'text/event-stream',
      // A proxy that collects answers would keep ours for ever.
      'x-accel-buffering': 'no',
      connection: 'close',
    });
    if (at.request.method === 'HEAD' || raw.destroyed) return Readable.from([]);
    const leave = this.enter(at.principal.userId);
    const gone = new AbortController();
    raw.once('close', () => {
      gone.abort();
      leave();
    });
    raw.setTimeout(this.heartbeatMs * MISSED_HEARTBEATS, () => raw.destroy());
    const signal = AbortSignal.any([gone.signal, this.closing.signal]);
    return Readable.from(this.blocks(from, () => this.accessOf(at), signal));
  }

  private async *blocks(from: Position, access: Reader['access'], signal: AbortSignal) {
    let [place, told] = [from, from];
    let spoke = performance.now();
    yield `retry: ${RETRY_MS}\n${this.idLine(from)}\n\n`;
    while (!signal.aborted) {
      const silence = performance.now() - spoke;
      const patienceMs = Math.max(0, this.heartbeatMs - silence);
      const page = await this.feed.next(place, { access, patienceMs, signal });
      if (!page || signal.aborted) return;
      place = page.next;
      const isDue = performance.now() - spoke >= this.heartbeatMs;
      if (page.events.length === 0 && !isDue) continue;
      // What the reader may not see is passed over by an id alone, so that it is not gone through again.
      const passed = page.events.at(-1)?.position ?? place;
      yield page.events.length > 0
        ? page.events.map((event) => this.block(event)).join('')
        : `:\n${passed === told ? '' : `${this.idLine(passed)}\n`}\n`;
      [told, spoke] = [passed, performance.now()];
    }
  }

  private block({ id, type, stream, reviewId, revision, position }: ReviewNews): string {
    const data: LiveEventAnswer = { id, type, stream, reviewId, revision: Number(revision), position };
    return `${this.idLine(position)}\ndata: ${JSON.stringify(data)}\n\n`;
  }

  private idLine = (position: Position) => `id: ${writeToken({ position, store: this.store.kind })}`;

  private get heartbeatMs(): number {
    return this.limits.heartbeatSeconds * 1000;
  }

  private placeOf(lastEventId: string, head: Position): Position {
    const { position } = readToken(lastEventId, this.store, 'Last-Event-ID');
    if (this.store.compare(position, head) > 0)
      throw new InvalidParameter('The log does not reach that far: begin without a Last-Event-ID.', {
        parameter: 'Last-Event-ID',
      });
    return position;
  }

  /** What the caller may read at this moment; undefined once the session is over or the permission is gone. */
  private async accessOf(at: Door): Promise<RowAccess | undefined> {
    try {
      const principal = await this.authenticator.authenticate(bearerToken(at.request));
      if (principal.scope('review:read') === undefined) return undefined;
      return this.desk.accessAt(principal, 'review:read', this.clock.now().toISOString());
    } catch (error) {
      if (error instanceof DomainError) return undefined;
      throw error;
    }
  }

  /** @returns to be called when the reader is gone */
  private enter(userId: string): () => void {
    const { streamsPerPrincipal } = this.limits;
    const open = this.open.get(userId) ?? 0;
    if (open >= streamsPerPrincipal) throw new TooManyStreams(streamsPerPrincipal);
    this.open.set(userId, open + 1);
    this.metrics.streams.inc();
    const leave = this.feed.enter();
    return () => {
      this.metrics.streams.dec();
      const left = this.open.get(userId)! - 1;
      if (left === 0) this.open.delete(userId);
      else this.open.set(userId, left);
      leave();
    };
  }
}
