import { Type } from 'typebox';
import { defineEvent, type EventsOf } from '#libs/kernel/domain/define-event';
import type { JsonObject } from '#libs/kernel/domain/json';
import { DefinitionSchema, type Definition } from '#libs/kernel/domain/workflow-definition';

/* What a workflow's stream may hold. Shapes are the storage format: add optional fields, or a version and an upcaster. */

const Id = Type.String();
const Instant = Type.String();
const Hash = Type.String({ pattern: '^[0-9a-f]{64}$' });
const Strict = <P extends Parameters<typeof Type.Object>[0]>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });

/** Normal form, with SHA-256 over its canonical JSON beside it. */
const StoredDefinition = Type.Unsafe<Definition>(DefinitionSchema);

/** Definitions of version 1 are definitions of version 2: what came is optional. */
const since2 = { version: 2, upcast: { 1: (data: JsonObject) => data } };

const at = '2026-11-22T09:00:00.000Z';
const definition: Definition = {
  key: 'loan-approval',
  name: 'Loan approval',
  steps: [
    {
      key: 'initial-review',
      name: 'Initial review',
      assignees: [{ type: 'ROLE', id: 'officer', seats: 1, minApprovals: 1 }],
      rule: { count: 1 },
      floor: 1,
      distinct: 'step',
      onReject: 'immediate',
      staleness: 'scoped',
      sla: { value: 8, unit: 'WALL_HOUR' },
      ladder: [{ id: 'escalation', at: 'start+24h', action: 'add', to: { role: 'manager' } }],
    },
    {
      key: 'committee',
      name: 'Committee',
      assignees: [{ type: 'ROLE', id: 'manager', seats: 3, group: 'credit', weight: 2, veto: true }],
      rule: {
        and: [
          { percent: '66.67', of: 'cast', participation: '50' },
          { weight: 4, group: 'credit' },
        ],
      },
      floor: 2,
      distinct: 'review',
      onReject: 'collect',
      staleness: 'scoped',
      sla: null,
      ladder: [],
      maxRounds: 3,
      onMaxRounds: 'escalate',
      electorate: 'frozen',
      when: { gt: ['amountMinor', '2000000'] },
      parallel: true,
      auto: true,
      claimLease: { value: 1, unit: 'BUSINESS_DAY' },
      calendar: 'head-office',
    },
  ],
  fourEyes: { submitter: true, editors: true, noUpward: true, conflicts: ['usr_cro'] },
  auto: { ruleset: 'loan-auto' },
  reopen: { mode: 'smart', max: 2 },
  calendar: 'head-office',
};
const contentHash = 'a'.repeat(64);

export const WorkflowDrafted = defineEvent('WorkflowDrafted', {
  ...since2,
  schema: Strict({ workflowId: Id, definition: StoredDefinition, contentHash: Hash, draftedBy: Id, at: Instant }),
  sample: { workflowId: '0192c7a0-0000-5000-8000-000000000001', definition, contentHash, draftedBy: 'usr_admin', at },
});

export const WorkflowDraftReplaced = defineEvent('WorkflowDraftReplaced', {
  ...since2,
  schema: Strict({ definition: StoredDefinition, contentHash: Hash, replacedBy: Id, at: Instant }),
  sample: { definition, contentHash, replacedBy: 'usr_admin', at },
});

/** The draft became version n; these bytes never change. */
export const WorkflowPublished = defineEvent('WorkflowPublished', {
  ...since2,
  schema: Strict({
    version: Type.Integer({ minimum: 1 }),
    definition: StoredDefinition,
    contentHash: Hash,
    effectiveFrom: Instant,
    publishedBy: Id,
  }),
  sample: { version: 1, definition, contentHash, effectiveFrom: at, publishedBy: 'usr_admin' },
});

/** No new starts; running reviews go on under the version they pinned. */
export const WorkflowRetired = defineEvent('WorkflowRetired', {
  schema: Strict({ retiredBy: Id, at: Instant }),
  sample: { retiredBy: 'usr_admin', at },
});

/** A creation that lost its claim on the key and never became a workflow (stores without multi-stream appends). */
export const DraftAbandoned = defineEvent('DraftAbandoned', {
  schema: Strict({ workflowId: Id, at: Instant }),
  sample: { workflowId: '0192c7a0-0000-5000-8000-000000000001', at },
});

export const workflowEvents = [
  WorkflowDrafted,
  WorkflowDraftReplaced,
  WorkflowPublished,
  WorkflowRetired,
  DraftAbandoned,
] as const;
export type WorkflowEvent = EventsOf<typeof workflowEvents>;
