import { Command } from 'commander';
import { migrationsDir } from '#libs/composition/project';
import { createPool } from '#libs/postgres/infrastructure/pool';
import { migrate, pendingMigrations } from '#libs/postgres/infrastructure/migrations';
import { withDatabase } from '../with-database.js';

export const migrateCommand = () =>
  new Command('migrate')
    .description('bring the database up to date')
    .option('--check', 'only say what is missing; exit code 1 when something is')
    .action(async ({ check }: { check?: boolean }) => {
      await withDatabase('migrate', async ({ database }) => {
        const pool = createPool({ connectionString: database.url, max: 1 });
        try {
          const names = check ? await pendingMigrations(pool, migrationsDir) : await migrate(pool, migrationsDir);
          for (const name of names) console.log(`${check ? 'missing' : 'applied'} ${name}`);
          if (!names.length) console.log('up to date');
          if (check && names.length) process.exitCode = 1;
        } finally {
          await pool.end();
        }
      });
    });
