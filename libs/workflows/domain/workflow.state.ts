import { unreachable } from '#libs/kernel/domain/unreachable';
import type { Definition } from '#libs/kernel/domain/workflow-definition';
import type { WorkflowEvent } from './workflow.events.js';

/** A published version: immutable. */
export type Version = Readonly<{
  version: number;
  definition: Definition;
  contentHash: string;
  effectiveFrom: string;
  publishedBy: string;
}>;

export type Draft = Readonly<{ definition: Definition; contentHash: string; changedBy: string; changedAt: string }>;

type Known = Readonly<{
  workflowId: string;
  key: string;
  /** What the next publish would publish; equal to the newest version when nothing was changed since. */
  draft: Draft;
  /** Oldest first, dense from version 1. */
  versions: readonly Version[];
  createdBy: string;
  createdAt: string;
}>;

export type Workflow =
  | Readonly<{ status: 'missing' }>
  | (Known & { readonly status: 'active' })
  | (Known & { readonly status: 'retired'; readonly retiredAt: string });

export type KnownWorkflow = Extract<Workflow, { draft: Draft }>;

export const noWorkflow: Workflow = { status: 'missing' };

export const isKnown = (workflow: Workflow): workflow is KnownWorkflow =>
  workflow.status === 'active' || workflow.status === 'retired';

/** True when the draft differs from the newest published version. */
export const hasDraft = ({ draft, versions }: KnownWorkflow): boolean =>
  versions.at(-1)?.contentHash !== draft.contentHash;

/** Facts only: nothing is checked here, because everything here has already happened. */
export function evolve(workflow: Workflow, event: WorkflowEvent): Workflow {
  switch (event.type) {
    case 'WorkflowDrafted': {
      const { workflowId, definition, contentHash, draftedBy, at } = event.data;
      return {
        status: 'active',
        workflowId,
        key: definition.key,
        draft: { definition, contentHash, changedBy: draftedBy, changedAt: at },
        versions: [],
        createdBy: draftedBy,
        createdAt: at,
      };
    }
    case 'WorkflowDraftReplaced': {
      if (!isKnown(workflow)) return workflow;
      const { definition, contentHash, replacedBy, at } = event.data;
      return { ...workflow, draft: { definition, contentHash, changedBy: replacedBy, changedAt: at } };
    }
    case 'WorkflowPublished':
      if (!isKnown(workflow)) return workflow;
      return { ...workflow, versions: [...workflow.versions, event.data] };
    case 'WorkflowRetired':
      if (!isKnown(workflow)) return workflow;
      return { ...workflow, status: 'retired', retiredAt: event.data.at };
    case 'DraftAbandoned':
      return noWorkflow;
    default:
      return unreachable(event);
  }
}
