import { randomInt } from 'node:crypto';
import { Client } from './client.js';
import { embeddedUrl, readModelChecksums } from './database.js';
import { Installation, until } from './installation.js';
import { faults, Ledger } from './ledger.js';
import { load } from './load.js';
import { publishedWorkflow, roleStep } from './scenario.js';

export interface ChaosReport {
  readonly acknowledged: number;
  readonly inDoubt: number;
  readonly faults: readonly string[];
  /** Checksums of the read models as the projector kept them, and as a rebuild from the log makes them. */
  readonly kept: Readonly<Record<string, string>>;
  readonly rebuilt: Readonly<Record<string, string>>;
}

export const signIn = (url: string): Promise<Client[]> =>
  Promise.all(['officer', 'manager', 'manager2', 'admin'].map((name) => Client.login(url, name)));

/** Load, kill, restart, again and again; then settles what is in doubt and compares the log with the ledger. */
export async function chaos(
  installation: Installation,
  cycles: number,
  strike: (installation: Installation) => Promise<void>,
  progress: (message: string) => void = () => undefined,
): Promise<ChaosReport> {
  const ledger = new Ledger();
  let clients = await signIn(installation.url);
  const workflow = await publishedWorkflow(clients[3]!, [roleStep('credit', 'manager', 2)]);
  let inDoubt = 0;
  for (let cycle = 0; cycle < cycles; cycle++) {
    const stop = load(ledger, clients, workflow);
    await new Promise((done) => setTimeout(done, randomInt(300, 1500)));
    const began = performance.now();
    await strike(installation);
    const back = performance.now();
    await stop();
    clients = await signIn(installation.url);
    inDoubt += ledger.entries.filter(({ answer }) => !answer).length;
    await ledger.settle(clients);
    const [down, settled] = [back - began, performance.now() - back].map((ms) => `${(ms / 1000).toFixed(1)} s`);
    progress(
      `cycle ${cycle + 1}: ${ledger.acknowledged.length} acknowledged, ${inDoubt} in doubt; down ${down}, settled in ${settled}`,
    );
  }
  const admin = clients[3]!;
  const database = await embeddedUrl(installation.dataDir);
  await caughtUp(admin);
  const kept = await readModelChecksums(database);
  await rebuildAll(admin);
  const rebuilt = await readModelChecksums(database);
  return { acknowledged: ledger.acknowledged.length, inDoubt, faults: await faults(ledger, admin), kept, rebuilt };
}

/** Waits until every read model stands at the end of the log. */
export async function caughtUp(admin: Client): Promise<void> {
  await until('read models at the end of the log', 30_000, async () => {
    const { body } = await admin.get('/projections');
    return body.data.length > 0 && body.data.every((each: { lag: number }) => each.lag === 0);
  });
}

const projectionsIn = ({ data }: { data: { name: string; kind: string }[] }): string[] => [
  ...new Set(data.filter(({ kind }) => kind === 'projection').map(({ name }) => name)),
];

/** Rebuilds every read model from the first event and waits until each is live. */
export async function rebuildAll(admin: Client): Promise<void> {
  const { body } = await admin.get('/projections');
  for (const name of projectionsIn(body)) {
    const { headers } = await admin.must(`/projections/${name}/rebuild`, {});
    const job = headers.get('location')!.replace('/api/v1', '');
    await until(`rebuild of ${name}`, 120_000, async () => {
      const { body: state } = await admin.get(job);
      if (state.status === 'failed') throw new Error(JSON.stringify(state));
      return state.status === 'succeeded';
    });
  }
}
