import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { CommandBus } from '@nestjs/cqrs';
import { Config } from '#libs/composition/config';
import type { Position } from '#libs/event-store/application/event-store';
import { openCore, type Core } from '#libs/composition/core';
import { makeMissingKeys } from '#libs/composition/keys';
import { createLogger } from '#libs/composition/logging';
import { run } from '#libs/composition/running';
import { WaitGate } from '#libs/processing/application/wait-gate';
import { Timers } from '#libs/processing/application/timers';
import { definition, start, step, Story } from '#libs/reviews/domain/review.examples';
import { CreateCalendarCommand } from '#libs/workflows/application/commands/publish-calendar.handlers';
import { histories } from './histories.js';
import type { Result } from './result.js';

/** Clocks that run when the calendar is published. */
const CLOCKS = Number(process.env['BENCH_CLOCKS'] ?? 10_000);
const WORKSPACE = 'demo';
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

/** Publishing a calendar: from the command until every running clock has its event, and until its timers have moved. */
export async function calendarResults(url: string): Promise<Result[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
  const config = Config.read({ DATA_DIR: dataDir, DATABASE_URL: url, LOG_LEVEL: 'error' });
  makeMissingKeys(config);
  const core = await openCore({ config, logger: createLogger(config, 'bench'), databaseUrl: url });
  const running = await run(core, (rooms) => NestFactory.createApplicationContext(rooms, { logger: false }));
  try {
    await startClocks(core);
    await running.process(config.workerRoles);
    await running.app.get(WaitGate).waitFor('clocks', await core.store.head(), PATIENCE_MS);
    // Process managers have seen everything; of a workspace without deadlines nothing fires.
    const settled = () => running.app.get(Timers).fireDue('nobody');
    await settled();

    const before = await core.store.head();
    const cpuBefore = process.cpuUsage();
    const begun = performance.now();
    await running.app.get(CommandBus).execute(publishing());
    const recorded = await until(core, { before, begun }, EVENTS, CLOCKS);
    const moved = await until(core, { before, begun }, TIMERS, CLOCKS);
    const cpu = process.cpuUsage(cpuBefore);
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
          'CPU s of this process': (cpu.user + cpu.system) / 1e6,
        },
      },
    ];
  } finally {
    await running.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function startClocks({ codec, store }: Core): Promise<void> {
  const story = JSON.stringify(Story.of(start(workflow)).events);
  for (let begun = 0; begun < CLOCKS; begun += COHORT) {
    const reviews = await histories(codec, Math.min(COHORT, CLOCKS - begun), [story]);
    await Promise.all(reviews.map(({ streamId, events }) => store.append([{ streamId, expected: 'none', events }])));
  }
}

function publishing(): CreateCalendarCommand {
  const hours = [{ from: '08:00', to: '16:00' }];
  const week = { monday: hours, tuesday: hours, wednesday: hours, thursday: hours, friday: hours };
  const holidays = [{ date: '12-25', observed: 'next' }, { date: '01-01' }, { easter: 1 }];
  const id = randomUUID();
  return new CreateCalendarCommand(
    { calendar: { key: 'default', name: 'Office hours', timezone: 'Europe/Berlin', week, holidays } },
    {
      commandId: id,
      commandHash: 'bench',
      actor: { id: 'bench', kind: 'system', roles: [] },
      workspaceId: WORKSPACE,
      now: new Date().toISOString(),
      correlationId: id,
      causationId: id,
    },
  );
}

/** What is counted, and a cheap look whether counting can be worth it: that reads whole tables, and would be measured too. */
interface Counting {
  readonly worth: string;
  readonly count: string;
}

const EVENTS: Counting = {
  worth: `SELECT max(position) > $1::bigint + ${CLOCKS} AS worth FROM es.events`,
  count: `SELECT count(*) AS n FROM es.events WHERE type = 'SlaReprojected'`,
};
const TIMERS: Counting = {
  worth: `SELECT position::bigint > $1::bigint + ${CLOCKS} AS worth FROM processing.processors
          WHERE name = 'review_deadlines' AND status = 'live'`,
  count: `SELECT count(*) AS n FROM processing.timers
           WHERE done_at IS NULL AND (payload->>'generation')::int = 2`,
};

/** Seconds since `begun` until a count is reached. */
async function until(
  { database: { pool } }: Core,
  { before, begun }: { before: Position; begun: number },
  { worth, count }: Counting,
  goal: number,
): Promise<number> {
  for (;;) {
    const looked = await pool.query<{ worth: boolean }>(worth, [before]);
    const seconds = (performance.now() - begun) / 1000;
    if (looked.rows[0]?.worth) {
      const { rows } = await pool.query<{ n: string }>(count);
      if (Number(rows[0]?.n) >= goal) return seconds;
    }
    if (seconds * 1000 > PATIENCE_MS) throw new Error(`Not ${goal} after ${seconds.toFixed(0)} s: ${count}`);
    await new Promise((resolve) => setTimeout(resolve, LOOKING_MS));
  }
}
