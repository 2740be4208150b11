import { randomUUID } from 'node:crypto';
import type { Client } from './client.js';

/** Creates and publishes a workflow of these steps; answers its id. */
export async function publishedWorkflow(admin: Client, steps: readonly object[], more: object = {}): Promise<string> {
  const key = `w-${randomUUID().slice(0, 8)}`;
  const { body } = await admin.must('/workflows', { key, name: `Workflow ${key}`, steps, ...more });
  await admin.must(`/workflows/${body.workflowId}/publish`, {});
  return body.workflowId as string;
}

/** Starts a review of a fresh subject; answers its id. */
export async function startedReview(
  submitter: Client,
  workflowId: string,
  content: object = { amountMinor: '4500000' },
) {
  const subject = { type: 'loan', id: `loan-${randomUUID()}`, title: 'A loan', content };
  const { body } = await submitter.must(`/workflows/${workflowId}/start`, { subject });
  return body.reviewId as string;
}

export const roleStep = (key: string, role: string, requiredApprovals: number, more: object = {}) => ({
  key,
  assignees: [{ type: 'ROLE', id: role }],
  requiredApprovals,
  ...more,
});
