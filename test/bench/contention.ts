import { randomBytes, randomUUID } from 'node:crypto';
import { Codec } from '#libs/event-store/application/codec';
import { EventRegistry } from '#libs/event-store/application/event-registry';
import { PostgresEventStore } from '#libs/event-store/infrastructure/postgres-event-store';
import { PostgresSubjectKeys } from '#libs/event-store/infrastructure/postgres-subject-keys';
import { ReviewStreams } from '#libs/reviews/application/review-streams';
import { approve, definition, directory, start, step } from '#libs/reviews/domain/review.examples';
import { derivedId } from '#libs/kernel/domain/ids';
import { allEvents } from '#libs/composition/rooms';
import { appendF0, createF0 } from './baselines.js';
import { compare, rate } from './measure.js';
import type { Result } from './result.js';
import { benchPool } from './pool.js';

const CLIENTS = 64;
const DECISIONS_EACH = 2;
/** Reviews, one after the other, whose rates make one round. */
const REVIEWS = 5;
const MS = 2000;

const officers = Array.from({ length: CLIENTS * DECISIONS_EACH }, (_, n) => `off-${n}`);
const everybody = directory(...officers.map((userId) => ({ userId, roles: ['officer'], active: true })));
/** One more than there are, so that the review stays open to the last. */
const workflow = definition(step('everybody', { rule: { count: officers.length + 1 } }));

/** P14: many clients decide on one review, each decision another person's; what was accepted must be there once. */
export async function contentionResults(url: string): Promise<Result[]> {
  const pool = benchPool(url, 8);
  const store = new PostgresEventStore({ connectionString: url });
  const codec = new Codec(new EventRegistry(allEvents), new PostgresSubjectKeys(pool, randomBytes(32)));
  const reviews = new ReviewStreams(store, codec);
  let wrong = 0;

  /** Milliseconds that its decisions took. */
  const oneReview = async () => {
    const reviewId = randomUUID();
    const begin = start(workflow, { directory: everybody, commandId: randomUUID() });
    const facts = { ...begin.facts, subjectRef: derivedId('bench', reviewId) };
    await reviews.handle(reviewId, { ...begin, data: { ...begin.data, reviewId }, facts });

    const accepted: string[] = [];
    const client = async (n: number) => {
      for (const officer of officers.slice(n * DECISIONS_EACH, (n + 1) * DECISIONS_EACH)) {
        const order = approve(officer, { directory: everybody, commandId: randomUUID() });
        const { receipt } = await reviews.handle(reviewId, { ...order, data: { ...order.data, reviewId } });
        if (receipt.events.length > 0) accepted.push(order.metadata.commandId);
      }
    };
    const began = performance.now();
    await Promise.all(Array.from({ length: CLIENTS }, (_, n) => client(n)));
    const took = performance.now() - began;
    wrong += await lostOrDouble(store, reviews.streamOf(reviewId), accepted);
    return took;
  };
  const reviewRate = async () => {
    let took = 0;
    for (let n = 0; n < REVIEWS; n++) took += await oneReview();
    return (REVIEWS * officers.length * 1000) / took;
  };

  try {
    await createF0(pool);
    await rate(1, 1000, () => appendF0(pool));
    await oneReview();
    const { median } = await compare({ f0: () => rate(1, MS, () => appendF0(pool)), review: reviewRate }, 'f0');
    const figures = { 'accepted/s': median['review']!, 'F0 with one client/s': median['f0']! };
    return [
      {
        id: 'P14',
        what: '64 clients on one review, accepted / F0 with one client',
        value: median['review']! / median['f0']!,
        unit: 'ratio',
        goal: { atLeast: 0.5 },
        figures,
      },
      {
        id: 'P14',
        what: '64 clients on one review, decisions lost or double',
        value: wrong,
        unit: 'count',
        goal: { atMost: 0 },
        figures,
      },
    ];
  } finally {
    await store.close();
    await pool.end();
  }
}

/** Accepted commands without their decision in the log, and decisions beyond one for each of them. */
async function lostOrDouble(store: PostgresEventStore, streamId: string, accepted: readonly string[]): Promise<number> {
  const { events } = await store.readStream(streamId);
  const recorded = events.filter(({ type }) => type === 'DecisionRecorded').map(({ metadata }) => metadata.commandId);
  const there = new Set(recorded);
  const lost = officers.length - accepted.length + accepted.filter((id) => !there.has(id)).length;
  return lost + (recorded.length - there.size) + [...there].filter((id) => !accepted.includes(id)).length;
}
