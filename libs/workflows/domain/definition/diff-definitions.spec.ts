import { diffDefinitions } from './diff-definitions.js';
import { normalise } from './normalise.js';

const step = (key: string, more: object = {}) => ({
  key,
  assignees: [{ type: 'ROLE', id: 'officer', seats: 3 }],
  ...more,
});
const workflow = (...steps: object[]) => normalise({ key: 'loans', name: 'Loans', steps });

describe('The difference between two versions', () => {
  it('is empty when nothing changed', () =>
    expect(diffDefinitions(workflow(step('a')), workflow(step('a')))).toEqual([]));

  it('names the member of the step that changed', () =>
    expect(
      diffDefinitions(workflow(step('a', { requiredApprovals: 1 })), workflow(step('a', { requiredApprovals: 2 }))),
    ).toEqual([{ path: '/steps/a/rule/count', op: 'replace', before: 1, after: 2 }]));

  it('names steps that came and went by their keys', () =>
    expect(diffDefinitions(workflow(step('a'), step('b')), workflow(step('a'), step('c')))).toMatchObject([
      { path: '/steps/b', op: 'remove', before: { key: 'b' } },
      { path: '/steps/c', op: 'add', after: { key: 'c' } },
    ]));

  it('says that steps changed places, once', () =>
    expect(diffDefinitions(workflow(step('a'), step('b')), workflow(step('b'), step('a')))).toEqual([
      { path: '/steps', op: 'replace', before: ['a', 'b'], after: ['b', 'a'] },
    ]));

  it('names assignees by who they are', () =>
    expect(
      diffDefinitions(
        workflow(step('a')),
        workflow(
          step('a', {
            assignees: [
              { type: 'ROLE', id: 'officer', seats: 4 },
              { type: 'USER', id: 'usr_ann' },
            ],
          }),
        ),
      ),
    ).toEqual([
      { path: '/steps/a/assignees/ROLE:officer/seats', op: 'replace', before: 3, after: 4 },
      { path: '/steps/a/assignees/USER:usr_ann', op: 'add', after: { type: 'USER', id: 'usr_ann' } },
    ]));
});
