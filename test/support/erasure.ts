import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { runningUrl } from '#libs/postgres/infrastructure/embedded/embedded-postgres';
import { Client } from './client.js';
import { Installation } from './installation.js';

/** Exists nowhere but where somebody put it, and in no encoding looks like anything else. */
const planted = (of: string, what: string) => `Zq${of}x${what}Kv`;
const PLANTED = ['Display', 'First', 'Last', 'Mail', 'Title', 'Content', 'Note', 'Comment', 'Verdict', 'Reason'];

interface Planted {
  readonly userId: string;
  readonly username: string;
  readonly reviewId: string;
  readonly subjectId: string;
}

/** Somebody with a name, an address and a review, about whom others have written. */
async function settle(of: string, admin: Client, manager: Client, workflowId: string): Promise<Planted> {
  const text = (what: string) => planted(of, what);
  const username = `Zq${of}xUserKv`.toLowerCase();
  const { body: made } = await admin.must('/users', {
    username,
    displayName: text('Display'),
    firstName: text('First'),
    lastName: text('Last'),
    email: `${text('Mail')}@example.org`,
    roles: ['officer'],
  });
  const subjectId = `loan-${of}`;
  const subject = { type: 'loan', id: subjectId, title: text('Title'), content: { applicant: text('Content') } };
  const { body: started } = await admin.must(`/workflows/${workflowId}/start`, { subject, note: text('Note') });
  const review = `/reviews/${started.reviewId}`;
  await admin.must(`${review}/comments`, { text: text('Comment') });
  const { body: detail } = await admin.get(review);
  await manager.must(`${review}/decide`, {
    verdict: 'approve',
    reviewedRevision: detail.subject.revision,
    comment: text('Verdict'),
  });
  const userId = (made.userId ?? made.stream.slice('user-'.length)) as string;
  await admin.must(`/users/${userId}/deactivate`, { reason: text('Reason') });
  return { userId, username, reviewId: started.reviewId as string, subjectId };
}

/** In which files below a folder one of the texts stands, as bytes. */
async function filesWith(folder: string, texts: readonly string[], skip: RegExp): Promise<string[]> {
  const found: string[] = [];
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, name);
    if (skip.test(name) || !statSync(path).isFile()) continue;
    let rest = '';
    for await (const chunk of createReadStream(path, 'latin1')) {
      const here = rest + String(chunk);
      const hit = texts.find((text) => here.includes(text));
      if (hit !== undefined) {
        found.push(`${name}: ${hit}`);
        break;
      }
      rest = here.slice(-100);
    }
  }
  return found;
}

/** The tables of which some row, as text, has one of the texts. */
async function tablesWith(url: string, texts: readonly string[]): Promise<string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
        WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    );
    const found: string[] = [];
    for (const { name } of rows) {
      const { rowCount } = await client.query(`SELECT FROM ${name} t WHERE t::text ~ $1 LIMIT 1`, [texts.join('|')]);
      if (rowCount) found.push(name);
    }
    return found;
  } finally {
    await client.end();
  }
}

async function countersign(dataDir: string, ...args: string[]): Promise<string> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = spawn(process.execPath, [resolve('bin/countersign.mjs'), ...args], {
    env: { ...env, DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return `${code}: ${said}`;
}

/** One person among many is erased: what was planted is nowhere, and everybody else is as before. */
export function erasureSpec({ people }: { people: number }): void {
  describe(`one person of ${people} is forgotten`, () => {
    let installation: Installation;
    let forgotten: Planted;
    let other: Planted;
    const ofForgotten = [...PLANTED.map((what) => planted('Gone', what)), 'zqgonexuserkv'];
    const ofOther = [...PLANTED.map((what) => planted('Stay0', what)), 'zqstay0xuserkv'];
    /** The write-ahead log is PostgreSQL's own, and overwritten in turn; see docs/guides/administration.md. */
    const WAL = /^postgres\/pg_wal\//;

    beforeAll(async () => {
      installation = await (await Installation.begun({ REQUESTS_PER_SECOND: '0', LOG_LEVEL: 'debug' })).start();
      const [admin, manager] = await Promise.all(
        ['admin', 'manager'].map((name) => Client.login(installation.url, name)),
      );
      const steps = [{ key: 'one', assignees: [{ type: 'ROLE', id: 'manager' }], requiredApprovals: 1 }];
      const { body } = await admin!.must('/workflows', { key: 'loans-of-people', name: 'Loans', steps });
      await admin!.must(`/workflows/${body.workflowId}/publish`, {});
      const settled = (of: string) => settle(of, admin!, manager!, body.workflowId as string);
      forgotten = await settled('Gone');
      other = await settled('Stay0');
      for (let i = 1; i < people - 1; i++) await settled(`Stay${i}`);
    }, 1_800_000);
    afterAll(() => installation.destroy(), 60_000);

    const erase = () =>
      countersign(
        installation.dataDir,
        'erase',
        '--workspace=demo',
        '--yes',
        `--user=${forgotten.userId}`,
        `--subject=loan/${forgotten.subjectId}`,
      );

    it('was to be read before, and is not erased while the system runs', async () => {
      const admin = await Client.login(installation.url, 'admin');
      expect(JSON.stringify((await admin.get(`/reviews/${forgotten.reviewId}`)).body)).toContain(
        planted('Gone', 'Content'),
      );
      expect(await erase()).toMatch(/^1: .*stop it first/);
    });

    it('is nowhere afterwards: no table, data file, log or backup has a planted value', async () => {
      expect(await installation.stop()).toBe(0);
      expect((await filesWith(installation.dataDir, ofForgotten, WAL)).length).toBeGreaterThan(0);
      expect(await erase()).toMatch(/^0: Erased/);
      const backup = join(installation.dataDir, 'after.backup');
      expect(await countersign(installation.dataDir, 'backup', backup)).toMatch(/^0: /);
      expect(await filesWith(installation.dataDir, ofForgotten, WAL)).toEqual([]);
      expect(ofForgotten.filter((text) => installation.process.output().includes(text))).toEqual([]);
      expect((await filesWith(installation.dataDir, ofOther, WAL)).length).toBeGreaterThan(0);
    }, 300_000);

    it('leaves folds, chains and the trail to be read, which tell of the erasure', async () => {
      await installation.start();
      const database = (await runningUrl(installation.dataDir))!;
      expect(await tablesWith(database, ofForgotten)).toEqual([]);
      expect((await tablesWith(database, ofOther)).length).toBeGreaterThan(0);
      const admin = await Client.login(installation.url, 'admin');
      const review = `/reviews/${forgotten.reviewId}`;
      const [detail, chain, events, comments, trail] = await Promise.all(
        [
          review,
          `${review}/chain`,
          `${review}/events`,
          `${review}/comments`,
          '/audit/trail?type=PersonalDataErased',
        ].map((path) => admin.get(path)),
      );
      for (const { status, body } of [detail!, chain!, events!, comments!, trail!]) {
        expect(status).toBe(200);
        expect(ofForgotten.filter((text) => JSON.stringify(body).includes(text))).toEqual([]);
      }
      expect(detail!.body.status).toBe('approved');
      expect(detail!.body.subject.content).toEqual({ $erased: true });
      expect(comments!.body.data).toMatchObject([{ text: { $erased: true } }]);
      expect(chain!.body.steps[0].outcome).toBe('satisfied');
      expect(trail!.body.data).toMatchObject([
        { type: 'PersonalDataErased', summary: `Erased the personal data of user ${forgotten.userId}, 1 subject(s)` },
      ]);
      expect((await admin.get('/reviews?status=approved')).status).toBe(200);
    });

    it('leaves everybody else as they were', async () => {
      const admin = await Client.login(installation.url, 'admin');
      const { body } = await admin.get(`/reviews/${other.reviewId}`);
      expect(body.subject).toMatchObject({
        title: planted('Stay0', 'Title'),
        content: { applicant: planted('Stay0', 'Content') },
      });
      expect((await admin.get(`/users/${other.userId}`)).body).toMatchObject({ lastName: planted('Stay0', 'Last') });
    });
  });
}
