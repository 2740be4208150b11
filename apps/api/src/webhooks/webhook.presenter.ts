import { isKnown, type Webhook } from '#libs/notifications/domain/webhook.state';
import type { WebhookStateAnswer } from './webhook.dto.js';

/** The `state` of a webhook's receipt. */
export const webhookState = ({ status }: Webhook): WebhookStateAnswer => ({ status });

/** What stands beside the receipt of a change. */
export const changedWebhook = (webhook: Webhook) => ({
  body: isKnown(webhook) ? { webhookId: webhook.webhookId } : {},
});

/** What stands beside the receipt when there is a new secret. */
export const madeWebhook = (secret: string | undefined) => (webhook: Webhook) =>
  isKnown(webhook)
    ? {
        body: { webhookId: webhook.webhookId, secret: secret ?? null },
        location: `/api/v1/webhooks/${webhook.webhookId}`,
      }
    : { body: {} };
