import { jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Type } from 'typebox';
import { byContent } from '#libs/kernel/domain/by-content';
import { defineEvent } from '#libs/kernel/domain/define-event';
import { UnrepresentableValue } from '#libs/kernel/domain/canonical-json';
import type { DomainEvent } from '#libs/kernel/domain/message';
import { personal } from '#libs/kernel/domain/personal';
import { newEvent, storedMetadata } from '#libs/testing/events';
import { InMemorySubjectKeys } from '../infrastructure/in-memory-subject-keys.js';
import { Codec } from './codec.js';
import { EventRegistry, InvalidEventData, UnreadableEvent } from './event-registry.js';
import type { NewEvent, Position, RecordedEvent } from './event-store.js';

const strict = { additionalProperties: false };
const Told = defineEvent('Told', {
  schema: Type.Object(
    {
      by: Type.String(),
      title: Type.Optional(personal(Type.String())),
      content: personal(Type.Record(Type.String(), Type.Unknown())),
      items: Type.Array(Type.Object({ id: Type.String(), 'a/b~c': personal(Type.String()) }, strict)),
      proof: Type.Optional(Type.Unknown()),
      people: Type.Optional(Type.Record(Type.String(), personal(Type.String()))),
    },
    strict,
  ),
  sample: { by: 'ann', content: {}, items: [] },
});
const told = (data: object): DomainEvent => ({ type: 'Told', data: { by: 'ann', content: {}, items: [], ...data } });

const recorded = (event: NewEvent, index = 0): RecordedEvent => ({
  ...(JSON.parse(JSON.stringify(event)) as NewEvent),
  streamId: 'told-1',
  revision: BigInt(index),
  position: String(index + 1) as Position,
});

const keys = new InMemorySubjectKeys();
const codec = new Codec(new EventRegistry([Told]), keys);
const encode = async (event: DomainEvent, keyRef: string | undefined = 'subject-1') => {
  const [stored] = await codec.encode([{ id: randomUUID(), event, metadata: storedMetadata(), keyRef }]);
  return stored!;
};
const decoded = async (stored: NewEvent) =>
  (await codec.decode([recorded(stored)]))[0]!.data as Record<string, unknown>;

describe('personal fields', () => {
  const secret = { secret: 'Smith', nested: [{ $enc: { k: 'x' }, $erased: true }], n: 1 };
  const event = told({
    title: 'Loan of Smith',
    content: secret,
    items: [
      { id: '1', 'a/b~c': 'Smith one' },
      { id: '2', 'a/b~c': 'Smith two' },
    ],
    people: { ann: 'Ann Smith', '~/': 'Odd Smith' },
  });

  it('are sealed wherever the schema says, and open again as they were', async () => {
    const stored = await encode(event);
    expect(JSON.stringify(stored)).not.toContain('Smith');
    expect(stored.data['by']).toBe('ann');
    expect((stored.data['items'] as { id: string }[])[1]?.id).toBe('2');
    expect(await decoded(stored)).toEqual(event.data);
  });

  it('may look like sealed or erased ones inside: what people send stays what it is', async () => {
    expect((await decoded(await encode(event)))['content']).toEqual(secret);
  });

  it('cannot be moved to another event or another place', async () => {
    const stored = await encode(event);
    const moved = { ...stored, id: randomUUID() };
    await expect(codec.decode([recorded(moved)])).rejects.toThrow(`Told ${moved.id}: /title was not sealed`);
    const [one, two] = stored.data['items'] as { id: string }[];
    const swapped = {
      ...stored,
      data: {
        ...stored.data,
        items: [
          { ...two!, id: '1' },
          { ...one!, id: '2' },
        ],
      },
    };
    await expect(codec.decode([recorded(swapped as NewEvent)])).rejects.toThrow(UnreadableEvent);
  });

  it('read as erased when their key is gone, and an erased value can be recorded again', async () => {
    const stored = await encode(told({ title: 'Smith', content: { a: 1 } }), 'subject-2');
    await keys.destroy('subject-2');
    const data = await decoded(stored);
    expect(data).toEqual({ by: 'ann', title: { $erased: true }, content: { $erased: true }, items: [] });
    const again = await encode({ type: 'Told', data }, 'subject-2');
    expect(again.data['title']).toEqual({ $erased: true });
    expect(await decoded(again)).toEqual(data);
  });

  it('are never stored without a subject', async () => {
    await expect(encode(told({}), '')).rejects.toThrow('Told/content is personal, but no data subject is named.');
    const erased = told({ content: { $erased: true } });
    expect((await encode(erased, undefined)).data['content']).toEqual({ $erased: true });
  });

  it('of a batch cost one look-up of keys', async () => {
    const stored = await Promise.all(['a', 'b', 'c'].map((ref) => encode(told({ title: ref }), ref)));
    const asked = jest.spyOn(keys, 'byIds');
    const events = await codec.decode([...stored, ...stored].map(recorded));
    expect(events.map(({ data }) => (data as { title: string }).title)).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
    expect(asked).toHaveBeenCalledTimes(1);
    expect(asked.mock.calls[0]?.[0]).toHaveLength(3);
    asked.mockRestore();
  });
});

describe('what is stored', () => {
  it('must fit its schema; the fault names places, never values', async () => {
    const wrong = encode(told({ by: 7, title: 5, more: 'Smith' }));
    await expect(wrong).rejects.toThrow(InvalidEventData);
    await expect(wrong).rejects.toThrow(/^Told version 1: .*\/by must be string/);
    await expect(wrong).rejects.not.toThrow('Smith');
    await expect(encode({ type: 'Unheard', data: {} })).rejects.toThrow('The event type Unheard is not registered.');
  });

  it('must be representable, personal or not', async () => {
    for (const [data, pointer] of [
      [{ content: { amount: 1.5 } }, '/content/amount'],
      [{ proof: { rate: 0.1 } }, '/proof/rate'],
      [{ title: '\ud800' }, '/title'],
      [{ title: undefined }, '/title'],
    ] as const) {
      const refused = encode(told(data));
      await expect(refused).rejects.toThrow(UnrepresentableValue);
      await expect(refused).rejects.toMatchObject({ pointer });
    }
    const big = encode(told({ content: { text: 'x'.repeat(520 * 1024) } }));
    await expect(big).rejects.toMatchObject({ reason: 'too-large' });
    expect((await encode(told({ content: { text: 'x'.repeat(256 * 1024) } }))).data['content']).toHaveProperty('$enc');
  });

  it('must not use the names by which the log marks sealed values', async () => {
    await expect(encode(told({ proof: { a: [{ $enc: { k: 'x' } }] } }))).rejects.toMatchObject({
      pointer: '/proof/a/0/$enc',
      reason: 'reserved-name',
    });
    await expect(encode(told({ proof: { $erased: true } }))).rejects.toMatchObject({ pointer: '/proof/$erased' });
  });
});

describe('what was stored before', () => {
  const V3 = defineEvent('Moved', {
    version: 3,
    schema: Type.Object({ place: personal(Type.String()), floor: Type.Integer() }, strict),
    upcast: {
      1: ({ where, ...rest }) => ({ ...rest, place: where! }),
      2: (data) => ({ ...data, floor: 0 }),
    },
    sample: { place: 'here', floor: 0 },
  });

  it('is opened under the names it had then, and brought to the newest version', async () => {
    const V1 = defineEvent('Moved', {
      schema: Type.Object({ where: personal(Type.String()) }, strict),
      sample: { where: 'x' },
    });
    const shared = new InMemorySubjectKeys();
    const old = new Codec(new EventRegistry([V1]), shared);
    const now = new Codec(new EventRegistry([V3]), shared);
    const event = { type: 'Moved', data: { where: 'Smith Street' } };
    const [stored] = await old.encode([{ id: randomUUID(), event, metadata: storedMetadata(), keyRef: 's' }]);
    expect(stored!.schemaVersion).toBe(1);
    expect((await now.decode([recorded(stored!)]))[0]!.data).toEqual({ place: 'Smith Street', floor: 0 });
    await shared.destroy('s');
    expect((await now.decode([recorded(stored!)]))[0]!.data).toEqual({ place: { $erased: true }, floor: 0 });
    const newer = { ...stored!, schemaVersion: 4 };
    await expect(now.decode([recorded(newer)])).rejects.toThrow(UnreadableEvent);
    expect(now.raw(recorded(newer)).data).toEqual(stored!.data);
  });

  it('of a type that nobody knows comes back raw, with its envelope', async () => {
    const event = newEvent({ type: 'Forgotten', data: { a: { $enc: { k: 'x', iv: '', ct: '' } } } });
    const [found] = await codec.decode([recorded(event, 4)]);
    expect(found).toEqual({
      type: 'Forgotten',
      data: event.data,
      id: event.id,
      streamId: 'told-1',
      revision: 4n,
      position: '5',
      recordedAt: event.metadata.recordedAt,
      workspaceId: 'demo',
      actor: event.metadata.actor,
      commandId: event.metadata.commandId,
      commandType: 'Test',
      commandHash: 'hash-of-the-body',
      correlationId: event.metadata.$correlationId,
      causationId: event.metadata.$causationId,
    });
  });
});

describe('what is told by its content', () => {
  const Rule = byContent(Type.Object({ contentHash: Type.String(), text: Type.String() }, strict));
  const Ruled = defineEvent('Ruled', {
    schema: Type.Object({ rule: Rule, earlier: Type.Optional(Type.Array(Rule)), free: Type.Unknown() }, strict),
    sample: { rule: { contentHash: 'h', text: 't' }, free: null },
  });
  const courts = new Codec(new EventRegistry([Ruled]), keys);
  const rule = () => ({ contentHash: 'h', text: 't' });
  const read = async (data: object) => {
    const event: DomainEvent = { type: 'Ruled', data };
    const [stored] = await courts.encode([{ id: randomUUID(), event, metadata: storedMetadata() }]);
    const [found] = await courts.decode([recorded(stored!)]);
    return found!.data as { rule: object; earlier: object[]; free: object };
  };

  it('is one value in all events, where the schema says so', async () => {
    const data = { rule: rule(), earlier: [rule()], free: rule() };
    const [one, two] = [await read(data), await read(data)];
    expect(one).toEqual(data);
    expect(two.rule).toBe(one.rule);
    expect(two.earlier[0]).toBe(one.rule);
    expect(two.free).not.toBe(one.free);
  });

  it('is read however large it was stored', async () => {
    const data = { rule: { ...rule(), text: 'x'.repeat(300 * 1024) }, free: null };
    expect(await read(data)).toEqual(data);
  });
});

describe('the registry', () => {
  const define = (type: string, more: object) =>
    defineEvent(type, { schema: Type.Object({}, strict), sample: {}, ...more });

  it('refuses what could not be read later', () => {
    const registry = (...definitions: ReturnType<typeof define>[]) => new EventRegistry(definitions);
    expect(() => registry(define('A', {}), define('A', {}))).toThrow('Two event definitions are called A.');
    expect(() => registry(define('A', { version: 3, upcast: { 2: (data: object) => data } }))).toThrow(
      'A: no upcaster from version 1 to 2.',
    );
    expect(() => registry(define('A', { version: 1, upcast: { 1: (data: object) => data } }))).toThrow(
      'A: an upcaster from version 1, but 1 is the newest.',
    );
    expect(() => registry(define('A', { version: 0 }))).toThrow('integer from 1');
    const same = define('A', {});
    expect(registry(same, same).types()).toEqual(['Claimed', 'A']);
  });
});
