import { presentSteps, type PresentedStep } from '../../domain/definition/present.js';
import type { Difference } from '../../domain/definition/diff-definitions.js';
import type { Fault, Warning } from '../../domain/workflow.errors.js';
import { hasDraft, type KnownWorkflow, type Version } from '../../domain/workflow.state.js';
import type { Auto, Definition, FourEyes, Reopen } from '#libs/kernel/domain/workflow-definition';

/** `GET /workflows/{id}`: what stands in the draft; the published versions are under `/versions`. */
export interface WorkflowDetail {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  /** The newest published version, null before the first. */
  readonly version: number | null;
  /** The steps shown differ from the newest published version. */
  readonly draft: boolean;
  readonly retired: boolean;
  readonly steps: readonly PresentedStep[];
  readonly fourEyes: FourEyes;
  readonly auto?: Auto;
  readonly reopen?: Reopen;
  readonly calendar?: string;
  readonly contentHash: string;
  readonly createdBy: string;
  readonly createdAt: string;
  readonly changedBy: string;
  readonly changedAt: string;
}

export interface WorkflowVersionSummary {
  readonly version: number;
  readonly name: string;
  readonly contentHash: string;
  readonly effectiveFrom: string;
  readonly publishedBy: string;
}

/** `GET /workflows/{id}/versions/{n}` */
export interface WorkflowVersion extends WorkflowVersionSummary {
  readonly workflowId: string;
  readonly key: string;
  readonly steps: readonly PresentedStep[];
  readonly fourEyes: FourEyes;
  readonly auto?: Auto;
  readonly reopen?: Reopen;
  readonly calendar?: string;
}

/** `GET /workflows/{id}/diff?from=&to=` */
export interface VersionDiff {
  readonly from: number;
  readonly to: number;
  readonly fields: readonly Difference[];
}

/** `POST /workflows/validate`: what would be stored, or every fault. */
export interface DefinitionCheck {
  readonly valid: boolean;
  readonly errors: readonly Fault[];
  /** What it names and does not find: nothing that keeps it from being stored. */
  readonly warnings: readonly Warning[];
  readonly definition: (Omit<Definition, 'steps'> & { readonly steps: readonly PresentedStep[] }) | null;
}

export function detailOf(workflow: KnownWorkflow): WorkflowDetail {
  const { workflowId: id, key, draft, versions, status, createdBy, createdAt } = workflow;
  const { definition, contentHash, changedBy, changedAt } = draft;
  const { name } = definition;
  return {
    id,
    key,
    name,
    version: versions.at(-1)?.version ?? null,
    draft: hasDraft(workflow),
    retired: status === 'retired',
    steps: presentSteps(definition),
    ...policiesOf(definition),
    contentHash,
    createdBy,
    createdAt,
    changedBy,
    changedAt,
  };
}

export const summaryOf = ({ version, definition, contentHash, effectiveFrom, publishedBy }: Version) => ({
  version,
  name: definition.name,
  contentHash,
  effectiveFrom,
  publishedBy,
});

export const versionOf = ({ workflowId, key }: KnownWorkflow, version: Version): WorkflowVersion => ({
  workflowId,
  key,
  ...summaryOf(version),
  steps: presentSteps(version.definition),
  ...policiesOf(version.definition),
});

/** What holds for the whole workflow, as it was written. */
const policiesOf = ({ fourEyes, auto, reopen, calendar }: Definition) => ({
  fourEyes,
  ...(auto && { auto }),
  ...(reopen && { reopen }),
  ...(calendar !== undefined && { calendar }),
});
