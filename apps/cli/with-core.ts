import { openCore, type Core } from '#libs/composition/core';
import { cliLogger, withDatabase, type Reached } from './with-database.js';

/** Log, keys and codec of what was reached; whoever opens it closes it. */
export const open = ({ config, database }: Reached): Promise<Core> =>
  openCore({
    config,
    logger: cliLogger(config),
    databaseUrl: database.url,
    migrates: database.source === 'started',
  });

/**
 * Log, keys and codec over the database that is found. A stopped standalone is brought up to date; any other database is
 * only checked.
 */
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
