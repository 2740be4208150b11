import { once } from 'node:events';
import Fastify from 'fastify';
import { Body, Controller, Param, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { createApi, HttpLimits } from '#apps/api/bootstrap';
import { At, Door } from '#apps/api/src/http/door';
import { CommandRoute, Requires } from '#apps/api/src/http/routes';
import { DashboardController } from '#apps/api/src/dashboard/dashboard.controller';
import { DelegationsController } from '#apps/api/src/delegations/delegations.controller';
import { InboxController } from '#apps/api/src/inbox/inbox.controller';
import { OperationsController } from '#apps/api/src/operations/operations.controller';
import { BacktestJobs } from '#apps/api/src/rulesets/backtest-jobs';
import { ParkedEvents } from '#apps/api/src/operations/parked-events';
import { RebuildJobs } from '#apps/api/src/operations/rebuild-jobs';
import { ReviewCommandsController } from '#apps/api/src/reviews/review-commands.controller';
import { ReviewDesk } from '#apps/api/src/reviews/review-desk';
import { ReviewReadsController } from '#apps/api/src/reviews/review-reads.controller';
import { WorkflowsController } from '#apps/api/src/workflows/workflows.controller';
import { Config } from '#libs/composition/config';
import { openCore } from '#libs/composition/core';
import { seedDemo } from '#libs/composition/demo/seed-demo';
import { makeMissingKeys } from '#libs/composition/keys';
import { createLogger } from '#libs/composition/logging';
import { allProcessManagers } from '#libs/composition/rooms';
import { targetsOf } from '#libs/composition/rooms.module';
import { run } from '#libs/composition/running';
import { Database } from '#libs/postgres/infrastructure/database';
import { sql } from 'kysely';
import { BenchDecideBody } from './bench.dto.js';

/*
 * The server under load, a process of its own: the real API, beside it the same stack with nothing behind it (FN) and a
 * plain table behind it (FC), and a bare Fastify on a second port. Says its ports in one line of JSON.
 */

/** FN: the door, the body, the key, the receipt's size; no command. */
@Controller('bench-null')
class NullController {
  @Post(':id/decide')
  @Requires('review:decide')
  @CommandRoute({ key: 'required' })
  decide(@Param('id') id: string, @Body() body: BenchDecideBody, @At() at: Door) {
    return answer(id, at.metadata.commandId, body.verdict);
  }
}

/** FC: what a CRUD approval does: read the row, change it, write a line of history, in one transaction. */
@Controller('bench-crud')
class CrudController {
  constructor(private readonly database: Database) {}

  @Post(':id/decide')
  @Requires('review:decide')
  @CommandRoute({ key: 'required' })
  async decide(@Param('id') id: string, @Body() { verdict }: BenchDecideBody, @At() at: Door) {
    await this.database
      .kysely<Record<string, never>>()
      .transaction()
      .execute(async (tx) => {
        const found = await sql<{ version: number }>`SELECT * FROM bench.review WHERE id = ${id} FOR UPDATE`.execute(
          tx,
        );
        const version = (found.rows[0]?.version ?? 0) + 1;
        await sql`INSERT INTO bench.review (id, status, decided_by, version) VALUES (${id}, ${verdict}, ${at.metadata.actor.id}, ${version})
                ON CONFLICT (id) DO UPDATE SET status = excluded.status, decided_by = excluded.decided_by, version = excluded.version`.execute(
          tx,
        );
        await sql`INSERT INTO bench.history (review_id, verdict, actor, at) VALUES (${id}, ${verdict}, ${at.metadata.actor.id}, now())`.execute(
          tx,
        );
      });
    return answer(id, at.metadata.commandId, verdict);
  }
}

const answer = (id: string, commandId: string, verdict: string) => ({
  commandId,
  stream: `review-${id}`,
  revision: 3,
  position: '1234567',
  events: [{ id: commandId, type: 'DecisionRecorded', revision: 3 }],
  state: {
    status: 'in_review',
    step: 'credit',
    waitingOn: [{ condition: verdict, have: 1, need: 2, who: ['role:manager'] }],
  },
});

const config = Config.standalone({
  DATA_DIR: process.env['DATA_DIR'],
  DATABASE_URL: process.env['DATABASE_URL'],
  LOG_LEVEL: 'error',
});
makeMissingKeys(config);
const logger = createLogger(config, 'bench');
const core = await openCore({ config, logger, databaseUrl: config.databaseUrl!, migrates: true });
const routes = {
  controllers: [
    ReviewCommandsController,
    ReviewReadsController,
    WorkflowsController,
    DelegationsController,
    InboxController,
    DashboardController,
    OperationsController,
    NullController,
    CrudController,
  ],
  providers: [ParkedEvents, RebuildJobs, BacktestJobs, ReviewDesk],
};
const running = await run(core, (rooms) =>
  createApi({ rooms, routes, limits: new HttpLimits({ requestsPerSecond: undefined }), logger: false }),
);
await core.database.pool.query(`
  CREATE SCHEMA bench;
  CREATE TABLE bench.review (id text PRIMARY KEY, status text NOT NULL, decided_by text NOT NULL, version int NOT NULL);
  CREATE TABLE bench.history (n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, review_id text NOT NULL, verdict text NOT NULL,
    actor text NOT NULL, at timestamptz NOT NULL);`);
await seedDemo({
  commands: running.app.get(CommandBus),
  store: core.store,
  codec: core.codec,
  facts: core.facts,
  processManagers: allProcessManagers,
  targets: targetsOf(running.app),
  now: core.clock.now(),
});
await running.process(process.env['BENCH_WORKER'] === '1' ? config.workerRoles : []);
await running.app.listen({ host: '127.0.0.1', port: 0 });
const { port } = running.app.getHttpServer().address() as { port: number };

const bare = Fastify();
bare.post('/:id/decide', (request) =>
  answer((request.params as { id: string }).id, 'x', (request.body as { verdict: string }).verdict),
);
await bare.listen({ host: '127.0.0.1', port: 0 });
const { port: barePort } = bare.server.address() as { port: number };

process.stdout.write(`${JSON.stringify({ port, barePort })}\n`);
await once(process.stdin.resume(), 'end');
process.exit(0);
