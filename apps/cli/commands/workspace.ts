import { CommandBus } from '@nestjs/cqrs';
import { Command } from 'commander';
import { createWorkspace } from '#libs/composition/first-administrator';
import { AccessState } from '#libs/identity/application/access-state';
import { WorkspaceStreams } from '#libs/identity/application/workspace-streams';
import { withRooms } from '../with-rooms.js';
import { workspaceName } from '../workspaces.js';
import { readPassword } from './init.js';

interface CreateOptions {
  readonly username: string;
  readonly passwordFile?: string;
}

export const workspaceCommand = () =>
  new Command('workspace')
    .description('open a workspace, whose people and reviews nobody of another one sees; list those there are')
    .addCommand(
      new Command('create')
        .description('open a workspace and make its first administrator')
        .argument('<name>', 'small letters, digits and hyphens', workspaceName)
        .requiredOption('--username <name>', 'what its administrator signs in with')
        .option(
          '--password-file <file>',
          'read the password from the first line of a file; without it, it is asked for',
        )
        .action(create),
    )
    .addCommand(new Command('list').description('every workspace that has people').action(list));

async function create(workspaceId: string, { username, passwordFile }: CreateOptions): Promise<void> {
  const password = await readPassword(username, passwordFile);
  await withRooms('workspace', async ({ app, core }) => {
    const tools = {
      commands: app.get(CommandBus),
      access: app.get(AccessState),
      workspaces: app.get(WorkspaceStreams),
      now: core.clock.now(),
    };
    await createWorkspace({ username, password, workspaceId }, tools);
    console.log(`The workspace ${workspaceId} is open; ${username} administers it.`);
  });
}

async function list(): Promise<void> {
  await withRooms('workspace', async ({ app }) => {
    for (const name of app.get(AccessState).workspaceIds()) console.log(name);
  });
}
