import type { Definition } from '#libs/kernel/domain/workflow-definition';

/** The newest published version of a workflow, as a review pins and freezes it. */
export interface PublishedWorkflow {
  readonly workflowId: string;
  readonly key: string;
  readonly name: string;
  readonly version: number;
  /** SHA-256 (hex) of the canonical JSON of `definition`. */
  readonly contentHash: string;
  readonly definition: Definition;
  /** Where the workflow's stream stands, newer drafts included: what `If-Match` is compared with. */
  readonly revision: bigint;
}

/** Which workflow a review may start under; asked by other rooms. */
export abstract class WorkflowCatalogue {
  /**
   * By id or by key; a strong read of the log. Throws `WorkflowNotFound` (404) when there is none in this workspace,
   * `WorkflowStateRefused` (409 invalid-state) when it was never published or is retired.
   */
  abstract published(workspaceId: string, idOrKey: string): Promise<PublishedWorkflow>;
  /** Whether a workflow has this key, in whatever state it is. */
  abstract has(workspaceId: string, key: string): Promise<boolean>;
}
