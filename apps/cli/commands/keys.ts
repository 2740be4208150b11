import { Command } from 'commander';
import { Config } from '#libs/composition/config';
import { addSigningKey, dropOldSigningKeys, rotateKeyEncryption } from '#libs/composition/key-rotation';
import { refuseWhileRunning } from '#libs/composition/refuse-while-running';
import { createPool } from '#libs/postgres/infrastructure/pool';
import { CliError } from '../cli-error.js';
import { withDatabase } from '../with-database.js';

interface RotateOptions {
  readonly encryption?: true;
  readonly to?: string;
}

export const keysCommand = () =>
  new Command('keys')
    .description('replace the keys of an installation')
    .addCommand(
      new Command('rotate')
        .description('put a new key of access tokens above those there are, or replace the key-encryption key')
        .option('--encryption', 'the key that wraps the keys of data subjects; nothing may run')
        .option('--to <file>', 'with --encryption: the new key is in this file; without it, one is made')
        .action(rotate),
    )
    .addCommand(
      new Command('prune')
        .description('take away all keys of access tokens but the newest: once the last tokens of the old ones expired')
        .action(prune),
    );

async function rotate({ encryption, to }: RotateOptions): Promise<void> {
  if (encryption) return rotateEncryption(to);
  if (to !== undefined) throw new CliError('--to goes with --encryption.');
  const config = Config.standalone();
  const [kid, ...old] = addSigningKey(config);
  console.log(`The key ${kid} signs access tokens from the next start on; ${old.length} below it go on checking.`);
  console.log(`Restart, and after ${config.accessTokenMinutes} minutes: countersign keys prune`);
}

function prune(): void {
  const gone = dropOldSigningKeys(Config.standalone());
  if (gone.length === 0) console.log('There is one key only.');
  for (const kid of gone) console.log(`The key ${kid} is gone; restart to refuse what it signed.`);
}

async function rotateEncryption(to: string | undefined): Promise<void> {
  await withDatabase('keys', async ({ config, database }) => {
    if (database.source === 'running') throw new CliError('The standalone runs: stop it first (Ctrl-C there).');
    const pool = createPool({ connectionString: database.url, max: 1 });
    try {
      await refuseWhileRunning(pool);
      const { keys, file, before } = await rotateKeyEncryption(config, pool, new Date(), to);
      console.log(`${keys} keys of data subjects are wrapped by the key in ${file}. Copy it to a safe place.`);
      if (to !== undefined) console.log('Name it in KEY_ENCRYPTION_KEY_FILE before the next start.');
      console.log(`The one before is in ${before}: backups from before open by it only.`);
    } finally {
      await pool.end();
    }
  });
}
