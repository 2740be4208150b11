import type { AddressInfo } from 'node:net';
import type { INestApplicationContext } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { Logger } from 'pino';
import { apiOptions, createApi, serveMetrics } from '#apps/api/bootstrap';
import { Config } from '#libs/composition/config';
import { openCore, type Core } from '#libs/composition/core';
import { hasOtherData, seedDemo } from '#libs/composition/demo/seed-demo';
import { makeConfiguredAdministrator } from '#libs/composition/first-administrator';
import { makeMissingKeys } from '#libs/composition/keys';
import { createLogger, NestLog } from '#libs/composition/logging';
import { allProcessManagers } from '#libs/composition/rooms';
import { targetsOf } from '#libs/composition/rooms.module';
import { run } from '#libs/composition/running';
import { onStopSignal, reportStrayErrors } from '#libs/composition/shutdown';
import { EmbeddedPostgres } from '#libs/postgres/infrastructure/embedded/embedded-postgres';
import { banner } from './banner.js';

/** What `npm start` runs: PostgreSQL, migrations, api and worker in one process, and the demo. */
export async function startStandalone(): Promise<void> {
  const config = Config.standalone();
  const logger = createLogger(config, 'standalone');
  reportStrayErrors(logger);
  const undo: (() => Promise<void>)[] = [];
  const stopping = onStopSignal(logger, config.drainSeconds, async () => {
    for (const step of undo.toReversed()) await step();
  });
  try {
    console.log(await begin(config, logger, undo, stopping));
  } catch (error) {
    // A signal in the middle of the start: what was started is being stopped, and that ends the process.
    if (stopping.aborted) return;
    for (const step of undo.toReversed()) await step().catch((err: unknown) => logger.error({ err }, 'Not stopped'));
    throw error;
  }
}

/** @param undo what to do to stop, in the order of the start. @returns the banner. */
async function begin(
  config: Config,
  logger: Logger,
  undo: (() => Promise<void>)[],
  signal: AbortSignal,
): Promise<string> {
  const began = performance.now();
  const database = await startDatabase(config, logger);
  if (database) undo.push(() => database.stop());
  signal.throwIfAborted();

  makeMissingKeys(config);
  const core = await openCore({ config, logger, databaseUrl: database?.url ?? config.databaseUrl!, migrates: true });
  const { app, process, stop } = await run(core, (rooms) =>
    createApi({ rooms, ...apiOptions(config), logger: new NestLog(logger) }),
  );
  undo.push(stop);
  signal.throwIfAborted();

  // Before the worker: it must not fire the deadlines of the demo's thirty days by today's clock.
  const seeded =
    config.demo && !(await hasOtherData(core.store, core.facts)) ? await seed(app, core, signal) : undefined;
  await makeConfiguredAdministrator(app, core);
  await process(config.workerRoles);
  signal.throwIfAborted();
  const metrics = await serveMetrics(app, config);
  undo.push(async () => void metrics?.close());
  await app.listen({ host: config.host, port: config.port });
  const { port } = app.getHttpServer().address() as AddressInfo;
  const isEmpty = core.store.compare(await core.store.head(), core.store.start) === 0;
  return banner({ config, port, database, seeded, isEmpty, seconds: (performance.now() - began) / 1000 });
}

const startDatabase = async ({ databaseUrl, dataDir }: Config, logger: Logger) =>
  databaseUrl
    ? undefined
    : EmbeddedPostgres.start({
        dataDir,
        holder: 'npm start',
        supervise: true,
        log: (message) => logger.warn(message),
      });

const seed = (app: INestApplicationContext, { store, codec, facts, clock }: Core, signal: AbortSignal) =>
  seedDemo({
    commands: app.get(CommandBus),
    store,
    codec,
    facts,
    processManagers: allProcessManagers,
    targets: targetsOf(app),
    now: clock.now(),
    signal,
  });
