import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { NestLog } from '#libs/composition/logging';
import { run, type Running } from '#libs/composition/running';
import { open } from './with-core.js';
import { withDatabase, type Reached } from './with-database.js';

/**
 * All rooms over the database that is found: commands can be sent, read models asked; nothing is applied to the log by
 * this process.
 */
export async function withRooms<T>(
  command: string,
  work: (running: Running<INestApplicationContext>, reached: Reached) => Promise<T>,
): Promise<T> {
  return withDatabase(command, async (reached) => {
    const core = await open(reached);
    const logger = new NestLog(core.logger);
    const running = await run(core, (rooms) =>
      NestFactory.createApplicationContext(rooms, { logger, abortOnError: false }),
    );
    try {
      await running.process([]);
      return await work(running, reached);
    } finally {
      await running.stop();
    }
  });
}
