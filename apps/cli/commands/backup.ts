import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Command } from 'commander';
import type { SectionSum } from '#libs/composition/backup/archive';
import { writeBackup } from '#libs/composition/backup/backup';
import { restoreBackup } from '#libs/composition/backup/restore';
import { makeMissingKeys } from '#libs/composition/keys';
import { Config } from '#libs/composition/config';
import { EmbeddedPostgres } from '#libs/postgres/infrastructure/embedded/embedded-postgres';
import { CliError } from '../cli-error.js';
import { withCore } from '../installation.js';
import { Progress, table } from '../print.js';

export const backupCommands = () => [
  new Command('backup')
    .description(
      'write log, wrapped keys and password hashes into one file with checksums; the system may go on running',
    )
    .argument('<file>', 'must not exist')
    .action(async (name: string) => {
      const file = resolve(name);
      if (existsSync(file)) throw new CliError(`${file} exists: a backup never overwrites another.`);
      if (!existsSync(dirname(file))) throw new CliError(`There is no folder ${dirname(file)}: make it first.`);
      await withCore('backup', async (core) => {
        const began = performance.now();
        const bar = new Progress('reading the log');
        const sums = await writeBackup(core, file, ({ events: done, fraction }) =>
          bar.update({ done, fraction, rate: (done * 1000) / (performance.now() - began) }),
        );
        bar.end();
        console.log(table(sums.map(rowOf)));
        console.log(`Written to ${file}. Keep the key-encryption key elsewhere: without it, nobody reads the backup.`);
      });
    }),
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
        console.log(table(sums.map(rowOf)));
        if (!equal) throw new CliError(`What is here now differs from the backup: ${differences.join(', ')}.`);
        console.log('Read back and compared: equal. Read models are built at the next start.');
      });
    }),
];

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

const rowOf = ({ section, count, sha256 }: SectionSum) => ({ section, count, sha256 });
