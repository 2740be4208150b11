import { Module, type DynamicModule } from '@nestjs/common';
import { Codec } from '#libs/event-store/application/codec';
import { EventRegistry } from '#libs/event-store/application/event-registry';
import { EventStore } from '#libs/event-store/application/event-store';
import { RequestKeys } from '#libs/event-store/application/request-keys';
import { SubjectKeys } from '#libs/event-store/application/subject-keys';
import { Clock } from '#libs/kernel/application/clock';
import { Hashing } from '#libs/kernel/application/hashing';
import { NodeHashing } from '#libs/kernel/infrastructure/node-hashing';
import { Database } from '#libs/postgres/infrastructure/database';
import { Config } from './config.js';
import type { Core } from './core.js';

/** The core as Nest providers. Whoever opened it closes it, after the application. */
@Module({})
export class CoreModule {
  static of(core: Core): DynamicModule {
    const providers = [
      { provide: Config, useValue: core.config },
      { provide: Clock, useValue: core.clock },
      { provide: Hashing, useClass: NodeHashing },
      { provide: Database, useValue: core.database },
      { provide: EventStore, useValue: core.store },
      { provide: EventRegistry, useValue: core.registry },
      { provide: SubjectKeys, useValue: core.subjectKeys },
      { provide: Codec, useValue: core.codec },
      RequestKeys,
    ];
    return { module: CoreModule, global: true, providers, exports: providers };
  }
}
