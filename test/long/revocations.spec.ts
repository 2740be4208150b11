import { installation, type ApiInstallation } from '#apps/api/api.examples';
import { decisionsOf, ends, lag, races, Revocations } from '#apps/api/revocations.examples';
import { EventStoreDbServerProcess } from '#libs/testing/eventstoredb-server/server-process';
import { ownPort } from '#libs/testing/own-port';
import { Client } from '../support/client.js';
import { startProcess, until, type RunningProcess } from '../support/installation.js';

const RACES = Number(process.env['REVOCATION_RACES'] ?? 10_000);
const LAGS = Number(process.env['REVOCATION_LAGS'] ?? 100);

/** What `revocations.int.spec.ts` shows with some hundred races. */
describe(`${RACES} decisions, each beside the end of the right to it in another process`, () => {
  let api: ApiInstallation;
  let revocations: Revocations;

  beforeAll(async () => {
    api = await installation();
    revocations = await Revocations.beside(api);
    await revocations.deafen();
  }, 120_000);
  afterAll(async () => {
    await revocations.close();
    await api.stop();
  });

  it('none stands behind it', async () => {
    const raced = await races(revocations, RACES);
    const decisions = await decisionsOf(revocations, raced);
    expect(decisions).toHaveLength(raced.filter(({ status }) => status === 201).length);
    const late = decisions.filter(({ decidedAt, endedAt }) => revocations.store.compare(decidedAt, endedAt) > 0);
    expect(late).toEqual([]);
  }, 7_200_000);
});

/** Nothing is checked there while it is appended: a right ends when the process has read that it has. */
describe('over EventStoreDB', () => {
  let server: EventStoreDbServerProcess;
  let api: ApiInstallation;
  let decider: RunningProcess;
  let revocations: Revocations;

  beforeAll(async () => {
    server = await EventStoreDbServerProcess.start();
    const store = { EVENT_STORE: 'eventstoredb', EVENTSTORE_URL: server.url };
    api = await installation({ REQUESTS_PER_SECOND: '0', ...store });
    const { config } = api.core;
    const port = await ownPort();
    decider = startProcess('apps/api/main.js', {
      PORT: String(port),
      DATABASE_URL: api.databaseUrl,
      DATA_DIR: config.dataDir,
      LOG_LEVEL: 'warn',
      REQUESTS_PER_SECOND: '0',
      ...store,
    });
    const url = `http://127.0.0.1:${port}`;
    await until('ready', 60_000, async () => (await fetch(`${url}/health/ready`)).ok, decider);
    revocations = await Revocations.beside(api, (path, token, body) =>
      Client.anonymous(url).post(path, body, { headers: { authorization: `Bearer ${token}` } }),
    );
  }, 120_000);
  afterAll(async () => {
    await revocations.close();
    await decider.end('SIGTERM');
    await api.stop();
    await server.kill();
  });

  it.each(ends)(
    'a right that has ended is found to have, and stays so: %s',
    async (end) => {
      const workflow = await revocations.workflow(2);
      const lags: number[] = [];
      for (let trial = 0; trial < LAGS; trial++) lags.push(await lag(revocations, workflow, end));
      lags.sort((a, b) => a - b);
      const [median, p99, most] = [0.5, 0.99, 1].map((share) => lags[Math.ceil(LAGS * share) - 1]!.toFixed(1));
      console.log(`${end}: let in for ${median} ms at the median, ${p99} at the 99th percentile, ${most} at most`);
      expect(lags.every(Number.isFinite)).toBe(true);
    },
    600_000,
  );

  it('decisions may stand behind it, made before that was known', async () => {
    const here = await Revocations.beside(api);
    const raced = await races(here, LAGS * ends.length).finally(() => here.close());
    const decisions = await decisionsOf(revocations, raced);
    expect(decisions).toHaveLength(raced.filter(({ status }) => status === 201).length);
    const late = decisions.filter(({ decidedAt, endedAt }) => revocations.store.compare(decidedAt, endedAt) > 0);
    const most = Math.max(...late.map(({ answeredAfter }) => answeredAfter)).toFixed(1);
    console.log(
      `${late.length} of ${decisions.length} decisions in ${raced.length} races stand behind the end, ` +
        `answered at most ${most} ms after its confirmation`,
    );
  }, 600_000);
});
