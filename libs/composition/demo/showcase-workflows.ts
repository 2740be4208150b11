import { userIdOf } from './cast.js';

/** Office hours with holidays; `outing` is a day of the demo's own thirty, so that one of them is always closed. */
export const officeCalendar = (outing: string) => {
  const open = [{ from: '09:00', to: '17:00' }];
  return {
    key: 'office',
    name: 'Office hours in Frankfurt',
    timezone: 'Europe/Berlin',
    week: { monday: open, tuesday: open, wednesday: open, thursday: open, friday: [{ from: '09:00', to: '15:00' }] },
    holidays: [
      { name: 'New Year', date: '01-01' },
      { name: 'Good Friday', easter: -2 },
      { name: 'Easter Monday', easter: 1 },
      { name: 'Labour Day', date: '05-01', observed: 'next' },
      { name: 'Christmas Eve', date: '12-24', hours: [{ from: '09:00', to: '12:00' }] },
      { name: 'Christmas Day', date: '12-25' },
    ],
    days: [{ date: outing, name: 'Staff outing' }],
  };
};

/** Lets small things pass, turns away what is not allowed, leaves the rest to people; a new rule is on trial. */
export const smallLoanRules = {
  key: 'small-loans',
  name: 'Small loans without people',
  rules: [
    {
      name: 'sanctioned',
      when: [{ path: 'country', op: 'in', value: ['XX', 'YY'] }],
      outcome: 'reject',
      reason: 'We do no business there.',
    },
    {
      name: 'small and known',
      when: [
        { path: 'amountMinor', op: 'lte', value: '500000' },
        { path: 'customerSince', op: 'exists' },
      ],
      outcome: 'approve',
    },
    { name: 'tiny', when: { lt: ['amountMinor', '100000'] }, outcome: 'approve', mode: 'shadow' },
  ],
} as const;

/** Definitions that show what the full form can say. */
export const showcaseWorkflows = [
  {
    // Weights, groups and a veto; then a share of everybody asked.
    key: 'credit-line',
    name: 'Credit line',
    steps: [
      {
        key: 'committee',
        name: 'Committee with risk',
        assignees: [
          { type: 'ROLE', id: 'manager', seats: 3, minApprovals: 1, group: 'credit' },
          { type: 'USER', id: userIdOf('officer2'), group: 'risk', weight: 2, veto: true },
        ],
        rule: {
          and: [{ or: [{ weight: 3 }, { all: true, group: 'credit' }] }, { any: true, group: 'risk' }],
        },
        floor: 2,
        onReject: 'collect',
      },
      {
        key: 'vote',
        name: 'Vote of the managers',
        assignees: [{ type: 'ROLE', id: 'manager', seats: 3 }],
        rule: { percent: '60', of: 'seated' },
      },
    ],
    reopen: { mode: 'smart', max: 1 },
  },
  {
    // Two steps side by side, two that depend on the content; open hours, and a ladder with many rungs.
    key: 'mortgage',
    name: 'Mortgage',
    calendar: 'office',
    steps: [
      {
        key: 'papers',
        name: 'Papers',
        assignees: [{ type: 'ROLE', id: 'officer' }],
        sla: { value: 8, unit: 'BUSINESS_HOUR' },
        claimLease: { value: 1, unit: 'BUSINESS_DAY' },
        ladder: [
          { id: 'half', at: '50%', action: 'remind' },
          { id: 'due', at: '0', action: 'priority' },
          { id: 'end', at: '+1bd', action: 'none' },
        ],
      },
      {
        key: 'valuation',
        name: 'Valuation',
        parallel: true,
        when: { in: ['purpose', ['house', 'flat']] },
        assignees: [{ type: 'USER', id: userIdOf('manager3') }],
        sla: { value: 24, unit: 'WALL_HOUR' },
        ladder: [
          { id: 'half', at: '50%', action: 'remind' },
          { id: 'tell', at: '-4h', action: 'notify', notify: ['ROLE:manager'] },
          { id: 'due', at: '0', action: 'priority' },
          { id: 'help', at: '+6h', action: 'add', to: { role: 'admin' } },
          { id: 'hand-over', at: '+12h', action: 'transfer', to: { user: userIdOf('manager2') } },
          { id: 'end', at: '+240h', action: 'none' },
        ],
      },
      {
        key: 'board',
        name: 'Board',
        when: { gte: ['amountMinor', '20000000'] },
        assignees: [{ type: 'ROLE', id: 'manager', seats: 2 }],
        rule: { all: true },
        sla: { value: 2, unit: 'BUSINESS_DAY' },
      },
    ],
  },
  {
    key: 'small-loan',
    name: 'Small loan',
    steps: [
      {
        key: 'check',
        name: 'Check',
        assignees: [{ type: 'ROLE', id: 'officer' }],
        auto: true,
        floor: 0,
        sla: { value: 24, unit: 'WALL_HOUR' },
      },
    ],
    auto: { ruleset: smallLoanRules.key },
  },
  {
    key: 'customer-letter',
    name: 'Letter to a customer',
    steps: [
      { key: 'read', name: 'Read', assignees: [{ type: 'ROLE', id: 'officer' }] },
      { key: 'sign', name: 'Sign', assignees: [{ type: 'ROLE', id: 'manager' }] },
    ],
  },
] as const;
