import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CommandBus } from '@nestjs/cqrs';
import type { Recorded } from '#libs/kernel/domain/message';
import { ReviewStreams } from '#libs/reviews/application/review-streams';
import type { StartedReview } from '#libs/reviews/domain/review.state';
import { testDatabase, type TestDatabase } from '#libs/testing/postgres';
import { Config } from '../config.js';
import { DemoInProduction, openCore, type Core } from '../core.js';
import { makeMissingKeys } from '../keys.js';
import { createLogger } from '../logging.js';
import { allProcessManagers } from '../rooms.js';
import { targetsOf } from '../rooms.module.js';
import { run, type Running } from '../running.js';
import { cast, userIdOf } from './cast.js';
import { seedDemo, type SeedTools } from './seed-demo.js';
import { showcaseStories } from './showcase.js';
import { stories } from './stories.js';
import { demoWorkflows } from './workflows.js';

/** Every status that a review rests in. */
const everyStatus: Readonly<Record<Exclude<StartedReview['status'], 'submitted'>, true>> = {
  in_review: true,
  changes_requested: true,
  info_requested: true,
  on_hold: true,
  approved: true,
  rejected: true,
  withdrawn: true,
  expired: true,
  cancelled: true,
};

/** Every story that shows something, and how it stands. */
const endings: Readonly<Record<string, StartedReview['status']>> = {
  'credit-line-0001': 'approved',
  'credit-line-0002': 'rejected',
  'credit-line-0003': 'approved',
  'credit-line-0004': 'in_review',
  'credit-line-0005': 'in_review',
  'mortgage-0001': 'approved',
  'mortgage-0002': 'approved',
  'mortgage-0003': 'approved',
  'mortgage-0004': 'approved',
  'mortgage-0005': 'approved',
  'mortgage-0006': 'rejected',
  'mortgage-0007': 'approved',
  'mortgage-0008': 'approved',
  'mortgage-0009': 'cancelled',
  'mortgage-0010': 'on_hold',
  'mortgage-0011': 'info_requested',
  'mortgage-0012': 'in_review',
  'small-loan-0001': 'approved',
  'small-loan-0002': 'rejected',
  'small-loan-0003': 'approved',
  'small-loan-0004': 'in_review',
  'letter-0001': 'approved',
  'letter-0002': 'approved',
  'letter-0003': 'in_review',
};

const shown = [
  'AssignmentClaimed',
  'AssignmentTransferred',
  'AutoRulesEvaluated',
  'CalendarPublished',
  'DelegationCreated',
  'DraftSubmitted',
  'InfoProvided',
  'InfoRequested',
  'ReviewCancelled',
  'ReviewHeld',
  'ReviewOverridden',
  'ReviewReopened',
  'ReviewResumed',
  'RulesetPublished',
  'StepSkipped',
];

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

  /** How each review stands, by subject. */
  const standings = async (events: readonly Recorded[]) => {
    const reviews = running.app.get(ReviewStreams, { strict: false });
    const standing = new Map<string, StartedReview>();
    for (const { streamId, type } of events) {
      if (type !== 'ReviewStarted') continue;
      const { state } = await reviews.load(streamId.slice('review-'.length));
      if (state.status !== 'not_started') standing.set(state.subject.id, state);
    }
    return standing;
  };

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
    expect(count('WorkflowPublished')).toBe(demoWorkflows.length);
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

    const statuses = [...(await standings(events)).values()].map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set(Object.keys(everyStatus)));

    const times = events.map(({ recordedAt }) => recordedAt);
    expect(times).toEqual(times.toSorted());
    expect(times.at(-1)! <= NOW.toISOString()).toBe(true);
    expect(Date.parse(times.at(-1)!)).toBeGreaterThan(NOW.getTime() - 2 * 3_600_000);
    expect(Date.parse(times[0]!)).toBeLessThan(NOW.getTime() - 29 * 24 * 3_600_000);
  });

  // A working day, and a Saturday night after holidays: open hours lie elsewhere.
  it.each([NOW, new Date('2026-01-03T23:10:00Z')])('shows what reviews can, at %p', async (now) => {
    await seedDemo(tools({ now }));
    const events = await log();
    const types = new Set(events.map(({ type }) => type));
    expect(shown.filter((type) => !types.has(type))).toEqual([]);

    const standing = await standings(events);
    const status = (id: string) => standing.get(id)?.status;
    expect(showcaseStories.map(({ subject: { id } }) => [id, status(id)])).toEqual(Object.entries(endings));

    const decided = (id: string) => standing.get(id)!.decisions.map(({ actorId, onBehalfOf }) => [actorId, onBehalfOf]);
    expect(decided('mortgage-0003')).toContainEqual([userIdOf('manager'), userIdOf('manager3')]);
    expect(decided('small-loan-0001')).toEqual([]);
    const rungs = events.filter(
      ({ type, streamId }) => type === 'RungFired' && streamId === `review-${standing.get('mortgage-0004')!.reviewId}`,
    );
    expect(rungs.map(({ data }) => (data as { rung: { id: string } }).rung.id)).toEqual(
      expect.arrayContaining(['half', 'tell', 'due', 'help', 'hand-over']),
    );
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
