import { jest } from '@jest/globals';
import { CelCondition } from '#libs/kernel/domain/cel';
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

describe('The rule of a step', () => {
  const group = (name: string, seats: number, weight = 1) => ({ ...officer, seats, group: name, weight });

  it.each([
    [{ any: true }],
    [{ all: true, group: 'risk' }],
    [{ count: 2 }],
    [{ percent: '66.67', of: 'seated' }],
    [{ percent: '50', of: 'cast', participation: '33.3333' }],
    [{ percent: '100', of: 'seated', group: 'risk' }],
    [{ weight: 5 }],
    [{ and: [{ weight: 2, group: 'risk' }, { or: [{ any: true }, { count: 3, group: 'credit' }] }] }],
    [{ and: [{ and: [{ and: [{ and: [{ any: true }] }] }] }] }],
  ])('is kept as it was written: %j', (rule) =>
    expect(only({ rule, assignees: [group('credit', 3), group('risk', 2)] }).rule).toEqual(rule),
  );

  it('ends at the first no where heads are counted, and collects them where shares or weights are', () => {
    const onReject = (rule: object) => only({ rule, assignees: [group('credit', 3, 2)] }).onReject;
    expect([{ any: true }, { all: true }, { count: 2 }, { and: [{ any: true }] }].map(onReject)).toEqual(
      Array.from({ length: 4 }, () => 'immediate'),
    );
    expect(
      [{ percent: '50', of: 'seated' }, { weight: 2 }, { or: [{ any: true }, { weight: 6 }] }].map(onReject),
    ).toEqual(['collect', 'collect', 'collect']);
  });

  it.each<[object, string[]]>([
    [{}, ['/rule required']],
    [[{ any: true }], ['/rule wrong-type']],
    [{ any: true, all: true }, ['/rule contradiction']],
    [{ any: false }, ['/rule/any wrong-type']],
    [{ any: true, of: 'seated' }, ['/rule/of not-allowed']],
    [{ count: 4, group: 'credit' }, ['/rule/count unsatisfiable']],
    [{ weight: 6 }, ['/rule/weight unsatisfiable']],
    [{ any: true, group: 'finance' }, ['/rule/group unsatisfiable']],
    [{ percent: 50, of: 'cast' }, ['/rule/percent wrong-type']],
    [{ percent: '0', of: 'cast' }, ['/rule/percent out-of-range']],
    [{ percent: '100.01', of: 'cast' }, ['/rule/percent out-of-range']],
    [{ percent: '1e2', of: 'cast' }, ['/rule/percent bad-format']],
    [{ percent: '50' }, ['/rule/of required']],
    [{ percent: '50', of: 'everybody' }, ['/rule/of unknown-value']],
    [{ percent: '50', of: 'seated', participation: '50' }, ['/rule/participation not-allowed']],
    [{ and: [] }, ['/rule/and required']],
    [{ and: { any: true } }, ['/rule/and wrong-type']],
    [{ or: [{ any: true }], group: 'credit' }, ['/rule/group not-allowed']],
    [{ and: [{ weight: 9 }, { or: [{ any: 1 }] }] }, ['/rule/and/1/or/0/any wrong-type']],
    [{ and: [{ weight: 9 }, { count: 9 }] }, ['/rule/and/0/weight unsatisfiable', '/rule/and/1/count unsatisfiable']],
    [{ or: [{ or: [{ or: [{ or: [{ or: [{ any: true }] }] }] }] }] }, ['/rule/or/0/or/0/or/0/or/0/or out-of-range']],
  ])('is refused: %j', (rule, faults) =>
    expect(stepCodes({ rule, assignees: [group('credit', 3), group('risk', 2)] })).toEqual(faults),
  );

  it('has a limit to its parts together', () => {
    const ors = (more: number) =>
      Array.from({ length: 10 }, (_, i) => ({ or: Array(i === 0 ? 8 + more : 9).fill({ any: true }) }));
    const rule = (more: number) => ({ and: ors(more) });
    expect(only({ rule: rule(0), assignees: [group('credit', 3)] }).rule).toEqual(rule(0));
    expect(stepCodes({ rule: rule(1), assignees: [group('credit', 3)] })).toEqual(['/rule too-many']);
  });
});

describe('What a step may ask besides people', () => {
  const auto = { ruleset: 'loan-auto' };
  const when = { gt: ['amountMinor', '2000000'] };
  const whole = {
    key: 'committee',
    assignees: [ann, { ...officer, seats: 1, group: 'credit', weight: 2, veto: true }],
    when,
    parallel: true,
    auto: true,
    maxRounds: 2,
    onMaxRounds: 'escalate',
    electorate: 'live',
    claimLease: { value: 4, unit: 'WALL_HOUR' },
    calendar: 'head-office',
    slaHours: 8,
    ladder: [{ id: 'r1', at: '0', action: 'auto_approve' }],
  };
  const definition = {
    ...workflow(step(), whole),
    fourEyes: { noUpward: true, conflicts: ['usr_cro'] },
    auto,
    reopen: { mode: 'restart', max: 2 },
    calendar: 'branch',
  };

  it('is kept as it was written, and shown so that sending it back changes nothing', () => {
    const { slaHours: _, ...written } = whole;
    const normal = normalise(definition);
    expect(normal).toMatchObject({
      steps: [{ key: 'initial-review' }, { ...written, floor: 0 }],
      fourEyes: { submitter: true, editors: true, noUpward: true, conflicts: ['usr_cro'] },
      auto,
      reopen: { mode: 'restart', max: 2 },
      calendar: 'branch',
    });
    expect(normalise({ ...normal, steps: presentSteps(normal) })).toEqual(normal);
  });

  it('reads PARALLEL of the plain form as starting with the step before it', () => {
    const type = 'PARALLEL';
    const { steps } = normalise(workflow(step({ type }), step({ key: 'second', type })));
    expect(steps.map(({ parallel }) => parallel)).toEqual([undefined, true]);
  });

  it('reopens smartly unless told otherwise', () =>
    expect(normalise({ ...workflow(step()), reopen: { max: 1 } }).reopen).toEqual({ mode: 'smart', max: 1 }));

  it.each<[string, object, string[]]>([
    ['parallel on the first step', { steps: [step({ parallel: true })] }, ['/steps/0/parallel not-allowed']],
    ['rules that are not named', { steps: [step({ auto: true })] }, ['/steps/0/auto required']],
    ['rules without a key', { auto: {} }, ['/auto/ruleset required']],
    ['rules of a bad key', { auto: { ruleset: 'Loan Auto' } }, ['/auto/ruleset bad-format']],
    ['reopening for ever', { reopen: { mode: 'smart' } }, ['/reopen/max required']],
    ['reopening somehow', { reopen: { mode: 'later', max: 1 } }, ['/reopen/mode unknown-value']],
    ['half a condition', { steps: [step({ when: { gt: ['amountMinor'] } })] }, ['/steps/0/when/gt wrong-type']],
    [
      'a condition on CEL that is none',
      { steps: [step({ when: { cel: 'amountMinor >' } })] },
      ['/steps/0/when/cel bad-format'],
    ],
    ['rounds that never end', { steps: [step({ onMaxRounds: 'reject' })] }, ['/steps/0/onMaxRounds contradiction']],
    ['a lease of words', { steps: [step({ claimLease: '1 day' })] }, ['/steps/0/claimLease wrong-type']],
    ['a calendar in capitals', { calendar: 'HQ' }, ['/calendar bad-format']],
    ['one person in conflict twice', { fourEyes: { conflicts: ['u', 'u'] } }, ['/fourEyes/conflicts/1 duplicate']],
    ['a conflict with nobody', { fourEyes: { conflicts: [7] } }, ['/fourEyes/conflicts/0 wrong-type']],
  ])('is refused: %s', (_, more, faults) => expect(codes({ ...workflow(step()), ...more })).toEqual(faults));
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

  it('has a limit to the conditions of all steps together, beyond which no expression is looked into', () => {
    const compiled = jest.spyOn(CelCondition, 'compile');
    const steps = Array.from({ length: 50 }, (_, i) =>
      step({ key: `s${i}`, when: { or: Array.from({ length: 40 }, (__, j) => ({ cel: `a != ${i}${j}` })) } }),
    );
    expect(codes(workflow(...steps))).toEqual(['/steps too-many']);
    expect(compiled).toHaveBeenCalledTimes(1000);
    compiled.mockRestore();
    expect(codes(workflow(...steps.slice(0, 24)))).toEqual([]);
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
    ['a step without people', { floor: 0 }, ['/floor not-allowed']],
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

  it.each<[object, string]>([[{ assignees: [{ ...ann, scope: ['passport'] }] }, '/assignees/0/scope/0']])(
    'is refused where nothing would execute it: %j',
    (more, pointers) =>
      expect(stepCodes(more)).toEqual(pointers.split(' ').map((pointer) => `${pointer} not-supported`)),
  );

  describe('has its rungs in the order in which they fire, as far as that can be told without a calendar', () => {
    const at = (...places: string[]) => [
      ...places.map((place) => ({ at: place, action: 'remind' })),
      { at: '+999h', action: 'none' },
    ];
    const hours = { value: 16, unit: 'BUSINESS_HOUR' };
    const days = { value: 2, unit: 'BUSINESS_DAY' };

    it.each<[object, string[]]>([
      [hours, ['25%', '-4bh', '0', '+8bh']],
      [hours, ['-4bh', '-1h', '0', '+1h', '+8bh', '+1bd']],
      [hours, ['start+48h', '50%']],
      [days, ['50%', '-4bh', '-2h', '0', '+1bd']],
      [{ value: 8, unit: 'WALL_HOUR' }, ['-1bd', 'start+4h', '50%', '0', '+8bh', '+1h']],
    ])('%j: %j', (sla, places) => expect(stepCodes({ sla, ladder: at(...places) })).toEqual([]));

    it.each<[object, string[], string]>([
      [hours, ['-4bh', '25%'], 'contradiction'],
      [hours, ['0', '-1h'], 'contradiction'],
      [hours, ['+1h', '0'], 'contradiction'],
      [days, ['+1bd', '0'], 'contradiction'],
      [days, ['0', '-1bh'], 'contradiction'],
      [hours, ['0', '-17bh'], 'unsatisfiable'],
    ])('%j: not %j', (sla, places, code) =>
      expect(stepCodes({ sla, ladder: at(...places) })).toContain(`/ladder/1/at ${code}`),
    );

    it('knows no business time after the start', () =>
      expect(stepCodes({ sla: hours, ladder: at('start+8bh') })).toEqual(['/ladder/0/at bad-format']));

    it('may raise the priority, of nobody in particular', () => {
      const rung = { id: 'r1', at: '0', action: 'priority' };
      const ladder = [rung, { id: 'r2', at: '+8bh', action: 'none' }];
      expect(only({ sla: hours, ladder }).ladder).toEqual(ladder);
      expect(stepCodes({ sla: hours, ladder: [{ ...rung, to: { role: 'manager' } }, ladder[1]] })).toEqual([
        '/ladder/0/to not-allowed',
      ]);
    });
  });

  it('is refused when only some steps are numbered, or two alike', () => {
    expect(codes(workflow({ index: 0, assignees: [ann] }, step()))).toEqual(['/steps/1/index required']);
    expect(codes(workflow({ index: 0, key: 'a', assignees: [ann] }, { index: 0, key: 'b', assignees: [ann] }))).toEqual(
      ['/steps/1/index duplicate'],
    );
  });
});
