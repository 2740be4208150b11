import { Injectable } from '@nestjs/common';
import { NotFound } from '#libs/event-store/application/errors';
import { diffDefinitions } from '../../domain/definition/diff-definitions.js';
import { examine } from '../../domain/definition/normalise.js';
import { presentSteps } from '../../domain/definition/present.js';
import { WorkflowNotFound } from '../../domain/workflow.errors.js';
import { isKnown, type KnownWorkflow, type Version } from '../../domain/workflow.state.js';
import type { PublishedWorkflow } from '../workflow-catalogue.js';
import { DefinitionWarnings } from '../definition-warnings.js';
import { WorkflowStreams } from '../workflow-streams.js';
import {
  detailOf,
  summaryOf,
  versionOf,
  type DefinitionCheck,
  type VersionDiff,
  type WorkflowDetail,
  type WorkflowVersion,
  type WorkflowVersionSummary,
} from './workflow-views.js';

/** A view of one stream, with the revision it was folded at (its ETag). */
export interface AtRevision<View> {
  readonly view: View;
  readonly revision: bigint;
}

/** Strong reads of one workflow: folded from its stream, never from a projection. `NotFound` outside the workspace. */
@Injectable()
export class WorkflowQueries {
  constructor(
    private readonly workflows: WorkflowStreams,
    private readonly warnings: DefinitionWarnings,
  ) {}

  async detail(workspaceId: string, workflowId: string): Promise<AtRevision<WorkflowDetail>> {
    const { workflow, revision } = await this.find(workspaceId, workflowId);
    return { view: detailOf(workflow), revision };
  }

  /** Newest first. */
  async versions(workspaceId: string, workflowId: string): Promise<AtRevision<{ data: WorkflowVersionSummary[] }>> {
    const { workflow, revision } = await this.find(workspaceId, workflowId);
    return { view: { data: workflow.versions.map(summaryOf).toReversed() }, revision };
  }

  async version(workspaceId: string, workflowId: string, version: number): Promise<AtRevision<WorkflowVersion>> {
    const { workflow, revision } = await this.find(workspaceId, workflowId);
    return { view: versionOf(workflow, numbered(workflow, version)), revision };
  }

  async diff(workspaceId: string, workflowId: string, from: number, to: number): Promise<AtRevision<VersionDiff>> {
    const { workflow, revision } = await this.find(workspaceId, workflowId);
    const [before, after] = [numbered(workflow, from), numbered(workflow, to)];
    return { view: { from, to, fields: diffDefinitions(before.definition, after.definition) }, revision };
  }

  /**
   * A version, or the draft (`draft`), as a review would be pinned to it; the newest version unless told, the draft where
   * there is none.
   */
  async playable(
    workspaceId: string,
    workflowId: string,
    version?: unknown,
  ): Promise<Omit<PublishedWorkflow, 'revision'>> {
    const { workflow } = await this.find(workspaceId, workflowId);
    const { key, draft, versions } = workflow;
    const published =
      version === 'draft' ? undefined : version === undefined ? versions.at(-1) : numbered(workflow, version);
    const { definition, contentHash } = published ?? draft;
    const number = published?.version ?? (versions.at(-1)?.version ?? 0) + 1;
    return { workflowId, key, name: definition.name, version: number, contentHash, definition };
  }

  /** Nothing is saved; the faults are an answer here, not a refusal. */
  async check(workspaceId: string, plain: unknown): Promise<DefinitionCheck> {
    const { definition, faults } = examine(plain);
    if (!definition) return { valid: false, errors: faults, warnings: [], definition: null };
    const [documents, people] = await Promise.all([
      this.warnings.ofDocuments(workspaceId, definition),
      this.warnings.ofParties(workspaceId, definition),
    ]);
    const shown = { ...definition, steps: presentSteps(definition) };
    return { valid: true, errors: [], warnings: [...documents, ...people], definition: shown };
  }

  private async find(workspaceId: string, workflowId: string): Promise<{ workflow: KnownWorkflow; revision: bigint }> {
    const { state, revision } = await this.workflows.load(workflowId, { workspaceId });
    if (!isKnown(state)) throw new WorkflowNotFound('There is no such workflow.');
    return { workflow: state, revision };
  }
}

function numbered({ versions }: KnownWorkflow, version: unknown): Version {
  const found = versions.find((candidate) => candidate.version === version);
  if (!found) throw new NotFound('There is no such version of this workflow.');
  return found;
}
