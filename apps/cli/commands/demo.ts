import type { INestApplicationContext } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { Command } from 'commander';
import type { Core } from '#libs/composition/core';
import { resetDemo } from '#libs/composition/demo/reset-demo';
import { hasOtherData, seedDemo, withProcessesHeld, type Seeded } from '#libs/composition/demo/seed-demo';
import { allProcessManagers } from '#libs/composition/rooms';
import { targetsOf } from '#libs/composition/rooms.module';
import { CliError } from '../cli-error.js';
import { withCore } from '../with-core.js';
import { withRooms } from '../with-rooms.js';

export const demoCommands = () =>
  new Command('demo')
    .description('thirty days of reviews, made by sending commands')
    .addCommand(
      new Command('seed')
        .description('make the demo, or what is missing of it')
        .option('--yes', 'also beside data of your own: its users have a public password')
        .action(async ({ yes }: { yes?: boolean }) => {
          await withRooms('demo seed', async ({ app, core }) => {
            await refuseStrangers(core, yes ?? false);
            say(await seed(app, core));
          });
        }),
    )
    .addCommand(
      new Command('reset')
        .description('delete EVERYTHING of a demo installation and make the demo anew')
        .requiredOption('--yes', 'I know that all data of this installation is deleted')
        .action(async () => {
          await withCore('demo reset', async (core, { database }) => {
            if (database.source === 'running') throw new CliError('The standalone runs: stop it first (Ctrl-C there).');
            await resetDemo(core);
          });
          await withRooms('demo reset', async ({ app, core }) => say(await seed(app, core)));
        }),
    );

async function refuseStrangers({ config, store, facts }: Core, yes: boolean): Promise<void> {
  if (config.production) throw new CliError('There is no demo in production: its passwords are public.');
  if (!yes && (await hasOtherData(store, facts)))
    throw new CliError('There is data here that is not the demo. --yes makes the demo beside it.');
}

/** A worker may be running: it must not fire the demo's deadlines by today's clock while the demo is being made. */
const seed = (app: INestApplicationContext, { store, codec, facts, clock, database }: Core): Promise<Seeded> =>
  withProcessesHeld(database.pool, () =>
    seedDemo({
      commands: app.get(CommandBus),
      store,
      codec,
      facts,
      processManagers: allProcessManagers,
      targets: targetsOf(app),
      now: clock.now(),
    }),
  );

function say({ alreadyThere, reviews, commands, timersFired }: Seeded): void {
  console.log(
    alreadyThere
      ? `The demo is there: ${reviews} reviews.`
      : `Made the demo: ${reviews} reviews by ${commands} commands and ${timersFired} deadlines.`,
  );
}
