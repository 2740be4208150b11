import { parseArgs } from 'node:util';
import { NestFactory } from '@nestjs/core';
import { Config } from '#libs/composition/config';
import { openCore } from '#libs/composition/core';
import { createLogger, NestLog } from '#libs/composition/logging';
import { reachDatabase } from '#libs/composition/reach-database';
import { run } from '#libs/composition/running';
import { onStopSignal, reportStrayErrors } from '#libs/composition/shutdown';
import { serveHealth } from './health-server.js';

/**
 * Applies the log: projections, process managers, timers, outbox. Started twice it is as good as once: one process leads
 * each group, another takes over when it is gone.
 */
export async function startWorker(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { roles: { type: 'string' } } });
  const config = Config.read().with(values.roles === undefined ? {} : { WORKER_ROLES: values.roles });
  const logger = createLogger(config, 'worker');
  reportStrayErrors(logger);
  const database = await reachDatabase(config);
  const core = await openCore({ config, logger, databaseUrl: database.url });
  const running = await run(core, (rooms) =>
    NestFactory.createApplicationContext(rooms, { logger: new NestLog(logger), abortOnError: false }),
  );
  const health = await serveHealth(config, running);
  onStopSignal(logger, config.drainSeconds, async () => {
    await health?.close();
    await running.stop();
  });
  const ready = await running.process(config.workerRoles);
  logger.info({ roles: config.workerRoles, eventStore: config.eventStore, ready }, 'The worker is at work');
}
