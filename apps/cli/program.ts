import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { projectRoot } from '#libs/composition/project';
import { assistantCommand } from './commands/assistant.js';
import { backupCommands } from './commands/backup.js';
import { demoCommands } from './commands/demo.js';
import { doctorCommand } from './commands/doctor.js';
import { eraseCommand } from './commands/erase.js';
import { eventsCommand } from './commands/events.js';
import { initCommand } from './commands/init.js';
import { keysCommand } from './commands/keys.js';
import { logCommand } from './commands/log.js';
import { migrateCommand } from './commands/migrate.js';
import { projectionsCommand } from './commands/projections.js';
import { replayCommand } from './commands/replay.js';
import { simulateCommand } from './commands/simulate.js';
import { workspaceCommand } from './commands/workspace.js';

/** `countersign …`: everything an operator does that is no request. */
export function program(): Command {
  const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { version: string };
  const root = new Command('countersign')
    .description(
      'Operates a Countersign installation: that of DATABASE_URL, or that of a standalone in DATA_DIR, running or stopped.',
    )
    .version(version)
    .showHelpAfterError('(countersign --help lists what there is)');
  root.addCommand(migrateCommand());
  root.addCommand(initCommand());
  root.addCommand(workspaceCommand());
  root.addCommand(assistantCommand());
  root.addCommand(demoCommands());
  root.addCommand(projectionsCommand());
  root.addCommand(replayCommand());
  root.addCommand(simulateCommand());
  root.addCommand(eventsCommand());
  root.addCommand(logCommand());
  for (const command of backupCommands()) root.addCommand(command);
  root.addCommand(eraseCommand());
  root.addCommand(keysCommand());
  root.addCommand(doctorCommand());
  return root;
}
