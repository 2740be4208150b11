import type { Command } from '#libs/kernel/domain/message';

type Nothing = Readonly<Record<never, never>>;

/** How many webhooks of the workspace are active beside this one. */
type Company = Readonly<{ active: number }>;

/** Where an address was sealed, and what of it may be seen. */
export type SealedAddress = Readonly<{ origin: string; addressId: string }>;

export type RegisterWebhook = Command<
  'RegisterWebhook',
  { webhookId: string; name: string; events: readonly string[] },
  SealedAddress & Company & { secretId: string }
>;

export type ChangeWebhook = Command<
  'ChangeWebhook',
  { webhookId: string; name?: string; events?: readonly string[] },
  { address?: SealedAddress }
>;

export type RotateWebhookSecret = Command<'RotateWebhookSecret', { webhookId: string }, { secretId: string }>;
export type DeactivateWebhook = Command<'DeactivateWebhook', { webhookId: string; reason?: string }, Nothing>;
export type ActivateWebhook = Command<'ActivateWebhook', { webhookId: string }, Company>;

/** `until`: where the log ends now. */
export type ReplayWebhook = Command<'ReplayWebhook', { webhookId: string; after: string }, { until: string }>;

export type WebhookCommand =
  RegisterWebhook | ChangeWebhook | RotateWebhookSecret | DeactivateWebhook | ActivateWebhook | ReplayWebhook;
