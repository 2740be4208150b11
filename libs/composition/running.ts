import type { INestApplicationContext } from '@nestjs/common';
import { DeliveryWorker } from '#libs/notifications/infrastructure/delivery-worker';
import type { WorkerRole } from './config.js';
import type { Core } from './core.js';
import { processingOf, RoomsModule, targetsOf } from './rooms.module.js';
import type { DynamicModule } from '@nestjs/common';

/** A process at work: its application, its processing, its core; stopped in the order in which they need each other. */
export interface Running<App extends INestApplicationContext> {
  readonly app: App;
  readonly core: Core;
  /** Begins the work of these roles on the log; without any it can still read, wait and fire on request. */
  process(roles: readonly WorkerRole[]): Promise<boolean>;
  /** Requests first, then the processing that they may wait for, then what both stand on. */
  stop(): Promise<void>;
}

const BUILD_MS = 30_000;

/** Assembles all rooms over a core, in an application that `create` makes of them. */
export async function run<App extends INestApplicationContext>(
  core: Core,
  create: (rooms: DynamicModule) => Promise<App>,
): Promise<Running<App>> {
  const processing = processingOf(core);
  const app = await create(RoomsModule.of(core, processing));
  for (const target of targetsOf(app)) processing.register(target);
  let stopped: Promise<void> | undefined;
  const stop = async () => {
    await app.close();
    await processing.stop();
    await core.close();
  };
  return {
    app,
    core,
    process: async (roles) => {
      await processing.start(roles);
      if (roles.includes('outbox')) app.get(DeliveryWorker).start();
      return roles.length === 0 || processing.ready(BUILD_MS);
    },
    stop: () => (stopped ??= stop()),
  };
}
