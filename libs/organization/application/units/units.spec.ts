import { Codec } from '#libs/event-store/application/codec';
import { EventRegistry } from '#libs/event-store/application/event-registry';
import { InMemoryEventStore } from '#libs/event-store/infrastructure/in-memory-event-store';
import { InMemorySubjectKeys } from '#libs/event-store/infrastructure/in-memory-subject-keys';
import { derivedId } from '#libs/kernel/domain/ids';
import { at, metadata, unitOrder } from '../../domain/organization.examples.js';
import { pathUp } from '../../domain/units/unit.tree.js';
import { organizationManifest } from '../../organization.manifest.js';
import { UnitBook } from './unit-book.js';
import { treeOf, UnitStreams } from './unit-streams.js';

/** Two processes over one log. */
describe('A tree that two processes change at the same time', () => {
  const store = new InMemoryEventStore();
  const codec = new Codec(new EventRegistry(organizationManifest.events), new InMemorySubjectKeys());
  const processes = [new UnitStreams(store, codec), new UnitStreams(store, codec)] as const;
  const book = new UnitBook(store, codec);
  const tree = treeOf('branch', 'demo');
  let sent = 0;
  const send = (by: 0 | 1, type: 'OpenUnit' | 'ChangeUnit', data: object, now = at()) => {
    const commandId = derivedId('units.spec', ++sent);
    const order = { ...unitOrder(type, data), metadata: { ...metadata('ada', now), commandId } };
    return processes[by].of('branch').handle(tree, order);
  };
  beforeAll(() => book.onApplicationBootstrap());
  afterAll(async () => {
    await book.onApplicationShutdown();
    await store.close();
  });

  it('closes no circle when each is moved below the other', async () => {
    for (let round = 0; round < 20; round++) {
      const [a, b] = [`A${round}`, `B${round}`];
      await send(0, 'OpenUnit', { code: a, name: a });
      await send(1, 'OpenUnit', { code: b, name: b });
      const moves = await Promise.allSettled([
        send(0, 'ChangeUnit', { code: a, parentId: b }),
        send(1, 'ChangeUnit', { code: b, parentId: a }),
      ]);
      expect(moves.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    }
    const { state } = await processes[0].of('branch').load(tree);
    for (const code of state.units.keys()) expect(pathUp(state, code).at(-1)?.code).toBe('HQ');
  });

  it('gives a code once', async () => {
    const both = await Promise.allSettled([
      send(0, 'OpenUnit', { code: 'SAME', name: 'x' }),
      send(1, 'OpenUnit', { code: 'same', name: 'y' }),
    ]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });

  it('is known in memory, now and as it was', async () => {
    await send(0, 'OpenUnit', { code: 'OSLO', name: 'x', parentId: 'A0' }, at('10:00'));
    const { receipt } = await send(1, 'ChangeUnit', { code: 'OSLO', parentId: 'SAME' }, at('11:00')).catch(() =>
      send(1, 'ChangeUnit', { code: 'OSLO', parentId: 'same' }, at('11:00')),
    );
    await book.reached(receipt.position);
    const [same = ''] = book.above('demo', 'OSLO').slice(1);
    expect(same.toLowerCase()).toBe('same');
    expect(book.below('demo', same)).toEqual([same, 'OSLO']);
    expect(book.belowAsOf('demo', same, at('10:30'))).toEqual([same]);
    expect(book.belowAsOf('demo', 'A0', at('10:30'))).toContain('OSLO');
    expect(book.below('demo', 'A0')).not.toContain('OSLO');
    expect(book.below('other', same)).toEqual([same]);
    expect(book.aboveAsOf('demo', 'OSLO', at('10:30')).slice(0, 2)).toEqual(['OSLO', 'A0']);
    expect(book.aboveAsOf('demo', 'OSLO', at('12:00')).slice(0, 2)).toEqual(['OSLO', same]);
  });
});
