import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { CommandBus } from '@nestjs/cqrs';
import { Command } from 'commander';
import { makeFirstAdministrator } from '#libs/composition/first-administrator';
import { AccessState } from '#libs/identity/application/access-state';
import { CliError } from '../cli-error.js';
import { withRooms } from '../with-rooms.js';
import { workspaceName } from '../workspaces.js';

interface InitOptions {
  readonly username: string;
  readonly workspace: string;
  readonly passwordFile?: string;
}

export const initCommand = () =>
  new Command('init')
    .description('make the first administrator')
    .requiredOption('--username <name>', 'what the administrator signs in with')
    .option('--workspace <name>', 'the workspace to administer', workspaceName, 'main')
    .option('--password-file <file>', 'read the password from the first line of a file; without it, it is asked for')
    .action(async ({ username, workspace, passwordFile }: InitOptions) => {
      const password = await readPassword(username, passwordFile);
      await withRooms('init', async ({ app, core }, { config, database }) => {
        const tools = { commands: app.get(CommandBus), access: app.get(AccessState), now: core.clock.now() };
        const made = await makeFirstAdministrator({ username, password, workspaceId: workspace }, tools);
        const where = database.source === 'given' ? 'of DATABASE_URL' : `in ${config.dataDir}`;
        if (!made) throw new CliError(`The user name ${username} is taken already; nothing was changed.`);
        console.log(`${username} administers the workspace ${workspace} of the installation ${where}.`);
      });
    });

function firstLineOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/, 1)[0] ?? '';
  } catch (error) {
    throw new CliError(
      `${file} cannot be read (${(error as NodeJS.ErrnoException).code}): name a file with the password.`,
    );
  }
}

/** From the file, or from whoever sits there. */
export const readPassword = async (username: string, file: string | undefined): Promise<string> =>
  file ? firstLineOf(file) : await ask(`Password for ${username}: `);

/** From a terminal without showing it, from a pipe as it comes. */
async function ask(question: string): Promise<string> {
  const { stdin, stderr } = process;
  if (stdin.isTTY) stderr.write(question);
  const lines = createInterface({ input: stdin, terminal: stdin.isTTY, history: [] });
  try {
    const nothing = new Promise<never>((_, reject) => {
      lines.once('close', () =>
        reject(new CliError('No password came: type it on a terminal, or use --password-file.')),
      );
    });
    return await Promise.race([lines.question(''), nothing]);
  } finally {
    lines.close();
    if (stdin.isTTY) stderr.write('\n');
  }
}
