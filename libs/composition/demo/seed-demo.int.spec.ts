import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CommandBus } from '@nestjs/cqrs';
import type { Recorded } from '#libs/kernel/domain/message';
import { testDatabase, type TestDatabase } from '#libs/testing/postgres';
import { Config } from '../config.js';
import { DemoInProduction, openCore, type Core } from '../core.js';
import { makeMissingKeys } from '../keys.js';
import { createLogger } from '../logging.js';
import { allProcessManagers } from '../rooms.js';
import { targetsOf } from '../rooms.module.js';
import { run, type Running } from '../running.js';
import { cast } from './cast.js';
import { seedDemo, type SeedTools } from './seed-demo.js';
import { stories } from './stories.js';

const NOW = new Date('2026-06-15T12:34:56Z');

describe('the demo', () => {
  let database: TestDatabase;
  let folder: string;
  let running: Running<INestApplicationContext>;
  let core: Core;

  beforeEach(async () => {
    database = await testDatabase();
    folder = mkdtempSync(join(tmpdir(), 'seed-'));
    const config = Config.read({ DATA_DIR: folder, LOG_LEVEL: 'warn' });
    makeMissingKeys(config);
    core = await openCore({ config, logger: createLogger(config, 'test'), databaseUrl: database.url });
    running = await run(core, (rooms) => NestFactory.createApplicationContext(rooms, { logger: false }));
  });
  afterEach(async () => {
    await running.stop();
    await database.close();
    rmSync(folder, { recursive: true });
  });

  const tools = (changes: Partial<SeedTools> = {}): SeedTools => ({
    commands: running.app.get(CommandBus),
    store: core.store,
    codec: core.codec,
    facts: core.facts,
    processManagers: allProcessManagers,
    targets: targetsOf(running.app),
    now: NOW,
    ...changes,
  });

  const log = async (): Promise<Recorded[]> => {
    const events: Recorded[] = [];
    for (let after = core.store.start, atHead = false; !atHead;) {
      const page = await core.store.readAll({ after, limit: 1000 });
      events.push(...(await core.codec.decode(page.events)));
      ({ next: after, atHead } = page);
    }
    return events;
  };

  /** What is the same in every installation: hashes and claims of user names are under keys of their own. */
  const plain = (events: readonly Recorded[]) =>
    events
      .filter(({ type }) => type !== 'Claimed')
      .map(({ id, streamId, revision, type, data, recordedAt }) =>
        JSON.stringify([id, streamId, String(revision), type, data, recordedAt], (key, value: unknown) =>
          key.toLowerCase().includes('hash') ? 'under a key of this installation' : value,
        ),
      );

  it('is no place for production', async () => {
    await core.facts.settle('demo', { anchor: NOW.toISOString(), complete: false });
    const config = Config.read({
      NODE_ENV: 'production',
      DATA_DIR: folder,
      JWT_KEY_FILE: join(folder, 'jwt.key'),
      KEY_ENCRYPTION_KEY_FILE: join(folder, 'key-encryption.key'),
    });
    const opened = openCore({ config, logger: createLogger(config, 'test'), databaseUrl: database.url });
    await expect(opened).rejects.toThrow(DemoInProduction);
  });

  it('has reviews in every status, and ends now', async () => {
    const { alreadyThere, reviews } = await seedDemo(tools());
    expect(alreadyThere).toBe(false);
    expect(reviews).toBeGreaterThanOrEqual(60);

    const events = await log();
    const count = (type: string) => events.filter((event) => event.type === type).length;
    expect(count('ReviewStarted')).toBe(stories.length);
    expect(count('UserRegistered')).toBe(cast.length);
    expect(count('WorkflowPublished')).toBe(2);
    for (const type of [
      'ReviewApproved',
      'ReviewRejected',
      'ReviewWithdrawn',
      'ReviewExpired',
      'ChangesRequested',
      'SubjectRevised',
      'SlaBreached',
      'RungFired',
      'AssignmentAdded',
      'CommentAdded',
    ])
      expect([type, count(type) >= 3]).toEqual([type, true]);

    const times = events.map(({ recordedAt }) => recordedAt);
    expect(times).toEqual(times.toSorted());
    expect(times.at(-1)! <= NOW.toISOString()).toBe(true);
    expect(Date.parse(times.at(-1)!)).toBeGreaterThan(NOW.getTime() - 2 * 3_600_000);
    expect(Date.parse(times[0]!)).toBeLessThan(NOW.getTime() - 29 * 24 * 3_600_000);
  });

  it('is not made twice', async () => {
    await seedDemo(tools());
    const before = await log();
    expect(await seedDemo(tools({ now: new Date() }))).toMatchObject({ alreadyThere: true, commands: 0 });
    await core.facts.write('demo', { anchor: '2026-06-15T12:34:00.000Z', complete: false });
    expect(await seedDemo(tools({ now: new Date() }))).toMatchObject({ alreadyThere: false });
    expect(await log()).toHaveLength(before.length);
  });

  it('goes on after a crash in the middle, and comes out as without it', async () => {
    let left = 137;
    const crashing = Object.create(running.app.get(CommandBus)) as CommandBus;
    crashing.execute = (async (command: never) => {
      if (left-- === 0) throw new Error('power failure');
      return running.app.get(CommandBus).execute(command);
    }) as never;
    await expect(seedDemo(tools({ commands: crashing }))).rejects.toThrow('power failure');
    await seedDemo(tools({ now: new Date('2026-06-16T08:00:00Z') }));
    const interrupted = plain(await log());

    await running.stop();
    await database.close();
    database = await testDatabase();
    const { config, logger } = core;
    core = await openCore({ config, logger, databaseUrl: database.url });
    running = await run(core, (rooms) => NestFactory.createApplicationContext(rooms, { logger: false }));
    await seedDemo(tools());
    expect(interrupted).toEqual(plain(await log()));
  });
});
