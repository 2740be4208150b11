import { CommandBus } from '@nestjs/cqrs';
import { createApi } from '#apps/api/bootstrap';
import { HttpLimits } from '#apps/api/src/http/limits';
import { Config } from '#libs/composition/config';
import { openCore } from '#libs/composition/core';
import { seedDemo } from '#libs/composition/demo/seed-demo';
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
  const began = performance.now();
  const config = Config.standalone();
  const logger = createLogger(config, 'standalone');
  reportStrayErrors(logger);

  // A signal during the start stops what has been started so far.
  const undo: (() => Promise<void>)[] = [];
  onStopSignal(logger, config.drainSeconds, async () => {
    for (const step of undo.toReversed()) await step();
  });

  const server = config.databaseUrl
    ? undefined
    : await EmbeddedPostgres.start({
        dataDir: config.dataDir,
        holder: 'npm start',
        supervise: true,
        log: (message) => logger.warn(message),
      });
  if (server) undo.push(() => server.stop());
  makeMissingKeys(config);
  const databaseUrl = server?.url ?? config.databaseUrl!;
  const core = await openCore({ config, logger, databaseUrl, migrates: true });
  const limits = new HttpLimits(config.requestsPerSecond ? { requestsPerSecond: config.requestsPerSecond } : {});
  const running = await run(core, (rooms) =>
    createApi({
      rooms,
      limits,
      logger: new NestLog(logger),
      corsOrigins: config.corsOrigins,
      trustedProxies: config.trustedProxies,
    }),
  );
  undo.push(() => running.stop());

  // Before the worker: it must not fire the deadlines of the demo's thirty days by today's clock.
  const seeded = config.demo
    ? await seedDemo({
        commands: running.app.get(CommandBus),
        store: core.store,
        codec: core.codec,
        facts: core.facts,
        processManagers: allProcessManagers,
        targets: targetsOf(running.app),
        now: core.clock.now(),
      })
    : undefined;
  await running.process(config.workerRoles);
  await running.app.listen({ host: config.host, port: config.port });
  const address = running.app.getHttpServer().address();
  const port = typeof address === 'object' && address ? address.port : config.port;
  console.log(banner({ config, port, database: server, seeded, seconds: (performance.now() - began) / 1000 }));
}
