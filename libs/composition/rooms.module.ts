import { Module, type DynamicModule, type INestApplicationContext } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { AuditModule } from '#libs/audit/audit.module';
import { AbsenceTarget } from '#libs/delegations/application/absence.target';
import { DelegationsModule } from '#libs/delegations/delegations.module';
import { IdentityModule } from '#libs/identity/identity.module';
import { CallbackTarget } from '#libs/drafts/application/callback.target';
import { DraftsModule } from '#libs/drafts/drafts.module';
import { NoticeTarget } from '#libs/notifications/application/notice.target';
import { ReplayTarget, WebhookTarget } from '#libs/notifications/application/webhook.targets';
import { defaultDelivery } from '#libs/notifications/infrastructure/delivery-options';
import { defaultPolicy } from '#libs/notifications/infrastructure/outbound/outbound-policy';
import { NotificationsModule, type NotificationOptions } from '#libs/notifications/notifications.module';
import type { SystemSettings } from '#libs/organization/domain/settings/setting.registry';
import { OrganizationModule } from '#libs/organization/organization.module';
import type { CommandTarget } from '#libs/processing/application/process-manager';
import { ProcessingControl } from '#libs/processing/application/processing-control';
import { ReadModels } from '#libs/processing/application/read-models';
import { Timers } from '#libs/processing/application/timers';
import { WaitGate } from '#libs/processing/application/wait-gate';
import { Processing } from '#libs/processing/infrastructure/processing';
import { ExpireClaimTarget } from '#libs/reviews/application/expire-claim.target';
import { ReprojectTarget } from '#libs/reviews/application/reproject.target';
import { FireTimerTarget } from '#libs/reviews/application/fire-timer.target';
import { SeatsGainedTarget } from '#libs/reviews/application/seats-gained.target';
import { SeatsLostTarget } from '#libs/reviews/application/seats-lost.target';
import { ReviewsModule } from '#libs/reviews/reviews.module';
import { WorkflowsModule } from '#libs/workflows/workflows.module';
import { CoreModule } from './core.module.js';
import type { Config } from './config.js';
import type { Core } from './core.js';
import { allGroups, allProcessManagers } from './rooms.js';

/** The processing over the core, not started yet. */
export const processingOf = ({ config, store, codec, database, logger, dueBy }: Core): Processing =>
  new Processing({
    store,
    codec,
    database: { connectionString: database.connectionString },
    groups: allGroups,
    processes: allProcessManagers as never,
    ...(dueBy && { clock: dueBy }),
    keepDoneDays: config.keepDoneDays,
    log: {
      info: (message, details) => logger.info(details ?? {}, message),
      warn: (message, details) => logger.warn(details ?? {}, message),
      error: (message, details) => logger.error(details ?? {}, message),
    },
  });

@Module({})
export class ProcessingModule {
  static of(processing: Processing): DynamicModule {
    const providers = [
      { provide: Processing, useValue: processing },
      { provide: ReadModels, useValue: processing.readModels },
      { provide: WaitGate, useValue: processing.waitGate },
      { provide: Timers, useValue: processing.timers },
      { provide: ProcessingControl, useValue: processing.control },
    ];
    return { module: ProcessingModule, global: true, providers, exports: providers };
  }
}

/** All rooms over one core: what api, worker, standalone and command line have in common. */
@Module({})
export class RoomsModule {
  static of(core: Core, processing: Processing): DynamicModule {
    const { keys, config } = core;
    return {
      module: RoomsModule,
      imports: [
        CqrsModule,
        CoreModule.of(core),
        ProcessingModule.of(processing),
        IdentityModule.register({
          signingKeys: keys.signing,
          accessTokenSeconds: config.accessTokenMinutes * 60,
          wrongPasswordsPerNetwork: config.wrongPasswordsPerAddress,
        }),
        OrganizationModule.register({ system: systemSettings(config) }),
        DelegationsModule,
        WorkflowsModule,
        ReviewsModule,
        AuditModule,
        NotificationsModule.register(outboundOf(config)),
        DraftsModule,
      ],
    };
  }
}

/** What the environment of the process decides, by the keys of the settings. */
const systemSettings = ({ accessTokenMinutes, requestsPerSecond, delivery, mail }: Config): SystemSettings => ({
  'access-token-minutes': accessTokenMinutes,
  'requests-per-second': requestsPerSecond,
  'delivery-tries': delivery.tries,
  'delivery-retention-days': delivery.retentionDays,
  'mail-from': mail?.from ?? null,
  'mail-server': mail?.url ?? null,
});

/** What the configuration says about what goes out. */
const outboundOf = ({ outbound, delivery, mail, reviewLink }: Config): NotificationOptions => {
  const timeoutMs = outbound.timeoutSeconds * 1000;
  return {
    mail: mail && { ...mail, timeoutMs },
    reviewLink,
    outbound: { ...defaultPolicy, ...outbound, timeoutMs },
    // A second attempt begins when the first cannot be under way any more.
    delivery: {
      ...defaultDelivery,
      maxTries: delivery.tries,
      retentionDays: delivery.retentionDays,
      leaseMs: timeoutMs * 2 + 5000,
    },
  };
};

/** Where timers and outbox messages go: one line per room that has targets. */
export const targetsOf = (app: INestApplicationContext): readonly CommandTarget[] => [
  app.get(FireTimerTarget),
  app.get(ReprojectTarget),
  app.get(WebhookTarget),
  app.get(ReplayTarget),
  app.get(ExpireClaimTarget),
  app.get(SeatsLostTarget),
  app.get(AbsenceTarget),
  app.get(SeatsGainedTarget),
  app.get(NoticeTarget),
  app.get(CallbackTarget),
];
