import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Command } from 'commander';
import { writeBackup } from '#libs/composition/backup/backup';
import { CliError } from '../cli-error.js';
import { Progress, table } from '../print.js';
import { withCore } from '../with-core.js';

export const backupCommand = () =>
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
        console.log(table(sums.map(({ section, count, sha256 }) => ({ section, count, sha256 }))));
        console.log(`Written to ${file}. Keep the key-encryption key elsewhere: without it, nobody reads the backup.`);
      });
    });
