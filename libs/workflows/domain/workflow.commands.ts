import type { Command } from '#libs/kernel/domain/message';
import type { Definition } from '#libs/kernel/domain/workflow-definition';
import type { Published } from './definition/unpublished.js';

/** The normal form of what was asked, and its content hash. */
type Drawn = { readonly definition: Definition; readonly contentHash: string };
type Nothing = Record<never, never>;

export type CreateWorkflow = Command<'CreateWorkflow', { workflowId: string }, Drawn>;
export type ReplaceDraft = Command<'ReplaceDraft', { workflowId: string }, Drawn>;
export type PublishWorkflow = Command<'PublishWorkflow', { workflowId: string }, Published>;
export type RetireWorkflow = Command<'RetireWorkflow', { workflowId: string }, Nothing>;

export type WorkflowCommand = CreateWorkflow | ReplaceDraft | PublishWorkflow | RetireWorkflow;
