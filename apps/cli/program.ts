import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { projectRoot } from '#libs/composition/project';

/** Every command and where it is made; a command brings only what it needs itself. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  migrate: async () => (await import('./commands/migrate.js')).migrateCommand(),
  init: async () => (await import('./commands/init.js')).initCommand(),
  workspace: async () => (await import('./commands/workspace.js')).workspaceCommand(),
  assistant: async () => (await import('./commands/assistant.js')).assistantCommand(),
  demo: async () => (await import('./commands/demo.js')).demoCommands(),
  projections: async () => (await import('./commands/projections.js')).projectionsCommand(),
  replay: async () => (await import('./commands/replay.js')).replayCommand(),
  simulate: async () => (await import('./commands/simulate.js')).simulateCommand(),
  events: async () => (await import('./commands/events.js')).eventsCommand(),
  log: async () => (await import('./commands/log.js')).logCommand(),
  backup: async () => (await import('./commands/backup.js')).backupCommand(),
  restore: async () => (await import('./commands/restore.js')).restoreCommand(),
  erase: async () => (await import('./commands/erase.js')).eraseCommand(),
  keys: async () => (await import('./commands/keys.js')).keysCommand(),
  doctor: async () => (await import('./commands/doctor.js')).doctorCommand(),
};

/**
 * `countersign …`: everything an operator does that is no request.
 * @param called the first word of the command line: where it is a command, no other one is loaded.
 */
export async function program(called: string | undefined): Promise<Command> {
  const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { version: string };
  const root = new Command('countersign')
    .description(
      'Operates a Countersign installation: that of DATABASE_URL, or that of a standalone in DATA_DIR, running or stopped.',
    )
    .version(version)
    .showHelpAfterError('(countersign --help lists what there is)');
  const only = called !== undefined && Object.hasOwn(commands, called) ? commands[called] : undefined;
  for (const make of only ? [only] : Object.values(commands)) root.addCommand(await make());
  return root;
}
