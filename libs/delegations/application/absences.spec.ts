import { derivedId } from '#libs/kernel/domain/ids';
import { absences, delegationOf, type AbsenceTold } from './absences.js';

const event = (type: string, data: object) =>
  ({ type, data, id: derivedId('event', type), streamId: 'user-ann', workspaceId: 'demo' }) as never;
const outbox = (type: string, data: object) =>
  absences.react(event(type, { userId: 'ann', absenceId: 'a1', ...data }), {}).outbox ?? [];

describe('Absences', () => {
  const times = { from: '2026-12-01T00:00:00.000Z', until: '2026-12-15T00:00:00.000Z' };

  it('with a substitute are delegated for their time', () =>
    expect(outbox('AbsenceEntered', { ...times, substituteId: 'bob' })).toEqual([
      {
        id: derivedId('absence', 'a1', 'cover'),
        workspaceId: 'demo',
        target: 'delegations.absences',
        orderingKey: 'user-ann',
        payload: { userId: 'ann', absenceId: 'a1', cover: { substituteId: 'bob', ...times } } satisfies AbsenceTold,
      },
    ]));

  it('without one are nobody else’s business', () => expect(outbox('AbsenceEntered', times)).toEqual([]));

  it('that end take their delegation with them', () => {
    expect(outbox('AbsenceEnded', {})).toMatchObject([{ payload: { userId: 'ann', absenceId: 'a1' } }]);
    expect(delegationOf('a1')).toBe(derivedId(derivedId('absence', 'a1', 'cover'), 'delegation', 0));
  });
});
