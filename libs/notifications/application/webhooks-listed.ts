/** How many webhooks a workspace has, from a read model. */
export abstract class WebhooksListed {
  /** Those that are sent messages, as known up to now. */
  abstract active(workspaceId: string): Promise<number>;
}
