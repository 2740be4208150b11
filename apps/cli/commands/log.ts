import { Command, Option } from 'commander';
import type { Pool } from 'pg';
import { EVENT_STORES, type EventStoreKind } from '#libs/composition/config';
import { connectEventStore } from '#libs/composition/event-stores';
import { refuseWhileRunning } from '#libs/composition/refuse-while-running';
import { switchEventStore } from '#libs/composition/switch-event-store';
import { compareLogs, copyLog } from '#libs/event-store/application/log-copy';
import { shareOfLog } from '#libs/event-store/application/share-of-log';
import { NodeHashing } from '#libs/kernel/infrastructure/node-hashing';
import { createPool } from '#libs/postgres/infrastructure/pool';
import { CliError } from '../cli-error.js';
import { cliLogger, withDatabase, type Reached } from '../with-database.js';
import { Progress } from '../print.js';

interface CopyOptions {
  readonly from: EventStoreKind;
  readonly to: EventStoreKind;
  readonly switch?: boolean;
}

const store = (flags: string, description: string) =>
  new Option(flags, description).choices([...EVENT_STORES]).makeOptionMandatory();

export const logCommand = () =>
  new Command('log').description('the log as a whole').addCommand(
    new Command('copy')
      .description('copy the log into another store and prove both equal; interrupted, the same command goes on')
      .addOption(store('--from <store>', 'where it is'))
      .addOption(store('--to <store>', 'where it goes'))
      .option('--switch', 'then run on the copy: checkpoints are cleared, read models are built anew')
      .action((options: CopyOptions) => withDatabase('log copy', (reached) => copy(reached, options))),
  );

async function copy({ config, database }: Reached, { from, to, switch: switches }: CopyOptions): Promise<void> {
  if (from === to) throw new CliError('--from and --to are the same store.');
  if (switches && database.source === 'running')
    throw new CliError('The standalone runs: stop it first (Ctrl-C there).');
  if (switches) await withPool(database.url, refuseWhileRunning);
  const logger = cliLogger(config);
  const [source, target] = await Promise.all(
    [from, to].map((kind) => connectEventStore(kind, config, database.url, logger)),
  );
  try {
    const began = performance.now();
    const head = await source!.head();
    const bar = new Progress('copying');
    const { events, present } = await copyLog(source!, target!, {
      upTo: head,
      onProgress: ({ events: done, upTo }) =>
        bar.update({ done, fraction: shareOfLog(upTo, head), rate: (done * 1000) / (performance.now() - began) }),
    });
    bar.end();
    console.log(`${events} events in ${to}, ${present} of them from an earlier run. Comparing …`);
    const { equal, sha256, events: counts, difference } = await compareLogs(source!, target!, new NodeHashing());
    console.log(`${from}: ${counts[0]} events, sha256 ${sha256[0]}`);
    console.log(`${to}: ${counts[1]} events, sha256 ${sha256[1]}`);
    if (!equal)
      throw new CliError(
        `The logs differ${difference ? ` from ${difference.streamId}@${difference.revision} on` : ''}. ` +
          'Were events recorded meanwhile? Stop api and worker and copy again.',
      );
    console.log('Equal.');
  } finally {
    await Promise.all([source!.close(), target!.close()]);
  }
  if (switches) await switchOver(database.url, to);
}

function switchOver(databaseUrl: string, to: EventStoreKind): Promise<void> {
  return withPool(databaseUrl, async (pool) => {
    // What somebody started meanwhile would go on writing into the log that is left.
    await refuseWhileRunning(pool);
    await switchEventStore(pool, to);
    console.log(`This installation now runs on ${to}: start api and worker with EVENT_STORE=${to}.`);
  });
}

async function withPool(connectionString: string, work: (pool: Pool) => Promise<void>): Promise<void> {
  const pool = createPool({ connectionString, max: 2 });
  try {
    await work(pool);
  } finally {
    await pool.end();
  }
}
