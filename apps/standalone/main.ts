import '#libs/composition/node-version';

const { start } = await import('#libs/composition/start');
const { startStandalone } = await import('./bootstrap.js');

await start(startStandalone);
