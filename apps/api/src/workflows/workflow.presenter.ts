import type { Warning } from '#libs/workflows/domain/workflow.errors';
import { hasDraft, isKnown, type Workflow } from '#libs/workflows/domain/workflow.state';
import { stepsImpact } from '#libs/workflows/domain/definition/impact';
import type { WorkflowStateAnswer } from '../http/answers.dto.js';

/** The `state` of a workflow's receipt. */
export const workflowState = (workflow: Workflow): WorkflowStateAnswer =>
  isKnown(workflow)
    ? { status: workflow.status, version: versionOf(workflow), draft: hasDraft(workflow) }
    : { status: workflow.status, version: null, draft: false };

/** What stands beside the receipt. */
export const named = (workflow: Workflow) =>
  isKnown(workflow)
    ? {
        body: { workflowId: workflow.workflowId, version: versionOf(workflow) },
        location: `/api/v1/workflows/${workflow.workflowId}`,
      }
    : { body: {} };

/** What a publish means for the reviews that run: they go on as they began. */
export const published =
  (running: readonly { version: number; reviews: number }[] | null, warnings: readonly Warning[]) =>
  (workflow: Workflow) => {
    const [before, after] = isKnown(workflow) ? [workflow.versions.at(-2), workflow.versions.at(-1)] : [];
    const impact = after && { running, steps: stepsImpact(before?.definition, after.definition), warnings };
    return { body: { ...named(workflow).body, ...(impact && { impact }) } };
  };

/** A change of what is there makes nothing new. */
export const renamed = (workflow: Workflow) => ({ body: named(workflow).body });

const versionOf = (workflow: Workflow): number | null =>
  isKnown(workflow) ? (workflow.versions.at(-1)?.version ?? null) : null;
