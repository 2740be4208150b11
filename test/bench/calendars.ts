import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CommandBus } from '@nestjs/cqrs';
import { Config } from '#libs/composition/config';
import type { Position } from '#libs/event-store/application/event-store';
import { openCore, type Core } from '#libs/composition/core';
import { makeMissingKeys } from '#libs/composition/keys';
import { createLogger } from '#libs/composition/logging';
import { run, type Running } from '#libs/composition/running';
import { ProcessingControl } from '#libs/processing/application/processing-control';
import { WaitGate } from '#libs/processing/application/wait-gate';
import { Timers } from '#libs/processing/application/timers';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import { definition, start, step, Story } from '#libs/reviews/domain/review.examples';
import {
  CreateCalendarCommand,
  PublishCalendarCommand,
} from '#libs/workflows/application/commands/publish-calendar.handlers';
import { histories } from './histories.js';
import { hashesPerSecond } from './measure.js';
import type { Result } from './result.js';

/** Clocks that run when the calendar is published. */
const CLOCKS = Number(process.env['BENCH_CLOCKS'] ?? 10_000);
const WORKSPACE = 'demo';
const KEY = 'default';
const PATIENCE_MS = 120_000;
const COHORT = 500;
const LOOKING_MS = 25;

/** A step in business time with its breach and two rungs: three deadlines of each clock move, kept by one timer. */
const workflow = definition(
  step('check', {
    sla: { value: 3, unit: 'BUSINESS_DAY' },
    ladder: [
      { id: 'r1', at: '50%', action: 'remind' },
      { id: 'r2', at: '+8bh', action: 'none' },
    ],
  }),
);

/**
 * Publishing a calendar: from the command until every running clock has its event, and until its timer has moved. Once in
 * processes that were there when the reviews began, and once more after a restart, when nothing is in memory.
 */
export async function calendarResults(url: string): Promise<Result[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
  const config = Config.read({ DATA_DIR: dataDir, DATABASE_URL: url, LOG_LEVEL: 'error' });
  makeMissingKeys(config);
  try {
    const { moved, recorded, cpu } = await running(config, async (installation) => {
      await startClocks(installation.core);
      const calendar = { key: KEY, ...hours('16:00') };
      return publish(installation, new CreateCalendarCommand({ calendar }, metadata()), 2);
    });
    const restarted = await running(config, (installation) =>
      publish(installation, new PublishCalendarCommand({ calendarId: KEY, calendar: hours('17:00') }, metadata()), 3),
    );
    return [
      {
        id: 'C1',
        what: `publish of a calendar until ${CLOCKS} running clocks and their timers have moved`,
        value: moved,
        unit: 's',
        goal: { atMost: 5 },
        figures: {
          'events recorded after s': recorded,
          'clocks/s': CLOCKS / moved,
          'CPU s of this process': cpu,
          'after a restart s': restarted.moved,
          'CPU s then': restarted.cpu,
          'hashes/s of one core': hashesPerSecond(),
        },
      },
    ];
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

type Installation = Running<INestApplicationContext>;

/** Everything in one process, at work. */
async function running<T>(config: Config, work: (installation: Installation) => Promise<T>): Promise<T> {
  const logger = createLogger(config, 'bench');
  const core = await openCore({ config, logger, databaseUrl: config.databaseUrl as string });
  const installation = await run(core, (rooms) => NestFactory.createApplicationContext(rooms, { logger: false }));
  try {
    await installation.process(config.workerRoles);
    return await work(installation);
  } finally {
    await installation.stop();
  }
}

async function publish(
  { app, core }: Installation,
  command: CreateCalendarCommand | PublishCalendarCommand,
  generation: number,
): Promise<{ readonly moved: number; readonly recorded: number; readonly cpu: number }> {
  const before = await core.store.head();
  for (const { name } of await app.get(ProcessingControl).list())
    await app.get(WaitGate).waitFor(name, before, PATIENCE_MS);
  // Process managers have seen everything; of a workspace without deadlines nothing fires.
  await app.get(Timers).fireDue('nobody');

  const cpuBefore = process.cpuUsage();
  const begun = performance.now();
  await app.get(CommandBus).execute(command);
  const recorded = await until(core, { before, begun }, EVENTS, before);
  const moved = await until(core, { before, begun }, TIMERS, generation);
  const { user, system } = process.cpuUsage(cpuBefore);
  return { moved, recorded, cpu: (user + system) / 1e6 };
}

async function startClocks({ codec, store }: Core): Promise<void> {
  const story = JSON.stringify(Story.of(start(workflow)).events);
  for (let begun = 0; begun < CLOCKS; begun += COHORT) {
    const reviews = await histories(codec, Math.min(COHORT, CLOCKS - begun), [story]);
    await Promise.all(reviews.map(({ streamId, events }) => store.append([{ streamId, expected: 'none', events }])));
  }
}

/** Rules that end the working day at `to`. */
function hours(to: string) {
  const open = [{ from: '08:00', to }];
  const week = { monday: open, tuesday: open, wednesday: open, thursday: open, friday: open };
  const holidays = [{ date: '12-25', observed: 'next' }, { date: '01-01' }, { easter: 1 }];
  return { name: 'Office hours', timezone: 'Europe/Berlin', week, holidays };
}

function metadata(): CommandMetadata {
  const id = randomUUID();
  return {
    commandId: id,
    commandHash: 'bench',
    actor: { id: 'bench', kind: 'system', roles: [] },
    workspaceId: WORKSPACE,
    now: new Date().toISOString(),
    correlationId: id,
    causationId: id,
  };
}

/** What is counted, and a cheap look whether counting can be worth it: that reads whole tables, and would be measured too. */
interface Counting {
  readonly worth: string;
  readonly count: string;
}

const EVENTS: Counting = {
  worth: `SELECT max(position) > $1::bigint + ${CLOCKS} AS worth FROM es.events`,
  count: `SELECT count(*) AS n FROM es.events WHERE type = 'SlaReprojected' AND position > $1`,
};
/** `$1`: how often the clocks have begun to count. */
const TIMERS: Counting = {
  worth: `SELECT position::bigint > $1::bigint + ${CLOCKS} AS worth FROM processing.processors
          WHERE name = 'review_deadlines' AND status = 'live'`,
  count: `SELECT count(*) AS n FROM processing.timers
           WHERE done_at IS NULL AND (payload->>'generation')::int = $1`,
};

/** Seconds since `begun` until every clock is counted. */
async function until(
  { database: { pool } }: Core,
  { before, begun }: { before: Position; begun: number },
  { worth, count }: Counting,
  of: Position | number,
): Promise<number> {
  for (;;) {
    const looked = await pool.query<{ worth: boolean }>(worth, [before]);
    const seconds = (performance.now() - begun) / 1000;
    if (looked.rows[0]?.worth) {
      const { rows } = await pool.query<{ n: string }>(count, [of]);
      if (Number(rows[0]?.n) >= CLOCKS) return seconds;
    }
    if (seconds * 1000 > PATIENCE_MS) throw new Error(`Not ${CLOCKS} after ${seconds.toFixed(0)} s: ${count}`);
    await new Promise((resolve) => setTimeout(resolve, LOOKING_MS));
  }
}
