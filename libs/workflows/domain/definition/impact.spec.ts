import { canonicalJson } from '#libs/kernel/domain/canonical-json';
import type { Definition } from '#libs/kernel/domain/workflow-definition';
import { diffDefinitions } from './diff-definitions.js';
import { stepsImpact } from './impact.js';
import { normalise } from './normalise.js';

const step = (key: string) => ({ key, assignees: [{ type: 'ROLE', id: 'officer' }] });
const definition = (...steps: readonly object[]) => normalise({ key: 'loans', name: 'Loans', steps });

describe('What a new version changes', () => {
  it('is told by the keys of its steps', () => {
    const before = definition(step('check'), step('sign'), step('pay'));
    const after = definition(step('pay'), { ...step('check'), requiredApprovals: 2 }, step('archive'));
    expect(stepsImpact(before, after)).toEqual({ added: ['archive'], removed: ['sign'], changed: ['check'] });
  });

  it('of the first version is that everything is new', () =>
    expect(stepsImpact(undefined, definition(step('check')))).toEqual({ added: ['check'], removed: [], changed: [] }));

  it('is nothing where the version before comes from the log, which sorts members', () => {
    const after = definition({
      ...step('check'),
      assignees: [{ type: 'ROLE', id: 'officer', seats: 3, group: 'risk', scope: ['/amountMinor'] }],
      rule: {
        and: [
          { percent: '50', of: 'cast', participation: '60' },
          { group: 'risk', any: true },
        ],
      },
      sla: { value: 2, unit: 'BUSINESS_DAY' },
      ladder: [
        { at: '50%', action: 'add', to: { role: 'manager' }, notify: ['ROLE:admin'] },
        { at: '+8bh', action: 'none' },
      ],
    });
    const before = JSON.parse(canonicalJson(after)) as Definition;
    expect(stepsImpact(before, after)).toEqual({ added: [], removed: [], changed: [] });
    expect(diffDefinitions(before, after)).toEqual([]);
  });

  it('is nothing where only the order is another', () => {
    const [check, sign] = [step('check'), step('sign')];
    expect(stepsImpact(definition(check, sign), definition(sign, check))).toEqual({
      added: [],
      removed: [],
      changed: [],
    });
  });
});
