import type { Codec } from '#libs/event-store/application/codec';
import type { EventStore } from '#libs/event-store/application/event-store';
import type { Delegations } from '#libs/delegations/application/delegations';
import type { Directory } from '#libs/identity/application/directory';
import { recordedEvents } from '#libs/testing/read-model';
import type { Deliveries, NewDelivery } from './deliveries.js';
import type { KnownPreferences } from './known-preferences.js';
import { NoticeTarget } from './notice.target.js';

const events = recordedEvents([
  {
    type: 'ReviewStarted',
    data: {
      submittedBy: 'olly',
      workflow: { key: 'loan-approval' },
      subject: { type: 'loan', id: 'loan-1' },
      revision: { content: {} },
    },
  },
  {
    type: 'StepStarted',
    data: {
      executionId: 'execution-1',
      step: 'credit',
      assignments: [{ assignmentId: 'assignment-1', kind: 'ROLE', ref: 'officer' }],
      clock: { dueAt: null },
    },
  },
] as never);

/** What is recorded, and how much of it a process knows: less, until it has read on. */
class Followed<T> {
  private known: T;

  constructor(
    before: T,
    private readonly recorded: T,
  ) {
    this.known = before;
  }

  get now(): T {
    return this.known;
  }

  async current(): Promise<void> {
    this.known = this.recorded;
  }
}

describe('people who are told', () => {
  it('are those the log says when it happens, though this process had not read so far', async () => {
    const holders = new Followed(['ann'], ['ann', 'bob']);
    const delegates = new Followed<Record<string, string[]>>({}, { ann: ['cora'] });
    const directory = {
      current: () => holders.current(),
      snapshot: () => ({ holders: () => holders.now, person: (userId: string) => ({ userId, active: true }) }),
    } as unknown as Directory;
    const delegations = {
      current: () => delegates.current(),
      at: () => ({ delegatesOf: (userId: string) => delegates.now[userId] ?? [] }),
    } as unknown as Delegations;
    const wishes: KnownPreferences = {
      of: async (_, people) =>
        people.map((userId) => ({
          userId,
          mail: ['assignment'],
          chat: [],
          digest: { every: 'never', at: '08:00' },
          quietHours: null,
          timezone: 'UTC',
        })),
    };
    const queued: NewDelivery[] = [];
    const target = new NoticeTarget(
      { readStream: async () => ({ events, revision: 1n }) } as unknown as EventStore,
      { decode: async (recorded: unknown) => recorded } as Codec,
      directory,
      delegations,
      wishes,
      { waitFor: async () => undefined },
      { queue: async (deliveries) => queued.push(...deliveries) } as Deliveries,
      { names: ['mail'] },
    );
    const order = { id: 'notice-1', workspaceId: 'demo', now: '2026-11-22T10:00:00.000Z' };
    expect(await target.execute({ ...order, payload: { streamId: 'review-1', revision: 1 } } as never)).toBe(true);
    expect(queued.map(({ target: person }) => person)).toEqual(['ann', 'bob', 'cora']);
  });
});
