import type { Page } from '#libs/kernel/application/page';

/** One line of `GET /workflows`. */
export interface WorkflowListItem {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly version: number | null;
  readonly draft: boolean;
  readonly retired: boolean;
  /** Reviews that are not over yet. */
  readonly running: number;
}

export interface WorkflowListRequest {
  readonly workspaceId: string;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** The workflows of a workspace, by key; from a read model. */
export abstract class WorkflowList {
  /** Throws `InvalidCursor`. */
  abstract list(request: WorkflowListRequest): Promise<Page<WorkflowListItem>>;
}
