import { setTimeout as delay } from 'node:timers/promises';
import { Config } from '#libs/composition/config';
import { openCore } from '#libs/composition/core';
import { createLogger } from '#libs/composition/logging';
import { histories } from './histories.js';

/*
 * Another process that appends reviews beside the server, 2,000 events a second until its input ends; then says in one
 * line of JSON how many a second it were. Its start is the first line.
 */
const EVENTS_PER_SECOND = 2000;
const AT_ONCE = 10;

const config = Config.standalone({
  DATA_DIR: process.env['DATA_DIR'],
  DATABASE_URL: process.env['DATABASE_URL'],
  LOG_LEVEL: 'error',
});
const { store, codec } = await openCore({
  config,
  logger: createLogger(config, 'bench'),
  databaseUrl: config.databaseUrl!,
});
let ending = false;
process.stdin.resume().once('end', () => (ending = true));

process.stdout.write('{"appending":true}\n');
const start = performance.now();
let appended = 0;
while (!ending) {
  const reviews = await histories(codec, AT_ONCE);
  await Promise.all(reviews.map(({ streamId, events }) => store.append([{ streamId, expected: 'none', events }])));
  appended += reviews.reduce((sum, { events }) => sum + events.length, 0);
  await delay(Math.max(0, start + (appended * 1000) / EVENTS_PER_SECOND - performance.now()));
}
process.stdout.write(`${JSON.stringify({ perSecond: (appended * 1000) / (performance.now() - start) })}\n`, () =>
  process.exit(0),
);
