import { closest } from './closest.js';

describe('closest', () => {
  const known = ['requiredApprovals', 'slaHours', 'assignees', 'key'];

  it.each([
    ['requiredAprovals', 'requiredApprovals'],
    ['SLAHours', 'slaHours'],
    ['asignees', 'assignees'],
    ['kye', 'key'],
  ])('takes %s for %s', (typed, meant) => expect(closest(typed, known)).toBe(meant));

  it('suggests nothing when nothing is near', () => expect(closest('colour', known)).toBeUndefined());
});
