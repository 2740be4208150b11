import '#libs/composition/node-version';

const { start } = await import('#libs/composition/start');
const { program } = await import('./program.js');

await start(async () => {
  const root = await program(process.argv[2]);
  await root.parseAsync();
});
