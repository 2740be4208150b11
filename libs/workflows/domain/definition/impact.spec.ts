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

  it('is nothing where only the order is another', () => {
    const [check, sign] = [step('check'), step('sign')];
    expect(stepsImpact(definition(check, sign), definition(sign, check))).toEqual({
      added: [],
      removed: [],
      changed: [],
    });
  });
});
