import { seatsGained } from './seats-gained.js';

const event = (type: string, data: object) =>
  ({
    type,
    data,
    id: '11111111-0000-5000-8000-000000000001',
    streamId: 'user-ann',
    workspaceId: 'demo',
    position: '7',
  }) as never;
const now = '2026-11-22T10:00:00.000Z';
const react = (type: string, data: object) => seatsGained.react(event(type, { userId: 'ann', ...data }), {});
const told = (type: string, data: object = {}) =>
  react(type, data).outbox?.map(({ target, payload }) => ({ target, payload }));

describe('Seats that are gained', () => {
  it('are looked for when somebody is new, comes back, or gets a role', () => {
    const target = 'reviews.seats-gained';
    for (const type of ['UserRegistered', 'UserActivated'])
      expect(told(type)).toEqual([{ target, payload: { userId: 'ann', position: '7' } }]);
    expect(told('RoleGranted', { role: 'officer', from: now, at: now })).toEqual([
      { target, payload: { userId: 'ann', role: 'officer', position: '7' } },
    ]);
  });

  it('are looked for when a role granted for later begins, and not before', () => {
    const grant = (from: string) => react('RoleGranted', { role: 'officer', from, at: now, to: null });
    const from = '2026-12-01T00:00:00.000Z';
    expect(grant(from).outbox ?? []).toEqual([]);
    expect(grant(from).timers).toEqual([
      {
        set: {
          timerId: expect.any(String),
          workspaceId: 'demo',
          streamId: 'user-ann',
          target: 'reviews.seats-gained',
          dueAt: from,
          payload: { userId: 'ann', role: 'officer', position: '7' },
        },
      },
    ]);
    const idOf = (instant: string) => {
      const [timer] = grant(instant).timers ?? [];
      return (timer as { set: { timerId: string } }).set.timerId;
    };
    expect(idOf(from)).not.toBe(idOf('2027-01-01T00:00:00.000Z'));
  });
});
