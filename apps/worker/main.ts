import '#libs/composition/node-version';

const { start } = await import('#libs/composition/start');
const { startWorker } = await import('./bootstrap.js');

await start(() => startWorker(process.argv.slice(2)));
