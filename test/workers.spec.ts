import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { ownPort } from '#libs/testing/own-port';
import { testDatabase, type TestDatabase } from '#libs/testing/postgres';
import { caughtUp, rebuildAll, signIn } from './support/chaos.js';
import type { Client } from './support/client.js';
import { readModelChecksums } from './support/database.js';
import { startProcess, until, type RunningProcess } from './support/installation.js';
import { faults, Ledger } from './support/ledger.js';
import { load } from './support/load.js';
import { publishedWorkflow, roleStep } from './support/scenario.js';

jest.setTimeout(300_000);

/* The API and two workers as processes of their own over one PostgreSQL, as in a deployment. */
describe('workers as processes of their own', () => {
  let database: TestDatabase;
  let env: Record<string, string>;
  let clients: Client[];
  const processes: RunningProcess[] = [];

  const start = async (file: string, ready: (running: RunningProcess) => Promise<boolean>, more = {}) => {
    const running = startProcess(file, { ...env, ...more });
    processes.push(running);
    await until(`${file} ready`, 60_000, () => ready(running), running);
    return running;
  };
  const startWorker = () =>
    start('apps/worker/main.js', async (running) => running.output().includes('The worker is at work'));

  beforeAll(async () => {
    database = await testDatabase();
    const port = String(await ownPort());
    const url = `http://127.0.0.1:${port}`;
    const folder = await mkdtemp(join(tmpdir(), 'countersign-data-'));
    env = { DATABASE_URL: database.url, DATA_DIR: folder, PORT: port, LOG_LEVEL: 'info' };
    const isReady = async () => (await fetch(`${url}/health/ready`)).ok;
    const standalone = await start('apps/standalone/main.js', isReady); // migrates, makes keys and people
    await standalone.end('SIGTERM');
    const atWork = await startWorker();
    await start('apps/api/main.js', isReady, { REQUESTS_PER_SECOND: '0' });
    clients = await signIn(url);
    await atWork.end('SIGTERM');
  });
  afterAll(async () => {
    await Promise.all(processes.map((running) => running.end('SIGKILL')));
    await rm(env['DATA_DIR']!, { recursive: true, force: true });
    await database.close();
  });

  it('two at once: one leads; after kill -9 of either, ten times, the other goes on and rows equal a rebuild', async () => {
    const admin = clients[3]!;
    const ledger = new Ledger();
    let workers = [await startWorker(), await startWorker()] as [RunningProcess, RunningProcess];
    const workflow = await publishedWorkflow(admin, [roleStep('credit', 'manager', 2)]);
    const stop = load(ledger, clients, workflow, 2);
    const waited: number[] = [];
    for (let cycle = 0; cycle < 10; cycle++) {
      await new Promise((done) => setTimeout(done, 300));
      const [doomed, heir] = workers;
      await doomed.end('SIGKILL');
      const killed = performance.now();
      const { headers } = await admin.must(`/workflows/${workflow}/start`, {
        subject: { type: 'loan', id: `takeover-${cycle}`, content: {} },
      });
      const token = headers.get('consistency-token')!;
      const seen = await admin.get('/reviews?limit=1', { headers: { 'consistency-token': token, prefer: 'wait=15' } });
      expect(seen.status).toBe(200);
      waited.push(Math.round(performance.now() - killed));
      workers = [heir, await startWorker()];
    }
    await stop();
    console.log(`milliseconds from each kill -9 to a read that shows a later write: ${waited.join(', ')}`);
    await ledger.settle(clients);
    expect(await faults(ledger, admin)).toEqual([]);
    expect(ledger.acknowledged.length).toBeGreaterThan(100);

    await caughtUp(admin);
    const kept = await readModelChecksums(database.url);
    await rebuildAll(admin);
    const rebuilt = await readModelChecksums(database.url);
    console.log(JSON.stringify({ kept, rebuilt }, null, 1));
    expect(rebuilt).toEqual(kept);
  });
});
