import { CommandBus } from '@nestjs/cqrs';
import { Command } from 'commander';
import { makeFirstAdministrator } from '#libs/composition/first-administrator';
import { AccessState } from '#libs/identity/application/access-state';
import { CliError } from '../cli-error.js';
import { withRooms } from '../with-rooms.js';
import { refuseUnknown } from '../workspaces.js';
import { readPassword } from './init.js';

interface AssistantOptions {
  readonly username: string;
  readonly workspace: string;
  readonly passwordFile?: string;
}

export const assistantCommand = () =>
  new Command('assistant')
    .description('make an account for a program that hands in drafts; it can do nothing else')
    .requiredOption('--username <name>', 'what the program signs in with')
    .requiredOption('--workspace <name>', 'the workspace whose people decide on its drafts')
    .option('--password-file <file>', 'read the password from the first line of a file; without it, it is asked for')
    .action(async ({ username, workspace, passwordFile }: AssistantOptions) => {
      await withRooms('assistant', async ({ app, core }) => {
        refuseUnknown(workspace, app);
        const password = await readPassword(username, passwordFile);
        const tools = { commands: app.get(CommandBus), access: app.get(AccessState), now: core.clock.now() };
        const account = { username, password, workspaceId: workspace, role: 'assistant' } as const;
        const made = await makeFirstAdministrator(account, tools);
        if (!made) throw new CliError(`The user name ${username} is taken already; nothing was changed.`);
        console.log(`${username} hands in drafts to the people of the workspace ${workspace}.`);
      });
    });
