/** How hard and how long we try. */
export interface DeliveryOptions {
  /** Then a message is given up, until somebody asks for a retry. */
  readonly maxTries: number;
  /** Calls of this process at once, of all channels. */
  readonly concurrency: number;
  /** Of them, calls to one receiver. */
  readonly perTarget: number;
  /** Of them, those that one workspace takes while another has something due. */
  readonly perWorkspace: number;
  /** An attempt that was not heard of for so long went down with its process. More than any attempt can take. */
  readonly leaseMs: number;
  /** How long what is over stays in the list. */
  readonly retentionDays: number;
  /** The longest sleep: what another process queued is found by then. */
  readonly pollMs: number;
}

export const defaultDelivery: DeliveryOptions = {
  maxTries: 10,
  concurrency: 32,
  perTarget: 4,
  perWorkspace: 16,
  leaseMs: 30_000,
  retentionDays: 30,
  pollMs: 2000,
};
