import '#libs/composition/node-version';

const { start } = await import('#libs/composition/start');
const { startApi } = await import('./bootstrap.js');

await start(startApi);
