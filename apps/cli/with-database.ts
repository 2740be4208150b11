import { Config } from '#libs/composition/config';
import { createLogger } from '#libs/composition/logging';
import { reachDatabase, type ReachedDatabase } from '#libs/composition/reach-database';

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
