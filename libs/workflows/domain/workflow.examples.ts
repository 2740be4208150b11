import type { CommandMetadata } from '#libs/kernel/domain/message';
import type { Definition } from '#libs/kernel/domain/workflow-definition';
import { normalise } from './definition/normalise.js';
import type { WorkflowCommand } from './workflow.commands.js';
import type { WorkflowEvent } from './workflow.events.js';

/* One fixed day in workspace `demo`: Ada draws the workflow of loans. */

export const at = (time: string) => `2026-11-22T${time}:00.000Z`;
export const LOANS = 'wf-loans';

export const metadata = (now: string, actor = 'usr_ada'): CommandMetadata => ({
  commandId: `cmd-${now}`,
  commandHash: 'h',
  actor: { id: actor, kind: 'user', roles: ['admin'] },
  workspaceId: 'demo',
  now,
  correlationId: 'cor',
  causationId: 'cau',
});

/** Loans as an officer approves them, or as many officers as asked. */
export const loans = (requiredApprovals = 1): Definition =>
  normalise({
    key: 'loan-approval',
    name: 'Loan approval',
    steps: [{ key: 'initial-review', assignees: [{ type: 'ROLE', id: 'officer' }], requiredApprovals, slaHours: 8 }],
  });

/** Stands for the hash of a definition where none is computed: equal for equal definitions. */
export const hashOf = (definition: Definition) => `hash of ${JSON.stringify(definition)}`;

const ask = <T extends WorkflowCommand['type']>(type: T, now: string, definition?: Definition) =>
  ({
    type,
    data: { workflowId: LOANS },
    facts: definition ? { definition, contentHash: hashOf(definition) } : { calendars: ['default', 'head-office'] },
    metadata: metadata(at(now)),
  }) as Extract<WorkflowCommand, { type: T }>;

export const create = (definition: Definition, now = '09:00') => ask('CreateWorkflow', now, definition);
export const replace = (definition: Definition, now = '10:00') => ask('ReplaceDraft', now, definition);
export const publish = (now = '11:00') => ask('PublishWorkflow', now);
export const retire = (now = '12:00') => ask('RetireWorkflow', now);

export const drafted = (definition: Definition, now = '09:00'): WorkflowEvent => ({
  type: 'WorkflowDrafted',
  data: { workflowId: LOANS, definition, contentHash: hashOf(definition), draftedBy: 'usr_ada', at: at(now) },
});
export const replaced = (definition: Definition, now = '10:00'): WorkflowEvent => ({
  type: 'WorkflowDraftReplaced',
  data: { definition, contentHash: hashOf(definition), replacedBy: 'usr_ada', at: at(now) },
});
export const published = (version: number, definition: Definition, now = '11:00'): WorkflowEvent => ({
  type: 'WorkflowPublished',
  data: {
    version,
    definition,
    contentHash: hashOf(definition),
    effectiveFrom: at(now),
    publishedBy: 'usr_ada',
  },
});
export const retired = (now = '12:00'): WorkflowEvent => ({
  type: 'WorkflowRetired',
  data: { retiredBy: 'usr_ada', at: at(now) },
});
