import { Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Clock } from '#libs/kernel/application/clock';
import { ChangeWebhookHandler } from './application/commands/change-webhook.handler.js';
import { RegisterWebhookHandler } from './application/commands/register-webhook.handler.js';
import { ReplayWebhookHandler } from './application/commands/replay-webhook.handler.js';
import { RotateWebhookSecretHandler } from './application/commands/rotate-webhook-secret.handler.js';
import { ActivateWebhookHandler, DeactivateWebhookHandler } from './application/commands/switch-webhook.handlers.js';
import { Deliveries } from './application/deliveries.js';
import { Outbound } from './application/outbound.js';
import { Receivers } from './application/receivers.js';
import { Replays } from './application/replays.js';
import { SealedAddresses } from './application/sealed-addresses.js';
import { Secrets } from './application/secrets.js';
import { Vault } from './application/vault.js';
import { WebhookQueries } from './application/webhook-queries.js';
import { WebhookReceivers } from './application/webhook-receivers.js';
import { WebhookStreams } from './application/webhook-streams.js';
import { ReplayTarget, WebhookTarget } from './application/webhook.targets.js';
import type { DeliveryOptions } from './infrastructure/delivery-options.js';
import { DeliveryWorker } from './infrastructure/delivery-worker.js';
import { HttpChannel } from './infrastructure/http-channel.js';
import { OutboundHttp } from './infrastructure/outbound/outbound-http.js';
import type { OutboundPolicy } from './infrastructure/outbound/outbound-policy.js';
import { PostgresDeliveries } from './infrastructure/postgres-deliveries.js';
import { PostgresReplays } from './infrastructure/postgres-replays.js';
import { PostgresVault } from './infrastructure/postgres-vault.js';
import { RandomSecrets } from './infrastructure/random-secrets.js';
import { WebhookList } from './infrastructure/read-models/webhook-list/webhook-list.query.js';

export interface NotificationOptions {
  readonly outbound: OutboundPolicy;
  readonly delivery: DeliveryOptions;
}

/** Stops sending before the database goes. */
class StopDeliveries implements OnApplicationShutdown {
  constructor(private readonly worker: DeliveryWorker) {}

  async onApplicationShutdown(): Promise<void> {
    await this.worker.stop();
  }
}

/**
 * What goes out of the house: webhooks, and messages to people. Needs EventStore, Codec, SubjectKeys, Database, Clock and
 * ReadModels from global modules. `DeliveryWorker` sends in the processes that start it.
 */
@Module({})
export class NotificationsModule {
  static register({ outbound, delivery }: NotificationOptions): DynamicModule {
    return {
      module: NotificationsModule,
      global: true,
      imports: [CqrsModule],
      providers: [
        { provide: Outbound, useFactory: () => new OutboundHttp(outbound) },
        { provide: Vault, useClass: PostgresVault },
        { provide: Secrets, useClass: RandomSecrets },
        PostgresDeliveries,
        { provide: Deliveries, useExisting: PostgresDeliveries },
        PostgresReplays,
        { provide: Replays, useExisting: PostgresReplays },
        SealedAddresses,
        WebhookStreams,
        WebhookReceivers,
        {
          provide: Receivers,
          useFactory: (webhooks: WebhookReceivers) => {
            const receivers = new Receivers();
            receivers.add(webhooks);
            return receivers;
          },
          inject: [WebhookReceivers],
        },
        {
          provide: DeliveryWorker,
          useFactory: (
            deliveries: PostgresDeliveries,
            replays: PostgresReplays,
            receivers: Receivers,
            http: Outbound,
            clock: Clock,
          ) => new DeliveryWorker(deliveries, replays, [new HttpChannel(receivers, http, clock)], delivery),
          inject: [PostgresDeliveries, PostgresReplays, Receivers, Outbound, Clock],
        },
        {
          provide: StopDeliveries,
          useFactory: (worker: DeliveryWorker) => new StopDeliveries(worker),
          inject: [DeliveryWorker],
        },
        WebhookTarget,
        ReplayTarget,
        WebhookQueries,
        WebhookList,
        RegisterWebhookHandler,
        ChangeWebhookHandler,
        RotateWebhookSecretHandler,
        DeactivateWebhookHandler,
        ActivateWebhookHandler,
        ReplayWebhookHandler,
      ],
      exports: [
        WebhookTarget,
        ReplayTarget,
        WebhookQueries,
        WebhookList,
        DeliveryWorker,
        Deliveries,
        Receivers,
        Vault,
        SealedAddresses,
      ],
    };
  }
}
