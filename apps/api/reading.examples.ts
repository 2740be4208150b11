import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installation, type ApiInstallation } from './api.examples.js';
import { copied, walkThrough } from './guide.examples.js';

const GUIDE = 'docs/guides/reading.md';

describe('the guide to reading', () => {
  let api: ApiInstallation;
  beforeAll(async () => void (api = await installation()));
  afterAll(() => api.stop());

  it('has lines that work, copied one by one', async () => {
    const { said, printed } = await copied(api, await walkThrough(GUIDE));
    expect(said.length).toBeGreaterThan(10);
    expect(printed).toEqual(said);
  }, 120_000);

  it('has a program that takes the whole log of a workspace away, as it is, and nothing of another', async () => {
    const [, program = ''] = /^```js\n(.*?)^```$/ms.exec(await readFile(GUIDE, 'utf8'))!;
    const folder = await mkdtemp(join(tmpdir(), 'guide-'));
    await writeFile(join(folder, 'export.mjs'), program);
    const env = { ...process.env, BASE: `${api.url}/api/v1`, TOKEN: api.tokens.get('auditor')! };
    const page = await api.core.store.readAll({ after: 'start', limit: 10_000 });
    await api.get('/audit/trail?limit=1', 'auditor', { 'consistency-token': api.token() });
    const { stdout } = await promisify(execFile)(process.execPath, ['export.mjs'], { cwd: folder, env });
    await rm(folder, { recursive: true });
    const told = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { stream: string; revision: number; type: string; data: unknown });
    const nameOf = (stream: string, revision: number | bigint, type: string) => `${stream} ${revision} ${type}`;
    const own = page.events.filter(({ metadata }) => metadata.workspaceId === 'demo');
    expect(own.length).toBeLessThan(page.events.length);
    expect(told.map(({ stream, revision, type }) => nameOf(stream, revision, type)).toSorted()).toEqual(
      own.map(({ streamId, revision, type }) => nameOf(streamId, revision, type)).toSorted(),
    );
    const started = told.find(({ type }) => type === 'ReviewStarted')!;
    expect(started.data).toMatchObject({ subject: { title: 'A bicycle' } });
  });
});
