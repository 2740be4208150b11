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
const told = (type: string, data: object = {}) =>
  seatsGained.react(event(type, { userId: 'ann', ...data }), {}).outbox?.map(({ target, payload }) => ({
    target,
    payload,
  }));

describe('Seats that are gained', () => {
  it('are looked for when somebody is new, comes back, or gets a role', () => {
    const target = 'reviews.seats-gained';
    for (const type of ['UserRegistered', 'UserActivated'])
      expect(told(type)).toEqual([{ target, payload: { userId: 'ann', position: '7' } }]);
    expect(told('RoleGranted', { role: 'officer', to: null })).toEqual([
      { target, payload: { userId: 'ann', role: 'officer', position: '7' } },
    ]);
  });
});
