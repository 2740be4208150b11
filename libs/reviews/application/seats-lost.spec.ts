import { seatsLost } from './seats-lost.js';

const event = (type: string, data: object) =>
  ({
    type,
    data,
    id: '11111111-0000-5000-8000-000000000001',
    streamId: 'user-ann',
    workspaceId: 'demo',
    position: '7',
  }) as never;
const react = (type: string, data: object) => seatsLost.react(event(type, { userId: 'ann', ...data }), {});

describe('Seats that are lost', () => {
  it('are looked for when somebody leaves, or loses a role', () => {
    expect(react('UserDeactivated', {}).outbox).toEqual([
      {
        id: expect.any(String),
        workspaceId: 'demo',
        target: 'reviews.seats-lost',
        orderingKey: 'user-ann',
        payload: { userId: 'ann', position: '7' },
      },
    ]);
    expect(react('RoleRevoked', { role: 'officer' }).outbox).toMatchObject([
      { payload: { userId: 'ann', role: 'officer', position: '7' } },
    ]);
  });

  it('are looked for when the time of a role is over', () => {
    const to = '2026-12-31T00:00:00.000Z';
    const [set] = react('RoleGranted', { role: 'manager', to }).timers ?? [];
    expect(set).toMatchObject({
      set: { target: 'reviews.seats-lost', dueAt: to, payload: { userId: 'ann', role: 'manager' } },
    });
    expect(react('RoleGranted', { role: 'manager', to: null }).timers ?? []).toEqual([]);
  });

  it('are looked for when each of several times is over', () => {
    const idOf = (to: string) => {
      const [timer] = react('RoleGranted', { role: 'manager', to }).timers ?? [];
      return (timer as { set: { timerId: string } }).set.timerId;
    };
    expect(idOf('2026-12-31T00:00:00.000Z')).not.toBe(idOf('2027-01-31T00:00:00.000Z'));
  });
});
