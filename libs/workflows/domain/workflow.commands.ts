import type { Command } from '#libs/kernel/domain/message';
import type { Definition } from '#libs/kernel/domain/workflow-definition';

/** The normal form of what was asked, and its content hash. */
type Drawn = { readonly definition: Definition; readonly contentHash: string };
type Nothing = Record<never, never>;

export type CreateWorkflow = Command<'CreateWorkflow', { workflowId: string }, Drawn>;
export type ReplaceDraft = Command<'ReplaceDraft', { workflowId: string }, Drawn>;
/** `rulesets`, `calendars`: keys, of those that the draft names, under which one is published. */
export type PublishWorkflow = Command<
  'PublishWorkflow',
  { workflowId: string },
  { readonly rulesets?: readonly string[]; readonly calendars?: readonly string[] }
>;
export type RetireWorkflow = Command<'RetireWorkflow', { workflowId: string }, Nothing>;

export type WorkflowCommand = CreateWorkflow | ReplaceDraft | PublishWorkflow | RetireWorkflow;
