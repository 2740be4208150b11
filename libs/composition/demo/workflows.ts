import { derivedId } from '#libs/kernel/domain/ids';
import { demoCommandId, userIdOf } from './cast.js';
import { showcaseWorkflows } from './showcase-workflows.js';

/** The demo's definitions as a client would send them: one in the plain form, one with ladders, and those that show the rest. */
export const demoWorkflows = [
  {
    key: 'loan-approval',
    name: 'Loan approval',
    steps: [
      {
        key: 'initial-review',
        name: 'Initial review',
        assignees: [{ type: 'ROLE', id: 'officer', minApprovals: 1 }],
        requiredApprovals: 1,
        slaHours: 24,
        escalation: { afterHours: 30, action: 'ADD', toType: 'ROLE', toId: 'manager' },
      },
      {
        key: 'committee',
        name: 'Credit committee',
        assignees: [{ type: 'ROLE', id: 'manager' }],
        requiredApprovals: 2,
        slaHours: 48,
        escalation: { afterHours: 120, action: 'EXPIRE' },
      },
    ],
  },
  {
    key: 'document-release',
    name: 'Document release',
    steps: [
      {
        key: 'legal',
        name: 'Legal check',
        assignees: [{ type: 'USER', id: userIdOf('manager3') }],
        requiredApprovals: 1,
        slaHours: 24,
        ladder: [
          { id: 'remind', at: '75%', action: 'remind' },
          { id: 'second-lawyer', at: '+8h', action: 'add', to: { role: 'admin' } },
          { id: 'give-up', at: '+72h', action: 'expire' },
        ],
      },
      {
        key: 'release',
        name: 'Release',
        assignees: [
          { type: 'ROLE', id: 'manager', minApprovals: 1 },
          { type: 'ROLE', id: 'officer', minApprovals: 1 },
        ],
        requiredApprovals: 2,
        slaHours: 72,
      },
    ],
  },
  ...showcaseWorkflows,
] as const;

export type WorkflowKey = (typeof demoWorkflows)[number]['key'];

export const creationOf = (key: string): string => demoCommandId('create-workflow', key);
export const workflowIdOf = (key: string): string => derivedId(creationOf(key), 'workflow', 0);
