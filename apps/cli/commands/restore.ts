import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { restoreBackup } from '#libs/composition/backup/restore';
import { Config } from '#libs/composition/config';
import { makeMissingKeys } from '#libs/composition/keys';
import { EmbeddedPostgres } from '#libs/postgres/infrastructure/embedded/embedded-postgres';
import { CliError } from '../cli-error.js';
import { Progress, table } from '../print.js';
import { withCore } from '../with-core.js';

export const restoreCommand = () =>
  new Command('restore')
    .description('put a backup into an empty installation and prove that everything is there')
    .argument('<file>')
    .action(async (name: string) => {
      const file = resolve(name);
      if (!existsSync(file)) throw new CliError(`There is no file ${file}.`);
      await prepareStandalone();
      await withCore('restore', async (core) => {
        const began = performance.now();
        const bar = new Progress('restoring');
        const { equal, sums, differences } = await restoreBackup(core, file, ({ events: done, of }) =>
          bar.update({ done, fraction: of ? done / of : 1, rate: (done * 1000) / (performance.now() - began) }),
        );
        bar.end();
        console.log(table(sums.map(({ section, count, sha256 }) => ({ section, count, sha256 }))));
        if (!equal) throw new CliError(`What is here now differs from the backup: ${differences.join(', ')}.`);
        console.log('Read back and compared: equal. Read models are built at the next start.');
      });
    });

/** A fresh DATA_DIR gets its cluster and keys first; a key-encryption key that was put there is kept. */
async function prepareStandalone(): Promise<void> {
  const config = Config.standalone();
  if (config.databaseUrl) return;
  const isFresh = !existsSync(resolve(config.dataDir, 'postgres'));
  if (!isFresh) return;
  const server = await EmbeddedPostgres.start({ dataDir: config.dataDir, holder: 'countersign restore' });
  await server.stop();
  makeMissingKeys(config);
}
