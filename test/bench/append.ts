import { randomUUID } from 'node:crypto';
import type { NewEvent } from '#libs/event-store/application/event-store';
import { PostgresEventStore } from '#libs/event-store/infrastructure/postgres-event-store';
import { appendF0, createF0, sampleData, sampleMetadata } from './baselines.js';
import { compare, latencies, median, rate } from './measure.js';
import type { Result } from './result.js';
import { benchPool } from './pool.js';

const CLIENTS = 64;
const MS = 3000;

const event = (): NewEvent => ({
  id: randomUUID(),
  type: 'DecisionRecorded',
  schemaVersion: 1,
  data: sampleData(),
  metadata: sampleMetadata(),
});

/** One append of one event to a fresh stream, with expected revision and id check. */
const appendOne = (store: PostgresEventStore) =>
  store.append([{ streamId: `bench-${randomUUID()}`, expected: 'none', events: [event()] }]);

/** P1, P2 and P12: the log's own speed against the least a hand-written one does. `url`: an empty, migrated database. */
export async function appendResults(url: string): Promise<Result[]> {
  const pool = benchPool(url, CLIENTS);
  const store = new PostgresEventStore({ connectionString: url });
  try {
    await createF0(pool);
    await rate(CLIENTS, 1000, () => appendF0(pool));
    await rate(CLIENTS, 1000, () => appendOne(store));

    const p1 = await compare(
      { f0: () => rate(CLIENTS, MS, () => appendF0(pool)), store: () => rate(CLIENTS, MS, () => appendOne(store)) },
      'f0',
    );
    const p2 = await compare(
      {
        f0: async () => median(await latencies(500, () => appendF0(pool))),
        store: async () => median(await latencies(500, () => appendOne(store))),
      },
      'f0',
    );
    return [
      {
        id: 'P1',
        what: 'store append, 64 clients, expected revision + id check / F0',
        value: p1.median['store']! / p1.median['f0']!,
        unit: 'ratio',
        goal: { atLeast: 1.5 },
        figures: { 'append/s': p1.median['store']!, 'F0/s': p1.median['f0']!, 'F0 spread': p1.spread['f0']! },
      },
      {
        id: 'P2',
        what: 'append p50, one client / F0 p50',
        value: p2.median['store']! / p2.median['f0']!,
        unit: 'ratio',
        goal: { atMost: 1.25 },
        figures: { 'append ms': p2.median['store']!, 'F0 ms': p2.median['f0']! },
      },
      await wakeUps(store),
    ];
  } finally {
    await store.close();
    await pool.end();
  }
}

/** P12: appends while subscribers are woken by every call, against appends that wake nobody. */
async function wakeUps(store: PostgresEventStore): Promise<Result> {
  const measure = () => rate(CLIENTS, MS, () => appendOne(store));
  const woken = async () => {
    const stop = new AbortController();
    const after = await store.head();
    const follower = (async () => {
      for await (const page of store.subscribe({ after, signal: stop.signal, types: ['NeverRecorded'] })) void page;
    })();
    const value = await measure();
    stop.abort();
    await follower.catch(() => undefined);
    return value;
  };
  const { median: rates } = await compare({ off: measure, on: woken }, 'off');
  return {
    id: 'P12',
    what: 'appends with projector wake-ups on / off',
    value: rates['on']! / rates['off']!,
    unit: 'ratio',
    goal: { atLeast: 0.9 },
    figures: { 'on/s': rates['on']!, 'off/s': rates['off']! },
  };
}
