import { Command } from 'commander';
import { erase, type Erasure } from '#libs/composition/erasure';
import { refuseWhileRunning } from '#libs/composition/refuse-while-running';
import { CliError } from '../cli-error.js';
import { withCore } from '../with-core.js';
import { withRooms } from '../with-rooms.js';
import { refuseUnknown } from '../workspaces.js';

interface EraseOptions {
  readonly workspace: string;
  readonly user?: string;
  readonly subject: readonly string[];
  readonly yes: true;
}

export const eraseCommand = () =>
  new Command('erase')
    .description('make the personal data of a person, or of subjects of reviews, unreadable for ever; nothing may run')
    .requiredOption('--workspace <name>', 'the workspace they belong to')
    .option('--user <id>', 'a person, who is deactivated')
    .option(
      '--subject <type/id>',
      'what reviews were about, with everything said about it; repeat for several',
      more,
      [],
    )
    .requiredOption('--yes', 'I know that it cannot be undone')
    .action(async ({ workspace, user, subject }: EraseOptions) => {
      const subjects = subject.map(subjectOf);
      if (user === undefined && subjects.length === 0)
        throw new CliError('Say what to erase: --user, --subject or both.');
      const erasure: Erasure = { workspaceId: workspace, ...(user === undefined ? {} : { userId: user }), subjects };
      await withCore('erase', async ({ database }, reached) => {
        if (reached.database.source === 'running')
          throw new CliError('The standalone runs: stop it first (Ctrl-C there).');
        await refuseWhileRunning(database.pool);
      });
      await withRooms('erase', ({ app, core }) => {
        refuseUnknown(workspace, app);
        return erase(erasure, app, core);
      });
      console.log('Erased. Backups from before still hold the keys: keep them no longer than you may keep the data.');
    });

const more = (value: string, before: readonly string[]): readonly string[] => [...before, value];

function subjectOf(text: string): { type: string; id: string } {
  const slash = text.indexOf('/');
  if (slash < 1 || slash === text.length - 1) throw new CliError(`${text} is no subject: write type/id.`);
  return { type: text.slice(0, slash), id: text.slice(slash + 1) };
}
