import { DefinitionInvalid, type Fault } from '../workflow.errors.js';
import { examine, normalise } from './normalise.js';
import { presentSteps } from './present.js';

const officer = { type: 'ROLE', id: 'officer' };
const ann = { type: 'USER', id: 'usr_ann' };
const bob = { type: 'USER', id: 'usr_bob' };

const workflow = (...steps: object[]) => ({ key: 'loan-approval', name: 'Loan approval', steps });
const step = (more: object = {}) => ({ key: 'initial-review', assignees: [officer], ...more });
const only = (more: object = {}) => normalise(workflow(step(more))).steps[0]!;
const faultsOf = (plain: unknown): readonly Fault[] => examine(plain).faults;
const codes = (plain: unknown) => faultsOf(plain).map(({ pointer, code }) => `${pointer} ${code}`);
const stepCodes = (more: object) => codes(workflow(step(more))).map((line) => line.replace('/steps/0', ''));

describe('The plain form of a definition', () => {
  it('gets every default of the normal form', () =>
    expect(normalise(workflow(step()))).toEqual({
      key: 'loan-approval',
      name: 'Loan approval',
      steps: [
        {
          key: 'initial-review',
          name: 'Initial review',
          assignees: [{ type: 'ROLE', id: 'officer', seats: 1 }],
          rule: { count: 1 },
          floor: 1,
          distinct: 'step',
          onReject: 'immediate',
          staleness: 'scoped',
          sla: null,
          ladder: [],
        },
      ],
      fourEyes: { submitter: true, editors: true },
    }));

  it('needs the sum of minApprovals when it names no number', () =>
    expect(
      only({
        assignees: [
          { ...officer, minApprovals: 2 },
          { ...ann, minApprovals: 1 },
        ],
      }).rule,
    ).toEqual({ count: 3 }));

  it('gives a role as many seats as approvals may be needed from it', () => {
    expect(only({ requiredApprovals: 3 }).assignees).toEqual([{ ...officer, seats: 3 }]);
    expect(only({ requiredApprovals: 1, assignees: [{ ...officer, minApprovals: 2 }] }).assignees[0]!.seats).toBe(2);
    expect(only({ rule: { all: true }, assignees: [{ ...officer, minApprovals: 2 }] }).assignees[0]!.seats).toBe(2);
    expect(only({ rule: { all: true } }).assignees[0]!.seats).toBe(1);
  });

  it('turns slaHours into wall hours, zero included', () => {
    expect(only({ slaHours: 24 }).sla).toEqual({ value: 24, unit: 'WALL_HOUR' });
    expect(only({ slaHours: 0 }).sla).toEqual({ value: 0, unit: 'WALL_HOUR' });
  });

  it.each([
    [
      { afterHours: 48, toType: 'ROLE', toId: 'manager' },
      { action: 'add', to: { role: 'manager' } },
    ],
    [
      { afterHours: 48, action: 'ADD', toType: 'USER', toId: 'usr_cro' },
      { action: 'add', to: { user: 'usr_cro' } },
    ],
    [
      { afterHours: 48, action: 'REASSIGN', toType: 'USER', toId: 'u' },
      { action: 'transfer', to: { user: 'u' } },
    ],
    [{ afterHours: 48, action: 'EXPIRE' }, { action: 'expire' }],
    [
      { afterHours: 48, action: 'NOTIFY', notify: ['usr_ann', 'ROLE:manager'] },
      { action: 'notify', notify: ['usr_ann', 'ROLE:manager'] },
    ],
  ])('turns the escalation %j into one rung', (escalation, rung) =>
    expect(only({ escalation }).ladder).toEqual([{ id: 'escalation', at: 'start+48h', ...rung }]),
  );

  it('puts numbered steps in the order of their index, and names those without a key after it', () =>
    expect(
      normalise(workflow({ index: 2, assignees: [ann] }, { index: 1, key: 'first', assignees: [bob] })).steps.map(
        ({ key }) => key,
      ),
    ).toEqual(['first', 'step-2']));

  it('takes the key and the name of the draft it replaces', () =>
    expect(normalise({ steps: [step()] }, { key: 'loan-approval', name: 'Loan approval' })).toEqual(
      normalise(workflow(step())),
    ));
});

describe('The full form of a definition', () => {
  const ladder = [
    { id: 'r1', at: '75%', action: 'remind' },
    { id: 'r2', at: '87.5%', action: 'add', to: { manager: true } },
    { id: 'r2b', at: '0', action: 'add', to: { role: 'team-lead' } },
    { id: 'r3', at: '+16h', action: 'auto_reject' },
  ];
  const full = {
    name: 'Committee',
    assignees: [
      { ...officer, seats: 3, scope: ['/amountMinor'] },
      { ...ann, minApprovals: 1 },
    ],
    rule: { all: true },
    floor: 2,
    distinct: 'review',
    onReject: 'collect',
    staleness: 'any',
    sla: { value: 8, unit: 'WALL_HOUR' },
    ladder,
    maxRounds: 3,
  };

  it('is kept as it was written', () =>
    expect(normalise({ ...workflow(step(full)), fourEyes: { editors: false } })).toMatchObject({
      steps: [full],
      fourEyes: { submitter: true, editors: false },
    }));

  it.each([
    [
      'plain',
      step({ requiredApprovals: 2, slaHours: 8, escalation: { afterHours: 9, toType: 'ROLE', toId: 'manager' } }),
    ],
    ['full', step(full)],
  ])('is shown so that sending it back changes nothing (%s)', (_, written) => {
    const definition = normalise(workflow(written));
    expect(normalise({ ...workflow(), steps: presentSteps(definition) })).toEqual(definition);
  });

  it('is shown with the members of the plain form', () =>
    expect(
      presentSteps(
        normalise(
          workflow(step({ requiredApprovals: 2, slaHours: 8, escalation: { afterHours: 9, action: 'EXPIRE' } })),
        ),
      ),
    ).toMatchObject([
      {
        index: 0,
        requiredApprovals: 2,
        slaHours: 8,
        sla: { value: 8, unit: 'WALL_HOUR' },
        escalation: { afterHours: 9, action: 'EXPIRE', toType: null, toId: null, notify: [] },
      },
    ]));
});

describe('A definition that cannot be executed', () => {
  it('is refused with every fault at once, each with its pointer', () => {
    const act = () =>
      normalise({
        key: 'Loan Approval',
        colour: 'red',
        steps: [step({ requiredApprovals: 0, slaHours: 1.5 }), step({ assignees: [] })],
      });
    expect(act).toThrow(DefinitionInvalid);
    expect(
      codes({
        key: 'Loan Approval',
        colour: 'red',
        steps: [step({ requiredApprovals: 0, slaHours: 1.5 }), step({ assignees: [] })],
      }),
    ).toEqual([
      '/colour unknown-member',
      '/name required',
      '/key bad-format',
      '/steps/0/requiredApprovals out-of-range',
      '/steps/0/slaHours wrong-type',
      '/steps/1/assignees required',
      '/steps/1/key duplicate',
    ]);
  });

  it.each([[null], ['x'], [[]], [7], [undefined]])('is refused when it is no object: %j', (plain) =>
    expect(codes(plain)).toEqual([' wrong-type']),
  );

  it('says which member was meant', () =>
    expect(faultsOf(workflow(step({ requiredAprovals: 2 })))).toEqual([
      {
        pointer: '/steps/0/requiredAprovals',
        code: 'unknown-member',
        detail: '"requiredAprovals" is not known here. Did you mean requiredApprovals?',
      },
    ]));

  it('needs at least one step and at most 50', () => {
    expect(codes(workflow())).toEqual(['/steps required']);
    expect(codes({ key: 'a', name: 'A' })).toEqual(['/steps required']);
    expect(codes(workflow(...Array.from({ length: 51 }, (_, i) => step({ key: `s${i}` }))))).toEqual([
      '/steps too-many',
    ]);
  });

  it.each<[string, object, string[]]>([
    ['a bad step key', { key: 'Initial Review' }, ['/key bad-format']],
    ['no key', { key: undefined }, ['/key required']],
    [
      'more approvals than two users can give',
      { assignees: [ann, bob], requiredApprovals: 3 },
      ['/requiredApprovals unsatisfiable'],
    ],
    [
      'more approvals than seats',
      { assignees: [{ ...officer, seats: 2 }], rule: { count: 3 } },
      ['/rule/count unsatisfiable'],
    ],
    ['a floor nobody can reach', { assignees: [ann], floor: 2 }, ['/floor unsatisfiable']],
    ['a step without people', { floor: 0 }, ['/floor not-supported']],
    ['an unknown kind of assignee', { assignees: [{ type: 'TEAM', id: 'x' }] }, ['/assignees/0/type unknown-value']],
    ['an assignee without id', { assignees: [{ type: 'USER' }] }, ['/assignees/0/id required']],
    ['a role in capitals', { assignees: [{ type: 'ROLE', id: 'MANAGER' }] }, ['/assignees/0/id bad-format']],
    ['the same user twice', { assignees: [ann, ann] }, ['/assignees/1/id duplicate']],
    ['seats on a user', { assignees: [{ ...ann, seats: 2 }] }, ['/assignees/0/seats not-allowed']],
    [
      'two approvals from one user',
      { assignees: [{ ...ann, minApprovals: 2 }] },
      ['/assignees/0/minApprovals unsatisfiable', '/requiredApprovals unsatisfiable'],
    ],
    [
      'more approvals than a role has seats',
      { requiredApprovals: 1, assignees: [{ ...officer, seats: 1, minApprovals: 2 }] },
      ['/assignees/0/minApprovals unsatisfiable'],
    ],
    ['two numbers of approvals', { requiredApprovals: 1, rule: { any: true } }, ['/requiredApprovals contradiction']],
    ['two SLAs', { slaHours: 1, sla: { value: 2, unit: 'WALL_HOUR' } }, ['/slaHours contradiction']],
    ['a negative SLA', { slaHours: -1 }, ['/slaHours out-of-range']],
    ['an SLA of words', { slaHours: '8' }, ['/slaHours wrong-type']],
    ['an SLA without unit', { sla: { value: 2 } }, ['/sla/unit required']],
    [
      'an escalation and a ladder',
      { escalation: { afterHours: 1, action: 'EXPIRE' }, ladder: [{ id: 'r1', at: 'start+1h', action: 'expire' }] },
      ['/escalation contradiction'],
    ],
    ['an escalation to nobody', { escalation: { afterHours: 1 } }, ['/escalation/toType required']],
    [
      'an escalation to half a target',
      { escalation: { afterHours: 1, toType: 'ROLE' } },
      ['/escalation/toId required'],
    ],
    ['an unknown escalation', { escalation: { afterHours: 1, action: 'SHOUT' } }, ['/escalation/action unknown-value']],
    ['a notification to nobody', { escalation: { afterHours: 1, action: 'NOTIFY' } }, ['/escalation/notify required']],
    ['a ladder without an end', { slaHours: 8, ladder: [{ at: '0', action: 'remind' }] }, ['/ladder required']],
    [
      'a ladder that goes on after its end',
      {
        slaHours: 8,
        ladder: [
          { at: '0', action: 'expire' },
          { at: '+1h', action: 'none' },
        ],
      },
      ['/ladder/0/action not-allowed'],
    ],
    [
      'rungs out of order',
      {
        slaHours: 8,
        ladder: [
          { at: '0', action: 'remind' },
          { at: '50%', action: 'none' },
        ],
      },
      ['/ladder/1/at contradiction'],
    ],
    [
      'a rung before the step starts',
      { slaHours: 2, ladder: [{ at: '-3h', action: 'none' }] },
      ['/ladder/0/at unsatisfiable'],
    ],
    ['a rung on an SLA that is not there', { ladder: [{ at: '50%', action: 'none' }] }, ['/ladder/0/at unsatisfiable']],
    ['a bad time of a rung', { slaHours: 8, ladder: [{ at: 'later', action: 'none' }] }, ['/ladder/0/at bad-format']],
    [
      'two rungs of one name',
      {
        slaHours: 8,
        ladder: [
          { id: 'a', at: '0', action: 'remind' },
          { id: 'a', at: '0', action: 'none' },
        ],
      },
      ['/ladder/1/id duplicate'],
    ],
    [
      'an addition of nobody',
      {
        slaHours: 8,
        ladder: [
          { at: '0', action: 'add' },
          { at: '+1h', action: 'none' },
        ],
      },
      ['/ladder/0/to required'],
    ],
    [
      'an approval by the clock',
      { slaHours: 8, ladder: [{ at: '0', action: 'auto_approve' }] },
      ['/ladder/0/action not-allowed'],
    ],
    ['two indexes', { index: 1.5 }, ['/index wrong-type']],
    ['a member named __proto__', JSON.parse('{"__proto__": {"x": 1}}'), ['/__proto__ unknown-member']],
    ['a name with control characters', { name: 'a\u0000b' }, ['/name bad-format']],
  ])('is refused: %s', (_, more, faults) => expect(stepCodes(more)).toEqual(faults));

  it.each<[object, string]>([
    [{ when: { gt: ['amountMinor', '1'] } }, '/when'],
    [{ auto: { ruleset: 'x' } }, '/auto'],
    [{ type: 'PARALLEL' }, '/type'],
    [{ sla: { value: 8, unit: 'BUSINESS_HOUR' } }, '/sla/unit'],
    [{ rule: { percent: '66.67', of: 'seated' } }, '/rule/percent /rule/of'],
    [{ rule: { and: [{ any: true }] } }, '/rule/and'],
    [{ rule: { any: true, group: 'risk' } }, '/rule/group'],
    [{ assignees: [{ ...ann, group: 'risk' }] }, '/assignees/0/group'],
    [{ assignees: [{ ...ann, weight: 2 }] }, '/assignees/0/weight'],
    [{ assignees: [{ ...ann, veto: true }] }, '/assignees/0/veto'],
    [{ assignees: [{ ...ann, scope: ['passport'] }] }, '/assignees/0/scope/0'],
    [{ slaHours: 8, ladder: [{ at: '+8bh', action: 'none' }] }, '/ladder/0/at'],
    [
      {
        slaHours: 8,
        ladder: [
          { at: '0', action: 'priority' },
          { at: '+1h', action: 'none' },
        ],
      },
      '/ladder/0/action',
    ],
  ])('is refused where nothing would execute it: %j', (more, pointers) =>
    expect(stepCodes(more)).toEqual(pointers.split(' ').map((pointer) => `${pointer} not-supported`)),
  );

  it('is refused for automatic rules and reopening of the whole workflow', () =>
    expect(codes({ ...workflow(step()), auto: { ruleset: 'x' }, reopen: { max: 2 } })).toEqual([
      '/auto not-supported',
      '/reopen not-supported',
    ]));

  it('is refused when only some steps are numbered, or two alike', () => {
    expect(codes(workflow({ index: 0, assignees: [ann] }, step()))).toEqual(['/steps/1/index required']);
    expect(codes(workflow({ index: 0, key: 'a', assignees: [ann] }, { index: 0, key: 'b', assignees: [ann] }))).toEqual(
      ['/steps/1/index duplicate'],
    );
  });
});
