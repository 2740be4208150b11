import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Config } from '#libs/composition/config';
import { openCore, type Core } from '#libs/composition/core';
import { createLogger, NestLog } from '#libs/composition/logging';
import { reachDatabase, type ReachedDatabase } from '#libs/composition/reach-database';
import { run, type Running } from '#libs/composition/running';

/** What a command works on, and how it was reached. */
export interface Reached {
  readonly config: Config;
  readonly database: ReachedDatabase;
}

/** Finds the database (starting that of a stopped standalone for as long as the command runs). */
export async function withDatabase<T>(command: string, work: (reached: Reached) => Promise<T>): Promise<T> {
  const config = Config.standalone();
  const database = await reachDatabase(config, { mayStart: true, holder: `countersign ${command}` });
  try {
    return await work({ config, database });
  } finally {
    await database.release();
  }
}

/** What heals by itself is no news on a terminal, unless it was asked for. */
export const cliLogger = (config: Config) =>
  createLogger(config.logLevel === 'warn' ? config.with({ LOG_LEVEL: 'error' }) : config, 'cli');

const open = ({ config, database }: Reached): Promise<Core> =>
  openCore({
    config,
    logger: cliLogger(config),
    databaseUrl: database.url,
    migrates: database.source === 'started',
  });

/** The same with log, keys and codec. A stopped standalone is brought up to date; any other database is only checked. */
export async function withCore<T>(command: string, work: (core: Core, reached: Reached) => Promise<T>): Promise<T> {
  return withDatabase(command, async (reached) => {
    const core = await open(reached);
    try {
      return await work(core, reached);
    } finally {
      await core.close();
    }
  });
}

/** The same with all rooms: commands can be sent, read models asked; nothing is applied to the log by this process. */
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
