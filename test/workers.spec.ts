import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signIn, caughtUp, rebuildAll } from './support/chaos.js';
import type { Client } from './support/client.js';
import { embeddedUrl, readModelChecksums } from './support/database.js';
import { Installation, startProcess, until, type RunningProcess } from './support/installation.js';
import { Ledger, faults } from './support/ledger.js';
import { load } from './support/load.js';
import { publishedWorkflow, roleStep } from './support/scenario.js';

/* The API and the workers as processes of their own, as on one machine: the standalone only lends its PostgreSQL. */
describe('workers as processes of their own', () => {
  let installation: Installation;
  let clients: Client[];
  let env: Record<string, string>;
  let workflow: string;
  const workers: RunningProcess[] = [];

  beforeAll(async () => {
    installation = await (await Installation.create({ WORKER_ROLES: 'none' })).start();
    clients = await signIn(installation.url);
    workflow = await publishedWorkflow(clients[3]!, [roleStep('credit', 'manager', 2)]);
    env = {
      DATABASE_URL: await embeddedUrl(installation.dataDir),
      DATA_DIR: installation.dataDir,
      LOG_LEVEL: 'info',
    };
  }, 120_000);
  afterAll(async () => {
    await Promise.all(workers.map((worker) => worker.end('SIGKILL')));
    await installation.destroy();
  }, 60_000);

  const startWorker = async (): Promise<RunningProcess> => {
    const worker = startProcess('apps/worker/main.js', env);
    workers.push(worker);
    await until('the worker at work', 30_000, async () => worker.output().includes('The worker is at work'), worker);
    return worker;
  };

  it('two at once: one leads; after a kill -9 of either the other goes on, rows equal a rebuild', async () => {
    const ledger = new Ledger();
    let [one, two] = [await startWorker(), await startWorker()];
    const stop = load(ledger, clients, workflow, 4);
    for (let cycle = 0; cycle < 10; cycle++) {
      await new Promise((done) => setTimeout(done, 400));
      await one.end('SIGKILL');
      const started = await clients[0]!.must('/workflows/' + workflow + '/start', {
        subject: { type: 'loan', id: `takeover-${cycle}-${Date.now()}`, content: {} },
      });
      const token = started.headers.get('consistency-token')!;
      const seen = await clients[3]!.get('/reviews?limit=1', {
        headers: { 'consistency-token': token, prefer: 'wait=5' },
      });
      expect(seen.status).toBe(200); // the other has taken over within five seconds
      [one, two] = [two, await startWorker()];
    }
    await stop();
    expect(await faults(ledger, clients[3]!)).toEqual([]);

    await caughtUp(clients[3]!);
    const kept = await readModelChecksums(env['DATABASE_URL']!);
    await rebuildAll(clients[3]!);
    expect(await readModelChecksums(env['DATABASE_URL']!)).toEqual(kept);
  }, 240_000);
});
