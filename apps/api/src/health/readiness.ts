import { Injectable } from '@nestjs/common';
import { EventStore } from '#libs/event-store/application/event-store';
import { Database } from '#libs/postgres/infrastructure/database';
import { ProcessingControl } from '#libs/processing/application/processing-control';
import type { CheckAnswer, ReadyAnswer } from './health.dto.js';

/** No check may take longer than this, in milliseconds: a probe that hangs says nothing. */
const PATIENCE = 2000;

/** Whether this process can do its work: the log and the database answer, and every read model has a live build. */
@Injectable()
export class Readiness {
  constructor(
    private readonly store: EventStore,
    private readonly database: Database,
    private readonly processing: ProcessingControl,
  ) {}

  async check(): Promise<ReadyAnswer> {
    const checks = await Promise.all([
      check('event-store', async () => this.store.health()),
      check('database', async () => ({ ok: (await this.database.pool.query('SELECT 1')).rowCount === 1 })),
      check('read-models', async () => {
        const { ok, missing } = await this.processing.liveBuilds();
        return { ok, ...(ok ? {} : { detail: `being built: ${missing.join(', ')}` }) };
      }),
    ]);
    return { status: checks.every(({ ok }) => ok) ? 'ready' : 'unready', checks };
  }
}

async function check(name: string, ask: () => Promise<{ ok: boolean; detail?: string }>): Promise<CheckAnswer> {
  const { promise: late, resolve } = Promise.withResolvers<{ ok: false; detail: string }>();
  const timer = setTimeout(() => resolve({ ok: false, detail: 'no answer in time' }), PATIENCE);
  try {
    return { name, ...(await Promise.race([ask(), late])) };
  } catch {
    return { name, ok: false, detail: 'not reachable' };
  } finally {
    clearTimeout(timer);
  }
}
