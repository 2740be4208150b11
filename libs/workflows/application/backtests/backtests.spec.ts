import { jest } from '@jest/globals';
import { Codec } from '#libs/event-store/application/codec';
import { IdempotencyKeyReused } from '#libs/event-store/application/errors';
import { EventRegistry } from '#libs/event-store/application/event-registry';
import type { Position } from '#libs/event-store/application/event-store';
import { InMemoryEventStore } from '#libs/event-store/infrastructure/in-memory-event-store';
import { InMemorySubjectKeys } from '#libs/event-store/infrastructure/in-memory-subject-keys';
import { derivedId } from '#libs/kernel/domain/ids';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import type { RulesetQueries } from '../rulesets/ruleset-queries.js';
import { BacktestRecords, type BacktestState } from './backtest-records.js';
import type { WorkflowCatalogue } from '../workflow-catalogue.js';
import { Backtests } from './backtests.js';

/** Backtests in memory. */
class ExampleRecords extends BacktestRecords {
  private readonly known = new Map<string, BacktestState>();

  override async begin({ backtestId, asked }: Parameters<BacktestRecords['begin']>[0]) {
    if (this.known.has(backtestId)) return false;
    const begun = { backtestId, rulesetId: asked.rulesetId, asked, fraction: 0, decisions: 0 };
    this.known.set(backtestId, { ...begun, status: 'running', result: null, error: null });
    return true;
  }

  override async find(_: string, backtestId: string) {
    return this.known.get(backtestId);
  }

  readonly alive: (readonly string[])[] = [];

  override async beat(backtestIds: readonly string[]) {
    this.alive.push(backtestIds);
  }
  override async advance() {}
  override async succeed() {}
  override async fail() {}
  override async flips() {
    return { data: [], hasMore: false };
  }
}

const request = (key: string): CommandMetadata => ({
  commandId: derivedId('request', key),
  commandHash: 'hash',
  actor: { id: 'ada', kind: 'user', roles: ['admin'] },
  workspaceId: 'demo',
  now: '2026-11-22T10:00:00.000Z',
  correlationId: key,
  causationId: key,
});

describe('A backtest', () => {
  let draft = 'h1';
  const rulesets: Pick<RulesetQueries, 'rules'> = {
    rules: async (_, key, version) => ({
      which: { rulesetId: 'rs', key, version: version ?? null, contentHash: version === undefined ? draft : 'h0' },
      ruleset: { key, name: key, match: 'first', rules: [] },
    }),
  };
  const codec = new Codec(new EventRegistry([]), new InMemorySubjectKeys());
  const catalogue: Pick<WorkflowCatalogue, 'has'> = { has: async () => true };
  const over = (store: InMemoryEventStore, records: ExampleRecords) =>
    new Backtests(store, codec, rulesets as RulesetQueries, catalogue as WorkflowCatalogue, records);
  const backtests = over(new InMemoryEventStore(), new ExampleRecords());
  afterAll(() => backtests.onApplicationShutdown());

  it('answers one question, as often as it is asked, whatever became of the draft', async () => {
    const first = await backtests.start('loan-auto', { workflow: 'loans' }, request('k1'));
    draft = 'h2';
    expect(await backtests.start('loan-auto', { workflow: 'loans' }, request('k1'))).toEqual(first);
  });

  it.each([{}, { workflow: 'others' }, { workflow: 'loans', version: 1 }, { workflow: 'loans', shadow: true }])(
    'answers no other question that comes with its key: %j',
    async (other) => {
      await backtests.start('loan-auto', { workflow: 'loans' }, request('k2'));
      await expect(backtests.start('loan-auto', other, request('k2'))).rejects.toThrow(IdempotencyKeyReused);
    },
  );

  it('says of all that have not ended that their process is there, and nothing once they have', async () => {
    jest.useFakeTimers();
    try {
      const records = new ExampleRecords();
      const head = Promise.withResolvers<Position>();
      class SlowStore extends InMemoryEventStore {
        override head() {
          return head.promise;
        }
      }
      const store = new SlowStore();
      const slow = over(store, records);
      const ids = [];
      for (const key of ['k3', 'k4']) ids.push((await slow.start('loan-auto', {}, request(key))).backtestId);
      await jest.advanceTimersByTimeAsync(45_000);
      expect(records.alive).toEqual([ids, ids]);
      head.resolve(store.start);
      await slow.onApplicationShutdown();
      await jest.advanceTimersByTimeAsync(45_000);
      expect(records.alive).toHaveLength(2);
    } finally {
      jest.useRealTimers();
    }
  });
});
