import { randomUUID } from 'node:crypto';
import type { Client } from './client.js';
import type { Ledger } from './ledger.js';

/**
 * Starts reviews and has them decided by two managers, `loops` at a time, until told to stop or until the server is gone.
 * `clients`: the submitter first, then two managers.
 */
export function load(ledger: Ledger, clients: readonly Client[], workflowId: string, loops = 8): () => Promise<void> {
  let running = true;
  const loop = async () => {
    while (running) {
      const subject = { type: 'loan', id: `loan-${randomUUID()}`, content: { amountMinor: '4500000' } };
      const started = await ledger.send(clients, 0, `/workflows/${workflowId}/start`, { subject });
      if (started?.status !== 201) return; // the server is gone: this one waits for the end of the cycle
      const decide = `/reviews/${started.body.reviewId}/decide`;
      const approve = { verdict: 'approve', reviewedRevision: 1 };
      await Promise.all([ledger.send(clients, 1, decide, approve), ledger.send(clients, 2, decide, approve)]);
    }
  };
  const loopsRunning = Promise.all(Array.from({ length: loops }, loop));
  return async () => {
    running = false;
    await loopsRunning;
  };
}
