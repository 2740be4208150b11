import { Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Clock } from '#libs/kernel/application/clock';
import { ChangeWebhookHandler } from './application/commands/change-webhook.handler.js';
import { RegisterWebhookHandler } from './application/commands/register-webhook.handler.js';
import { ReplayWebhookHandler } from './application/commands/replay-webhook.handler.js';
import { RotateWebhookSecretHandler } from './application/commands/rotate-webhook-secret.handler.js';
import { ActivateWebhookHandler, DeactivateWebhookHandler } from './application/commands/switch-webhook.handlers.js';
import { SetPreferencesHandler } from './application/commands/set-preferences.handler.js';
import { KnownPreferences } from './application/known-preferences.js';
import { NoticeTarget, PeopleChannels } from './application/notice.target.js';
import { PreferencesQueries } from './application/preferences-queries.js';
import { PreferencesStreams } from './application/preferences-streams.js';
import { Deliveries } from './application/deliveries.js';
import { Outbound } from './application/outbound.js';
import { Receivers } from './application/receivers.js';
import { Replays } from './application/replays.js';
import { SealedAddresses } from './application/sealed-addresses.js';
import { Secrets } from './application/secrets.js';
import { Vault } from './application/vault.js';
import { WebhookQueries } from './application/webhook-queries.js';
import { WebhooksListed } from './application/webhooks-listed.js';
import { WebhookReceivers } from './application/webhook-receivers.js';
import { WebhookStreams } from './application/webhook-streams.js';
import { ReplayTarget, WebhookTarget } from './application/webhook.targets.js';
import type { DeliveryOptions } from './infrastructure/delivery-options.js';
import { DeliveryWorker } from './infrastructure/delivery-worker.js';
import { HttpChannel } from './infrastructure/http-channel.js';
import type { Channel } from './infrastructure/channel.js';
import { Mailer, type MailOptions } from './infrastructure/mailer.js';
import { ChatChannel, linkFrom, MailChannel } from './infrastructure/people-channels.js';
import { NotificationPreferences } from './infrastructure/read-models/notification-preference/notification-preference.query.js';
import { OutboundHttp } from './infrastructure/outbound/outbound-http.js';
import type { OutboundPolicy } from './infrastructure/outbound/outbound-policy.js';
import { PostgresDeliveries } from './infrastructure/postgres-deliveries.js';
import { PostgresReplays } from './infrastructure/postgres-replays.js';
import { PostgresVault } from './infrastructure/postgres-vault.js';
import { RandomSecrets } from './infrastructure/random-secrets.js';
import { WebhookList } from './infrastructure/read-models/webhook-list/webhook-list.query.js';

export interface NotificationOptions {
  /** Undefined: no mail. */
  readonly mail: MailOptions | undefined;
  /** Where a review is looked at; `{reviewId}` stands for its id. */
  readonly reviewLink: string;
  readonly outbound: OutboundPolicy;
  readonly delivery: DeliveryOptions;
}

/** Stops sending before the database goes. */
class StopDeliveries implements OnApplicationShutdown {
  constructor(
    private readonly worker: DeliveryWorker,
    private readonly mailer: Mailer | null,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    await this.worker.stop();
    this.mailer?.close();
  }
}

/**
 * What goes out of the house: webhooks, and messages to people. Needs EventStore, Codec, SubjectKeys, Database, Clock and
 * ReadModels from global modules. `DeliveryWorker` sends in the processes that start it.
 */
@Module({})
export class NotificationsModule {
  static register({ outbound, delivery, mail, reviewLink }: NotificationOptions): DynamicModule {
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
            people: PreferencesQueries,
            mailer: Mailer | null,
          ) => {
            const link = linkFrom(reviewLink);
            const channels: Channel[] = [
              new HttpChannel(receivers, http, clock),
              new ChatChannel(people, http, deliveries, link),
            ];
            if (mailer) channels.push(new MailChannel(people, mailer, deliveries, link));
            return new DeliveryWorker(deliveries, replays, channels, delivery);
          },
          inject: [PostgresDeliveries, PostgresReplays, Receivers, Outbound, Clock, PreferencesQueries, Mailer],
        },
        {
          provide: StopDeliveries,
          useFactory: (worker: DeliveryWorker, mailer: Mailer | null) => new StopDeliveries(worker, mailer),
          inject: [DeliveryWorker, Mailer],
        },
        { provide: Mailer, useFactory: () => (mail ? new Mailer(mail) : null) },
        { provide: PeopleChannels, useValue: { names: mail ? ['mail', 'chat'] : ['chat'] } },
        { provide: KnownPreferences, useClass: NotificationPreferences },
        PreferencesStreams,
        PreferencesQueries,
        SetPreferencesHandler,
        NoticeTarget,
        WebhookTarget,
        ReplayTarget,
        WebhookQueries,
        WebhookList,
        { provide: WebhooksListed, useExisting: WebhookList },
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
        NoticeTarget,
        WebhookQueries,
        WebhookList,
        PreferencesQueries,
        DeliveryWorker,
        Deliveries,
        Receivers,
        Vault,
        SealedAddresses,
      ],
    };
  }
}
