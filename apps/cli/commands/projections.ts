import { Command } from 'commander';
import { ProcessingControl, type ProcessorStatus } from '#libs/processing/application/processing-control';
import { CliError } from '../cli-error.js';
import { withRooms } from '../with-rooms.js';
import { duration, json, Progress, table } from '../print.js';

export const projectionsCommand = () =>
  new Command('projections')
    .description('what is computed from the log')
    .addCommand(
      new Command('list')
        .description('every group and process manager: where it stands, how far behind, what is parked')
        .option('--json', 'as JSON')
        .action(async (options: { json?: boolean }) => {
          await withRooms('projections list', async ({ app }) => {
            const list = await app.get(ProcessingControl).list();
            console.log(options.json ? json(list, 2) : table(list.map(rowOf)));
            for (const { name, halted, error } of list) if (halted) console.log(`${name} halted: ${error}`);
          });
        }),
    )
    .addCommand(
      new Command('rebuild')
        .description('build a group anew from the first event, beside the live one, and switch over')
        .argument('<name>')
        .action(async (name: string) => {
          await withRooms('projections rebuild', async ({ app }) => {
            const known = new Set((await app.get(ProcessingControl).list()).map((processor) => processor.name));
            if (!known.has(name)) throw new CliError(`There is no ${name}; there are ${[...known].join(', ')}.`);
            const bar = new Progress(name);
            const began = performance.now();
            try {
              const { version, build, applied } = await app.get(ProcessingControl).rebuild(name, {
                onProgress: ({ applied: done, fraction, eventsPerSecond: rate }) =>
                  bar.update({ done, fraction, rate }),
              });
              bar.end();
              const seconds = (performance.now() - began) / 1000;
              console.log(`${name} v${version} build ${build} is live: ${applied} events in ${duration(seconds)}.`);
            } finally {
              bar.end();
            }
          });
        }),
    );

const rowOf = ({ name, kind, version, build, status, lag, applied, parked, halted, updatedAt }: ProcessorStatus) => ({
  name,
  kind,
  version,
  build,
  status: halted ? 'HALTED' : status,
  lag,
  applied,
  parked,
  'last applied': updatedAt,
});
