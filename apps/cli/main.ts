import '#libs/composition/node-version';

const { start } = await import('#libs/composition/start');
const { program } = await import('./program.js');

await start(async () => {
  await program().parseAsync();
});
