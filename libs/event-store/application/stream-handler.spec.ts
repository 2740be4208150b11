import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { Type } from 'typebox';
import type { Decider } from '#libs/kernel/domain/decider';
import { defineEvent, type EventsOf } from '#libs/kernel/domain/define-event';
import { DomainError } from '#libs/kernel/domain/domain-error';
import { derivedId } from '#libs/kernel/domain/ids';
import type { Command, CommandMetadata } from '#libs/kernel/domain/message';
import { personal } from '#libs/kernel/domain/personal';
import { at, metadataFor } from '#libs/testing/events';
import { InMemoryEventStore } from '../infrastructure/in-memory-event-store.js';
import { InMemorySubjectKeys } from '../infrastructure/in-memory-subject-keys.js';
import { claimStreamId, type Claim } from './claims.js';
import { Codec } from './codec.js';
import {
  ConcurrentModification,
  EventStoreUnavailable,
  IdempotencyKeyReused,
  NotFound,
  RevisionMismatch,
  StandingMoved,
} from './errors.js';
import { EventRegistry } from './event-registry.js';
import type { AppendResult, EventStore, StreamWrite } from './event-store.js';
import { StreamHandler, type HandleOptions } from './stream-handler.js';

/* A till: opened once, money goes in, closed at the end. Small, and it has every kind of answer. */

const strict = { additionalProperties: false };
const tillEvents = [
  defineEvent('TillOpened', {
    schema: Type.Object({ by: Type.String(), note: Type.Optional(personal(Type.String())) }, strict),
    sample: { by: 'ann' },
  }),
  defineEvent('MoneyPutIn', { schema: Type.Object({ cents: Type.Integer() }, strict), sample: { cents: 1 } }),
  defineEvent('TillClosed', { schema: Type.Object({}, strict), sample: {} }),
  defineEvent('OpeningAbandoned', { schema: Type.Object({}, strict), sample: {} }),
] as const;
type TillEvent = EventsOf<typeof tillEvents>;

interface Till {
  readonly status: 'new' | 'open' | 'closed';
  readonly by: string;
  readonly cents: number;
  readonly lastAt: string;
}

type TillCommand =
  | Command<'Open', { by: string; note?: string }, object>
  | Command<'PutIn', { cents: number; most?: number }, object>
  | Command<'PutInTwice', { cents: number }, object>
  | Command<'Close', object, object>;

class Refused extends DomainError {
  readonly code = 'invalid-state';
  readonly kind = 'conflict';
}

const tillDecider: Decider<Till, TillCommand, TillEvent> = {
  initialState: { status: 'new', by: '', cents: 0, lastAt: '' },
  evolve(till, event, { recordedAt }) {
    switch (event.type) {
      case 'TillOpened':
        return { ...till, status: 'open', by: event.data.by, lastAt: recordedAt };
      case 'MoneyPutIn':
        return { ...till, cents: till.cents + event.data.cents, lastAt: recordedAt };
      case 'TillClosed':
        return { ...till, status: 'closed', lastAt: recordedAt };
      case 'OpeningAbandoned':
        return till;
    }
  },
  decide(command, till) {
    switch (command.type) {
      case 'Open':
        if (till.status !== 'new') throw new Refused('It was opened before.');
        return [{ type: 'TillOpened', data: command.data }];
      case 'PutIn': {
        if (till.status !== 'open') throw new Refused('It is not open.');
        const { cents, most } = command.data;
        if (most !== undefined && till.cents >= most) throw new Refused('It is full.');
        return cents === 0 ? [] : [{ type: 'MoneyPutIn', data: { cents } }];
      }
      case 'PutInTwice':
        return [1, 2].map(() => ({ type: 'MoneyPutIn', data: { cents: command.data.cents } }));
      case 'Close':
        return till.status === 'closed' ? [] : [{ type: 'TillClosed', data: {} }];
    }
  },
};

const command = <T extends TillCommand['type']>(
  type: T,
  data: Extract<TillCommand, { type: T }>['data'],
  more: Partial<CommandMetadata> = {},
) => ({ type, data, facts: {}, metadata: metadataFor('usr_ann', more) }) as unknown as TillCommand;

const open = (more?: Partial<CommandMetadata>) => command('Open', { by: 'ann' }, more);
const putIn = (cents: number, more?: Partial<CommandMetadata>) => command('PutIn', { cents }, more);

/** Counts what is asked of the store, and can be told to fail. */
class WatchedStore extends InMemoryEventStore {
  calls: string[] = [];
  /** Runs before the next append reaches the log. */
  beforeAppend: (() => Promise<unknown>) | undefined;
  /** Loses this many answers after the append has happened. */
  loseAnswers = 0;

  override async append(writes: readonly [StreamWrite, ...StreamWrite[]]): Promise<AppendResult> {
    this.calls.push('append');
    const before = this.beforeAppend;
    this.beforeAppend = undefined;
    await before?.();
    const result = await super.append(writes);
    if (this.loseAnswers > 0) {
      this.loseAnswers -= 1;
      throw new EventStoreUnavailable('The answer was lost.');
    }
    return result;
  }

  override readStream(...args: Parameters<EventStore['readStream']>) {
    this.calls.push('read');
    return super.readStream(...args);
  }

  callsOf = async (work: () => Promise<unknown>) => {
    this.calls = [];
    await work();
    return this.calls;
  };
}

/** A store that appends to one stream at a time. */
class SingleStreamStore extends WatchedStore {
  override readonly capabilities = { atomicMultiStream: false, checkOnlyStreams: false, gapless: true };
}

function installation(store: WatchedStore = new WatchedStore()) {
  const keys = new InMemorySubjectKeys();
  const codec = new Codec(new EventRegistry(tillEvents), keys);
  const process = () =>
    new StreamHandler<Till, TillCommand, TillEvent>(store, codec, {
      category: 'till',
      decider: tillDecider,
      creates: ({ type }) => type === 'Open',
      dataSubject: ({ by }) => derivedId('person', by),
    });
  return { store, keys, codec, process, tills: process() };
}

/** Long enough for everything else that can be done to be done. */
const someTurns = async () => {
  for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
};

const code = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: unknown) => (error instanceof DomainError ? error.code : error),
  );

describe('a command', () => {
  it('is answered by what it recorded', async () => {
    const { tills, store } = installation();
    const metadata = { commandId: randomUUID() };
    const outcome = await tills.handle('1', open(metadata));
    expect(outcome).toEqual({
      receipt: {
        commandId: metadata.commandId,
        stream: 'till-1',
        revision: 0n,
        position: await store.head(),
        events: [{ id: derivedId(metadata.commandId, 'till-1', 0), type: 'TillOpened', revision: 0n }],
      },
      state: { status: 'open', by: 'ann', cents: 0, lastAt: at('10:00') },
      replayed: false,
    });
    const twice = await tills.handle('1', command('PutInTwice', { cents: 5 }));
    expect(twice.receipt.events.map(({ revision }) => revision)).toEqual([1n, 2n]);
    expect(twice.receipt.revision).toBe(2n);
    expect(twice.state.cents).toBe(10);
  });

  it('leaves who, when and why in the metadata', async () => {
    const { tills, store } = installation();
    const metadata: Partial<CommandMetadata> = {
      actor: { id: 'usr_bob', kind: 'assistant', roles: ['officer'], onBehalfOf: 'usr_ann' },
      requestId: 'req-1',
      traceparent: '00-x',
      correlationId: 'corr',
      causationId: 'cause',
      commandId: 'c0ffee00-0000-4000-8000-000000000000',
      commandHash: 'h',
      now: at('11:30'),
    };
    await tills.handle('1', open(metadata));
    const { events } = await store.readStream('till-1');
    expect(events[0]?.metadata).toEqual({
      $correlationId: 'corr',
      $causationId: 'cause',
      commandId: metadata.commandId,
      commandType: 'Open',
      commandHash: 'h',
      actor: metadata.actor,
      workspaceId: 'demo',
      requestId: 'req-1',
      traceparent: '00-x',
      recordedAt: at('11:30'),
    });
  });

  it('costs one round trip when the stream is new or known, two when it is neither', async () => {
    const { tills, store, process } = installation();
    expect(await store.callsOf(() => tills.handle('1', open()))).toEqual(['append']);
    expect(await store.callsOf(() => tills.handle('1', putIn(1)))).toEqual(['append']);
    const other = process();
    expect(await store.callsOf(() => other.handle('1', putIn(1)))).toEqual(['read', 'append']);
    expect(await store.callsOf(() => other.handle('1', putIn(1)))).toEqual(['append']);
    expect(await store.callsOf(() => code(other.handle('1', open())))).toEqual(['read']);
    expect(await store.callsOf(() => other.handle('1', putIn(0)))).toEqual(['read']);
  });

  it('that has nothing to do is answered without events', async () => {
    const { tills } = installation();
    const { receipt } = await tills.handle('1', open());
    const nothing = await tills.handle('1', putIn(0));
    expect(nothing.receipt).toMatchObject({ revision: 0n, position: receipt.position, events: [] });
    expect(nothing.replayed).toBe(false);
  });

  it('finds nothing where there is nothing, or where another workspace is', async () => {
    const { tills } = installation();
    await expect(tills.handle('1', putIn(1))).rejects.toThrow(NotFound);
    await tills.handle('1', open());
    await expect(tills.handle('1', putIn(1, { workspaceId: 'other' }))).rejects.toThrow(NotFound);
    await expect(tills.handle('1', open({ workspaceId: 'other' }))).rejects.toThrow(NotFound);
    await expect(tills.load('1', { workspaceId: 'other' })).rejects.toThrow(NotFound);
    await expect(tills.load('2', { workspaceId: 'demo' })).rejects.toThrow(NotFound);
    await expect(tills.loadAt('1', { revision: 0n }, { workspaceId: 'other' })).rejects.toThrow(NotFound);
  });

  it('with a fault of the decider fails as what it is, and leaves no trace', async () => {
    const { tills, store } = installation();
    await tills.handle('1', open());
    const wrong = command('PutIn', { cents: 'many' as unknown as number });
    await expect(tills.handle('1', wrong)).rejects.toThrow('MoneyPutIn version 1: /cents must be integer');
    expect((await store.readStream('till-1')).revision).toBe(0n);
    await expect(tills.handle('1', putIn(0.5))).rejects.toMatchObject({ code: 'validation-failed' });
  });
});

describe('a command sent again', () => {
  it('gets its original receipt and the state right after it, however far the stream has moved', async () => {
    const { tills, process } = installation();
    await tills.handle('1', open());
    const first = putIn(5, { commandId: randomUUID() });
    const original = await tills.handle('1', first);
    expect(await tills.handle('1', first)).toEqual({ ...original, replayed: true });
    await tills.handle('1', putIn(7));
    await tills.handle('1', command('Close', {}));
    for (const tillsOf of [tills, process()]) {
      expect(await tillsOf.handle('1', first)).toEqual({ ...original, replayed: true });
    }
    expect((await tills.load('1')).state.cents).toBe(12);
  });

  it('is found before its revision is looked at, and so is a reused key', async () => {
    const { tills } = installation();
    await tills.handle('1', open());
    const metadata = { commandId: randomUUID(), commandHash: 'a' };
    await tills.handle('1', putIn(5, metadata), { expectedRevision: 0n });
    expect((await tills.handle('1', putIn(5, metadata), { expectedRevision: 0n })).replayed).toBe(true);
    const other = putIn(6, { ...metadata, commandHash: 'b' });
    await expect(tills.handle('1', other, { expectedRevision: 0n })).rejects.toThrow(IdempotencyKeyReused);
    expect(await code(tills.handle('1', other))).toBe('idempotency-key-reused');
  });

  it('fifty times at once is recorded once', async () => {
    const { tills, process, store } = installation();
    const both = [tills, process()];
    const begin = open();
    const began = await Promise.all(Array.from({ length: 50 }, (_, index) => both[index % 2]!.handle('1', begin)));
    expect(began.filter(({ replayed }) => !replayed)).toHaveLength(1);
    const put = putIn(1);
    const outcomes = await Promise.all(Array.from({ length: 50 }, (_, index) => both[index % 2]!.handle('1', put)));
    expect(outcomes.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(new Set(outcomes.map(({ receipt }) => receipt.position)).size).toBe(1);
    expect((await store.readStream('till-1')).revision).toBe(1n);
  });

  it('after a lost answer finds what it did', async () => {
    const { tills, store } = installation();
    await tills.handle('1', open());
    const put = putIn(3);
    store.loseAnswers = 1;
    expect(await code(tills.handle('1', put))).toBe('event-store-unavailable');
    const { replayed, state, receipt } = await tills.handle('1', put);
    expect({ replayed, cents: state.cents, revision: receipt.revision }).toEqual({
      replayed: true,
      cents: 3,
      revision: 1n,
    });
  });

  it('has its answer also where nothing was recorded, and so its key', async () => {
    const { tills, process } = installation();
    await tills.handle('1', open());
    const request = { commandId: randomUUID(), commandHash: 'a', requestId: 'req-1' };
    const original = await tills.handle('1', putIn(0, request));
    expect(original).toMatchObject({ receipt: { events: [], revision: 0n }, replayed: false });
    await tills.handle('1', putIn(7));
    expect(await tills.handle('1', putIn(0, request))).toEqual({ ...original, replayed: true });
    expect(await code(tills.handle('1', putIn(5, { ...request, commandHash: 'b' })))).toBe('idempotency-key-reused');
    expect((await tills.load('1')).state.cents).toBe(7);
    // Another process knows only what was recorded; from then on all know it.
    const elsewhere = await process().handle('1', putIn(5, { ...request, commandHash: 'b' }));
    expect(elsewhere.receipt.events).toHaveLength(1);
    await tills.handle('1', putIn(1));
    expect(await code(tills.handle('1', putIn(0, request)))).toBe('idempotency-key-reused');
  });

  it('that is no request and changed nothing is decided anew', async () => {
    const { tills } = installation();
    await tills.handle('1', open());
    const timer = { commandId: randomUUID(), commandHash: 'a' };
    expect((await tills.handle('1', putIn(0, timer))).receipt.events).toEqual([]);
    expect((await tills.handle('1', putIn(5, timer))).receipt.events).toHaveLength(1);
  });

  it('after a refusal is decided anew: a refusal does not burn the key', async () => {
    const { tills } = installation();
    const put = putIn(3);
    expect(await code(tills.handle('1', put))).toBe('not-found');
    await tills.handle('1', open());
    expect((await tills.handle('1', put)).replayed).toBe(false);
  });
});

describe('commands at once', () => {
  it('are decided again on what the other did, not refused', async () => {
    const { tills, process } = installation();
    await tills.handle('1', open());
    const processes = [tills, process(), process()];
    const outcomes = await Promise.all(
      Array.from({ length: 63 }, (_, index) => processes[index % 3]!.handle('1', putIn(1)).catch((error) => error)),
    );
    const done = outcomes.filter((outcome) => !(outcome instanceof Error));
    for (const outcome of outcomes)
      if (outcome instanceof Error) expect(outcome).toBeInstanceOf(ConcurrentModification);
    expect((await tills.load('1')).state.cents).toBe(done.length);
    expect(new Set(done.map(({ receipt }) => receipt.revision)).size).toBe(done.length);
  });

  it('within one process take turns and never conflict', async () => {
    const { tills, store } = installation();
    await tills.handle('1', open());
    const calls = await store.callsOf(() => Promise.all(Array.from({ length: 64 }, () => tills.handle('1', putIn(1)))));
    expect(calls).toEqual(Array(64).fill('append'));
    expect((await tills.load('1')).state.cents).toBe(64);
  });

  it('keep a limit that holds over all of them', async () => {
    const { process } = installation();
    const processes = [process(), process()];
    await processes[0]!.handle('1', open());
    await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        code(processes[index % 2]!.handle('1', command('PutIn', { cents: 1, most: 10 }))),
      ),
    );
    expect((await processes[0]!.load('1')).state.cents).toBe(10);
  });

  it('share an append while another is under way, each with its own receipt', async () => {
    const { store, tills, process } = installation();
    await tills.handle('1', open());
    store.calls = [];
    const orders = Array.from({ length: 30 }, (_, n) =>
      n % 3 === 0 ? command('PutInTwice', { cents: n }, { commandId: randomUUID() }) : putIn(n + 1),
    );
    store.beforeAppend = someTurns;
    const outcomes = await Promise.all(orders.map((order) => tills.handle('1', order)));
    expect(store.calls).toEqual(['append', 'append']); // the first went alone, the others waited for it
    const told = outcomes.flatMap(({ receipt }) => receipt.events.map(({ revision }) => revision));
    expect(told).toEqual(Array.from({ length: 40 }, (_, n) => BigInt(n + 1)));
    // What each was told is what a process that reads the log finds.
    const elsewhere = process();
    for (const [n, order] of orders.entries())
      expect(await elsewhere.handle('1', order)).toEqual({ ...outcomes[n], replayed: true });
  });

  it('are decided anew when what they were decided on did not come true', async () => {
    const { store, tills, process } = installation();
    const rival = process();
    await tills.handle('1', open());
    store.beforeAppend = async () => {
      await someTurns();
      await rival.handle('1', putIn(100));
    };
    const most = (cents: number) => command('PutIn', { cents, most: 100 }, { commandId: randomUUID() });
    const all = [putIn(1), most(1), putIn(2), most(1)].map((order) => tills.handle('1', order));
    expect(await Promise.all(all.map(code))).toEqual(['done', 'invalid-state', 'done', 'invalid-state']);
    expect((await process().load('1')).state.cents).toBe(103);
  });

  it('fail alone when one of them cannot be recorded', async () => {
    const { store, tills } = installation();
    await tills.handle('1', open());
    const held = Promise.withResolvers<void>();
    store.beforeAppend = () => held.promise;
    const first = tills.handle('1', putIn(1));
    await someTurns();
    const second = tills.handle('1', putIn(2));
    const third = tills.handle('1', putIn(3));
    await someTurns();
    store.beforeAppend = () => Promise.reject(new RangeError('the data of one is refused'));
    held.resolve();
    expect(await Promise.all([first, second, third].map(code))).toEqual(['done', 'done', 'done']);
    expect((await tills.load('1')).state.cents).toBe(6);
  });

  it('are decided anew, each alone, when the one that they waited for cannot be recorded', async () => {
    const { store, tills } = installation();
    await tills.handle('1', open());
    const refusal = new RangeError('the data of the first is refused');
    const failing = async () => {
      await someTurns();
      throw refusal;
    };
    store.append = ((append) => async (writes) => {
      const [{ events }] = writes;
      if (events.some(({ data }) => data['cents'] === 1)) await failing();
      return append.call(store, writes);
    })(store.append);
    const all = [putIn(1), putIn(2)].map((order) => tills.handle('1', order));
    expect(await Promise.all(all.map(code))).toEqual([refusal, 'done']);
    expect((await tills.load('1')).state.cents).toBe(2);
  });

  it('are told when an append that they wait for does not come back', async () => {
    const { store, tills, process } = installation();
    await tills.handle('1', open());
    store.loseAnswers = 1;
    store.beforeAppend = someTurns;
    const all = [putIn(1), putIn(2), putIn(3)].map((order) => tills.handle('1', order));
    expect(await Promise.all(all.map(code))).toEqual(all.map(() => 'event-store-unavailable'));
    expect((await process().load('1')).state.cents).toBe(1);
  });

  it('give up after five conflicts and say that it is worth another try', async () => {
    const { tills, store, process } = installation();
    await tills.handle('1', open());
    const rival = process();
    const disturb = async () => {
      store.beforeAppend = undefined;
      await rival.handle('1', putIn(1));
      store.beforeAppend = disturb;
    };
    store.beforeAppend = disturb;
    const error = await tills.handle('1', putIn(1)).catch((fault: unknown) => fault);
    expect(error).toMatchObject({ code: 'concurrent-modification', retryable: true });
    expect((await rival.load('1')).state.cents).toBe(5);
  });

  it('with a revision are refused when somebody was faster', async () => {
    const { tills, process } = installation();
    await tills.handle('1', open());
    const other = process();
    await other.load('1');
    await tills.handle('1', putIn(1));
    const refusal = await other.handle('1', putIn(1), { expectedRevision: 0n }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(RevisionMismatch);
    expect(refusal).toMatchObject({ details: { currentRevision: 1 } });
    await expect(tills.handle('1', putIn(1), { expectedRevision: 5n })).rejects.toThrow(RevisionMismatch);
    expect((await other.handle('1', putIn(1), { expectedRevision: 1n })).state.cents).toBe(2);
  });

  it('are not refused for what is cached but no longer so', async () => {
    const { tills, process } = installation();
    const other = process();
    await other.handle('1', open());
    await tills.load('1');
    await other.handle('1', command('Close', {}));
    const { receipt } = await tills.handle('1', command('Close', {})); // the cached state has something to do
    expect(receipt).toMatchObject({ revision: 1n, events: [] });

    await other.handle('2', open());
    expect(await code(tills.handle('2', putIn(1)))).toBe('done');
    await other.handle('2', putIn(1));
    const at2 = command('PutIn', { cents: 0 });
    expect((await tills.handle('2', at2)).receipt.revision).toBe(2n); // nothing to do, told of the newest revision
  });

  it('wait for each other only so long', async () => {
    const { store, codec } = installation();
    const tills = new StreamHandler<Till, TillCommand, TillEvent>(
      store,
      codec,
      { category: 'till', decider: tillDecider, creates: ({ type }) => type === 'Open', dataSubject: () => 'x' },
      { patienceMs: 50 },
    );
    await tills.handle('1', open());
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    store.beforeAppend = () => released;
    const slow = tills.handle('1', putIn(1));
    const waiting = [tills.handle('1', putIn(1)), tills.handle('1', putIn(1))];
    expect(await Promise.all(waiting.map(code))).toEqual(Array(2).fill('event-store-unavailable'));
    const next = code(tills.handle('1', putIn(1)));
    release();
    expect((await slow).state.cents).toBe(1);
    expect(await next).toBe('done');
  });
});

describe('a command that relies on another stream', () => {
  type Open = Extract<TillCommand, { type: 'PutIn' }>;
  /** Money may only be put in while the till next door is not closed. */
  const relying = (tills: ReturnType<typeof installation>['tills'], seen: bigint, asked: string[] = []) => ({
    premises: {
      seen: () => new Map([['till-next', seen]]),
      renewed: async (before: TillCommand) => {
        const { state } = await tills.load('next');
        asked.push(state.status);
        seen = (await tills.load('next')).revision;
        return { ...(before as Open), data: { cents: 1, ...(state.status === 'closed' && { most: 0 }) } };
      },
    },
  });

  it('is recorded while the other is as it was seen', async () => {
    const { tills } = installation();
    await tills.handle('next', open());
    await tills.handle('1', open());
    const asked: string[] = [];
    expect((await tills.handle('1', putIn(1), relying(tills, 0n, asked))).state.cents).toBe(1);
    expect(asked).toEqual([]);
  });

  it('is decided anew on new facts when the other has moved, and once more', async () => {
    const { tills, store } = installation();
    await tills.handle('next', open());
    await tills.handle('1', open());
    await tills.handle('next', putIn(1));
    const asked: string[] = [];
    const options = relying(tills, 0n, asked);
    store.beforeAppend = () => tills.handle('next', putIn(1));
    expect((await tills.handle('1', putIn(1), options)).state.cents).toBe(1);
    expect(asked).toEqual(['open']);
    await tills.handle('next', command('Close', {}));
    expect(await code(tills.handle('1', putIn(1), options))).toBe('invalid-state');
    expect(asked).toEqual(['open', 'closed']);
    expect((await tills.load('1')).state.cents).toBe(1);
  });

  it('is decided anew when what its right was found in is newer than what it was decided on', async () => {
    const { tills } = installation();
    await tills.handle('next', open());
    await tills.handle('1', open());
    await tills.handle('next', command('Close', {}));
    const asked: string[] = [];
    const sent = putIn(1, { standing: new Map([['till-next', 1n]]) });
    expect(await code(tills.handle('1', sent, relying(tills, 0n, asked)))).toBe('invalid-state');
    expect(asked).toEqual(['closed']);
  });

  it('may rely on nothing being there', async () => {
    const { tills } = installation();
    await tills.handle('1', open());
    expect((await tills.handle('1', putIn(1), relying(tills, -1n))).state.cents).toBe(1);
    await tills.handle('next', open());
    await tills.handle('next', command('Close', {}));
    expect(await code(tills.handle('1', putIn(1), relying(tills, -1n)))).toBe('invalid-state');
  });

  it('goes by what it was told where the store cannot check', async () => {
    const { tills } = installation(new SingleStreamStore());
    await tills.handle('next', open());
    await tills.handle('1', open());
    await tills.handle('next', command('Close', {}));
    expect((await tills.handle('1', putIn(1), relying(tills, 0n))).state.cents).toBe(1);
  });

  it('goes by where its own stream stands in every store', async () => {
    const { tills } = installation(new SingleStreamStore());
    await tills.handle('1', open());
    const standing = new Map([['till-1', 0n]]);
    expect((await tills.handle('1', putIn(1, { standing }))).state.cents).toBe(1);
    await expect(tills.handle('1', putIn(1, { standing }))).rejects.toBeInstanceOf(StandingMoved);
  });

  it('sent again gets its receipt, however the other stands', async () => {
    const { tills } = installation();
    await tills.handle('next', open());
    await tills.handle('1', open());
    const sent = putIn(1);
    const first = await tills.handle('1', sent, relying(tills, 0n));
    await tills.handle('next', command('Close', {}));
    expect((await tills.handle('1', sent, relying(tills, 0n))).receipt).toEqual(first.receipt);
  });
});

describe('commands at once that rely on other streams', () => {
  const relies = (seen: ReadonlyMap<string, bigint>) => ({ standing: seen });

  it('share an append that checks what each of them relies on', async () => {
    const { tills, store } = installation();
    for (const id of ['1', 'a', 'b']) await tills.handle(id, open());
    store.calls = [];
    store.beforeAppend = () => new Promise((resolve) => setTimeout(resolve, 20));
    const seen = ['a', 'b', 'a', 'b', 'none'].map((id) => new Map([[`till-${id}`, id === 'none' ? -1n : 0n]]));
    const outcomes = await Promise.all(seen.map((each) => tills.handle('1', putIn(1, relies(each)))));
    expect(outcomes.map(({ state }) => state.cents)).toEqual([1, 2, 3, 4, 5]);
    expect(store.calls).toEqual(['append', 'append']);
  });

  it('share an append though what is under way has seen another stream earlier', async () => {
    const { tills, store } = installation();
    for (const id of ['1', 'a']) await tills.handle(id, open());
    const seenAt = (revision: bigint) => putIn(1, relies(new Map([['till-a', revision]])));
    const held = Promise.withResolvers<void>();
    store.beforeAppend = () => held.promise;
    const early = tills.handle('1', seenAt(0n));
    await someTurns();
    await tills.handle('a', putIn(1));
    const late = Array.from({ length: 4 }, () => tills.handle('1', seenAt(1n)));
    await someTurns();
    store.calls = [];
    store.beforeAppend = someTurns;
    held.resolve();
    await expect(early).rejects.toBeInstanceOf(StandingMoved);
    expect((await Promise.all(late)).map(({ state }) => state.cents)).toEqual([1, 2, 3, 4]);
    expect(store.calls).toEqual(['append', 'append']); // one goes first, the others wait for it
  });

  it('are refused only for what they rely on themselves, whatever the others do', async () => {
    const people = ['a', 'b', 'c', 'd'];
    const property = fc.asyncProperty(
      fc.array(fc.record({ by: fc.constantFrom(...people), cents: fc.integer({ min: 1, max: 9 }) }), { maxLength: 24 }),
      fc.subarray(people),
      fc.nat(3),
      async (asked, leaving, appendsBefore) => {
        const { tills, store } = installation();
        for (const id of ['1', ...people]) await tills.handle(id, open());
        let appends = 0;
        const leave = async (): Promise<void> => {
          await new Promise((resolve) => setImmediate(resolve)); // others board the next convoy meanwhile
          if (appends++ < appendsBefore) return void (store.beforeAppend = leave);
          for (const id of leaving) await tills.handle(id, putIn(1));
        };
        store.beforeAppend = leave;
        const answers = await Promise.all(
          asked.map(({ by, cents }) => {
            const sent = putIn(cents, relies(new Map([[`till-${by}`, 0n]])));
            return tills.handle('1', sent).then(
              () => ({ by, cents, id: sent.metadata.commandId, how: 'done' }),
              (refusal: unknown) => ({ by, cents, id: '', how: refusal instanceof StandingMoved ? 'moved' : 'other' }),
            );
          }),
        );
        for (const { by, how } of answers) if (!leaving.includes(by)) expect(how).toBe('done');
        expect(answers.filter(({ how }) => how === 'other')).toEqual([]);

        const log = (await store.readAll({ after: 'start', limit: 1000 })).events;
        const put = log.filter(({ streamId, type }) => streamId === 'till-1' && type === 'MoneyPutIn');
        const done = answers.filter(({ how }) => how === 'done');
        expect(put.map(({ metadata }) => metadata.commandId).toSorted()).toEqual(done.map(({ id }) => id).toSorted());
        for (const { by, id } of done) {
          const left = log.find(({ streamId, type }) => streamId === `till-${by}` && type === 'MoneyPutIn');
          const made = put.find(({ metadata }) => metadata.commandId === id)!;
          if (left) expect(store.compare(made.position, left.position)).toBeLessThan(0);
        }
      },
    );
    await fc.assert(property, { numRuns: 150 });
  });

  it('go on with new facts when they rely on what may be renewed', async () => {
    const { tills } = installation();
    for (const id of ['1', 'next']) await tills.handle(id, open());
    await tills.handle('next', putIn(1));
    const premises = {
      seen: () => new Map([['till-next', seen]]),
      renewed: async (before: TillCommand) => {
        seen = (await tills.load('next')).revision;
        return before;
      },
    };
    let seen = 0n;
    const all = Array.from({ length: 10 }, (_, n) => tills.handle('1', putIn(1), n % 2 ? { premises } : {}));
    expect((await Promise.all(all)).length).toBe(10);
    expect((await tills.load('1')).state.cents).toBe(10);
  });

  it('of somebody whose own stream they write are refused when it has moved', async () => {
    const { tills } = installation();
    await tills.handle('1', open());
    const standing = new Map([['till-1', 0n]]);
    expect((await tills.handle('1', putIn(1, { standing }))).state.cents).toBe(1);
    await expect(tills.handle('1', putIn(1, { standing }))).rejects.toBeInstanceOf(StandingMoved);
  });
});

describe('a dry run', () => {
  it('shows what would be recorded and records nothing', async () => {
    const { tills, store, process } = installation();
    await tills.handle('1', open());
    await process().handle('1', putIn(1));
    const { receipt, state } = await tills.handle('1', putIn(5), { dryRun: true });
    expect(receipt).toMatchObject({
      revision: 2n,
      events: [{ type: 'MoneyPutIn', revision: 2n, data: { cents: 5 } }],
    });
    expect(state.cents).toBe(6);
    expect((await store.readStream('till-1')).revision).toBe(1n);
    expect(await code(tills.handle('2', putIn(5), { dryRun: true }))).toBe('not-found');
    expect(await code(tills.handle('1', open(), { dryRun: true }))).toBe('invalid-state');
    expect(await code(tills.handle('1', putIn(5), { dryRun: true, expectedRevision: 0n }))).toBe('revision-mismatch');
    expect(await code(tills.handle('1', putIn(0.5), { dryRun: true }))).toBe('validation-failed');
    expect((await tills.handle('2', open(), { dryRun: true })).receipt.revision).toBe(0n);
    expect((await tills.load('2')).exists).toBe(false);
  });
});

describe('the past', () => {
  it('can be read at a revision, at a time, and whole', async () => {
    const { tills } = installation();
    await tills.handle('1', open({ now: at('09:00') }));
    await tills.handle('1', putIn(1, { now: at('10:00') }));
    await tills.handle('1', putIn(2, { now: at('11:00') }));
    const cents = async (moment: { revision: bigint } | { asOf: string }) => {
      const { state, revision, exists } = await tills.loadAt('1', moment);
      return [state.cents, Number(revision), exists];
    };
    expect(await cents({ revision: 0n })).toEqual([0, 0, true]);
    expect(await cents({ revision: 1n })).toEqual([1, 1, true]);
    expect(await cents({ revision: 9n })).toEqual([3, 2, true]);
    expect(await cents({ asOf: at('08:59') })).toEqual([0, -1, false]);
    expect(await cents({ asOf: at('10:00') })).toEqual([1, 1, true]);
    expect(await cents({ asOf: '2026-11-22T12:30:00+02:00' })).toEqual([1, 1, true]);
    expect((await tills.history('1')).map(({ type }) => type)).toEqual(['TillOpened', 'MoneyPutIn', 'MoneyPutIn']);
    expect((await tills.history('1', { to: 0n })).map(({ type }) => type)).toEqual(['TillOpened']);
  });

  it('is read anew when the log is shorter than it was: it was restored', async () => {
    const { codec } = installation();
    let store = new WatchedStore();
    const restorable = {
      start: store.start,
      capabilities: store.capabilities,
      append: (writes: readonly [StreamWrite, ...StreamWrite[]]) => store.append(writes),
      readStream: (...args: Parameters<EventStore['readStream']>) => store.readStream(...args),
      before: (...args: Parameters<EventStore['before']>) => store.before(...args),
    } as unknown as EventStore;
    const tills = new StreamHandler<Till, TillCommand, TillEvent>(restorable, codec, {
      category: 'till',
      decider: tillDecider,
      creates: ({ type }) => type === 'Open',
      dataSubject: () => 'x',
    });
    await tills.handle('1', open());
    await tills.handle('1', putIn(1));
    store = new WatchedStore();
    expect(await code(tills.handle('1', putIn(1)))).toBe('not-found');
    expect((await tills.load('1')).exists).toBe(false);
  });
});

describe('personal fields', () => {
  it('are sealed under the key of their subject in the log, open to the state, and gone with the key', async () => {
    const { tills, store, keys, process } = installation();
    await tills.handle('1', command('Open', { by: 'ann', note: 'for Ann Smith' }));
    const { events } = await store.readStream('till-1');
    expect(JSON.stringify(events.map(({ data, metadata }) => ({ data, metadata })))).not.toContain('Smith');
    expect(events[0]?.data['note']).toMatchObject({ $enc: { k: expect.any(String) } });
    const history = async () => (await process().history('1'))[0]?.data as { note?: unknown };
    expect((await history()).note).toBe('for Ann Smith');
    await keys.destroy(derivedId('person', 'ann'));
    expect((await history()).note).toEqual({ $erased: true });
    expect((await process().load('1')).state.status).toBe('open');
  });
});

/* Uniqueness: one open till per desk. */

const deskOf = (tills: StreamHandler<Till, TillCommand, TillEvent>, desk = 'desk-1'): Claim<TillEvent> => ({
  kind: 'desk',
  key: desk,
  isOver: async (holder) => (await tills.load(holder)).state.status === 'closed',
  taken: (holder) => new Refused('There is an open till on this desk.', { tillId: holder }),
  abandon: () => ({ type: 'OpeningAbandoned', data: {} }),
});

describe.each([
  ['on a store that appends to many streams at once', () => new WatchedStore()],
  ['on a store that appends to one stream at a time', () => new SingleStreamStore()],
])('a claim %s', (_, makeStore) => {
  const prepared = () => {
    const made = installation(makeStore());
    const begin = (id: string, command_ = open(), tills = made.tills, options: HandleOptions<TillEvent> = {}) =>
      tills.handle(id, command_, { ...options, claim: deskOf(tills) });
    return { ...made, begin };
  };

  it('is refused to the second, naming the holder, until the first is over', async () => {
    const { begin, tills, process } = prepared();
    await begin('1');
    for (const other of [tills, process()]) {
      const refusal = await begin('2', open(), other).catch((error: unknown) => error);
      expect(refusal).toMatchObject({ code: 'invalid-state', details: { tillId: '1' } });
    }
    await tills.handle('1', command('Close', {}));
    expect((await begin('2')).state.status).toBe('open');
    expect(await code(begin('3'))).toBe('invalid-state');
    await tills.handle('2', command('Close', {}));
    expect((await begin('3', open(), process())).state.status).toBe('open');
  });

  it('is replayed with its command, also after it was taken over', async () => {
    const { begin, tills, process } = prepared();
    const first = open();
    const original = await begin('1', first);
    expect(await begin('1', first)).toEqual({ ...original, replayed: true });
    await tills.handle('1', command('Close', {}));
    await begin('2');
    expect(await begin('1', first, process())).toEqual({ ...original, replayed: true });
  });

  it('goes to exactly one of twenty at once', async () => {
    const { begin, process, store } = prepared();
    const processes = [process(), process(), process()];
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) => code(begin(`${index}`, open(), processes[index % 3]!))),
    );
    expect(results.filter((result) => result === 'done')).toHaveLength(1);
    const { events } = await store.readAll({ after: 'start', limit: 1000, types: ['TillOpened'] });
    expect(events).toHaveLength(1);
    for (const result of results) expect(['done', 'invalid-state', 'concurrent-modification']).toContain(result);
  });

  it('is free for another key, and for another workspace', async () => {
    const { begin, tills } = prepared();
    await begin('1');
    expect(await code(tills.handle('2', open(), { claim: deskOf(tills, 'desk-2') }))).toBe('done');
    expect(await code(begin('3', open({ workspaceId: 'other' })))).toBe('done');
    const wide = (id: string, workspaceId: string) =>
      code(tills.handle(id, open({ workspaceId }), { claim: { ...deskOf(tills, 'all'), installationWide: true } }));
    expect(await wide('4', 'demo')).toBe('done');
    expect(await wide('5', 'other')).toBe('invalid-state');
  });

  it('is one of several: with one that is taken, none is', async () => {
    const { begin, tills } = prepared();
    await begin('1');
    const both = (id: string, second: string) =>
      code(tills.handle(id, open(), { claim: [deskOf(tills, `shelf-${id}`), deskOf(tills, second)] }));
    expect(await both('2', 'desk-1')).toBe('invalid-state');
    expect(await both('3', 'desk-3')).toBe('done');
    expect(await code(tills.handle('4', open(), { claim: deskOf(tills, 'shelf-2') }))).toBe('done');
    expect(await code(tills.handle('5', open(), { claim: deskOf(tills, 'desk-3') }))).toBe('invalid-state');
  });

  it('is looked at by a dry run, and not taken', async () => {
    const { begin, tills } = prepared();
    expect((await begin('1', open(), tills, { dryRun: true })).receipt.events).toHaveLength(1);
    await begin('2');
    expect(await code(begin('1', open(), tills, { dryRun: true }))).toBe('invalid-state');
  });
});

describe('a claim whose holder has not begun', () => {
  const stranded = async () => {
    const made = installation(new SingleStreamStore());
    const { store, codec, tills } = made;
    const streamId = claimStreamId('demo', { kind: 'desk', key: 'desk-1' });
    const [claimed] = await codec.encode([
      {
        id: randomUUID(),
        event: { type: 'Claimed', data: { kind: 'desk', holder: 'lost' } },
        metadata: await recordedMetadata(made),
      },
    ]);
    await store.append([{ streamId, expected: 'none', events: [claimed!] }]);
    return { ...made, claim: deskOf(tills) };
  };
  const recordedMetadata = async ({ tills, store }: ReturnType<typeof installation>) => {
    await tills.handle('other', open());
    return (await store.readStream('till-other')).events[0]!.metadata;
  };

  it('is taken over after its stream was closed to it, so that the slow one never begins beside it', async () => {
    const { tills, process, claim, store } = await stranded();
    expect((await tills.handle('2', open(), { claim })).state.status).toBe('open');
    expect((await store.readStream('till-lost')).events.map(({ type }) => type)).toEqual(['OpeningAbandoned']);
    const slow = process();
    expect(await code(slow.handle('lost', open(), { claim: deskOf(slow) }))).toBe('invalid-state');
    await tills.handle('2', command('Close', {}));
    expect(await code(slow.handle('lost', open(), { claim: deskOf(slow) }))).toBe('done');
    expect((await slow.load('lost')).state.status).toBe('open');
  });

  it('waits a little for a holder that is about to begin', async () => {
    const { tills, process, claim } = await stranded();
    const late = code(tills.handle('2', open(), { claim }));
    await new Promise((resolve) => setTimeout(resolve, 60));
    const holder = process();
    await holder.handle('lost', open(), { claim: deskOf(holder) });
    expect(await late).toBe('invalid-state');
  });
});
