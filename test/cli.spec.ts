import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { EventStoreDbServerProcess } from '#libs/testing/eventstoredb-server/server-process';
import { Client } from './support/client.js';
import { Installation } from './support/installation.js';

interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** `npx countersign …` as a person runs it: the program of bin/, another process, an environment. */
async function countersign(env: Record<string, string>, args: readonly string[], input = ''): Promise<Said> {
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  const child = spawn(process.execPath, [resolve('bin/countersign.mjs'), ...args], { env: { ...inherited, ...env } });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}

describe('countersign', () => {
  let installation: Installation;
  let folder: string;
  const cli = (...args: string[]) => countersign({ DATA_DIR: installation.dataDir }, args);
  const good = async (said: Promise<Said>): Promise<string> => {
    const { code, out, err } = await said;
    if (code !== 0) throw new Error(`exit code ${code}\n${out}\n${err}`);
    return out;
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-cli-'));
    installation = await (await Installation.begun()).start();
  }, 120_000);
  afterAll(async () => {
    await installation.destroy();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  const approvedReview = async (): Promise<string> => {
    const admin = await Client.login(installation.url, 'admin');
    const { body } = await admin.get('/reviews?status=approved&limit=1');
    return `review-${body.data[0].id}`;
  };

  it('lists what it can do, and says in words what it cannot', async () => {
    const help = await good(cli('--help'));
    for (const name of [
      'migrate',
      'init',
      'workspace',
      'assistant',
      'demo',
      'projections',
      'replay',
      'simulate',
      'events',
      'log',
      'backup',
      'restore',
      'erase',
      'keys',
      'doctor',
    ])
      expect(help).toMatch(new RegExp(`^  ${name} `, 'm'));
    const wrong = await cli('dance');
    expect(wrong.code).toBe(1);
    expect(wrong.err).toContain("unknown command 'dance'");
    const nowhere = await countersign({ DATA_DIR: join(folder, 'nowhere') }, ['migrate']);
    expect(nowhere).toMatchObject({ code: 1, out: '' });
    expect(nowhere.err).toContain('DATABASE_URL is not set');
    expect(nowhere.err).not.toContain('    at ');
  });

  it('finds a running standalone in good health', async () => {
    const findings = JSON.parse(await good(cli('doctor', '--json'))) as { what: string; state: string }[];
    expect(findings.filter(({ state }) => state === 'fault')).toEqual([]);
    expect(findings.map(({ what }) => what)).toEqual(
      expect.arrayContaining([
        'node',
        'keys',
        'database',
        'clock',
        'migrations',
        'data keys',
        'event store',
        'core',
        'timers',
      ]),
    );
    expect(await good(cli('migrate'))).toBe('up to date\n');
  });

  it('finds what is wrong', async () => {
    const kek = join(folder, 'another.key');
    writeFileSync(kek, Buffer.alloc(32, 9).toString('base64'));
    const said = await countersign({ DATA_DIR: installation.dataDir, KEY_ENCRYPTION_KEY_FILE: kek }, ['doctor']);
    expect(said.code).toBe(1);
    expect(said.out).toMatch(/^FAIL {2}data keys/m);
    const strange = await countersign({ DATA_DIR: installation.dataDir, PORT: 'x' }, ['doctor']);
    expect(strange.out).toContain('PORT must be a whole number');
    const [, , , port] = readFileSync(join(installation.dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n');
    const shut = await countersign({ DATABASE_URL: `postgres://nobody:guessed@127.0.0.1:${port}/postgres` }, [
      'migrate',
    ]);
    expect(shut.err).toMatch(/^DATABASE_URL does not open PostgreSQL: password authentication failed .*\.\n$/);
    const away = await countersign({ DATABASE_URL: 'postgres://nobody:guessed@localhost:9/postgres' }, ['migrate']);
    expect(away.err).toMatch(/^A server does not answer \(connect ECONNREFUSED .*DATABASE_URL.*\n$/);
  });

  it('lists projections and builds one anew while the system runs', async () => {
    expect(await good(cli('projections', 'list'))).toMatch(/^core +projection +\d+ +1 +live +0 /m);
    expect(await good(cli('projections', 'rebuild', 'core'))).toMatch(/^core v\d+ build 2 is live: \d+ events/m);
    expect(await good(cli('projections', 'list'))).toMatch(/^core +projection +\d+ +2 +live +0 /m);
    const { code, err } = await cli('projections', 'rebuild', 'nothing');
    expect([code, err]).toEqual([1, expect.stringMatching(/^There is no nothing; there are .*\bcore\b.*\.\n$/)]);
  });

  it('replays a stream, to a revision and step by step', async () => {
    const stream = await approvedReview();
    expect(await good(cli('replay', stream))).toContain('"status": "approved"');
    const early = await good(cli('replay', stream, '--to', '1'));
    expect(early).toContain('"status": "in_review"');
    expect(early.split('\n').filter((line) => /^ +\d+ {2}20/.test(line))).toHaveLength(2);
    expect(await good(cli('replay', stream, '--step'))).toMatch(/\+ +"status": "approved"/);
    expect(await cli('replay', 'review-nobody')).toMatchObject({ code: 1, err: 'There is no stream review-nobody.\n' });
  });

  it('follows the log', async () => {
    const stream = await approvedReview();
    const lines = await good(cli('events', 'tail', '--from', 'start', '--no-follow', '--stream', stream, '--json'));
    const events = lines
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; revision: number });
    expect(events[0]?.type).toBe('ReviewStarted');
    expect(events.at(-1)?.type).toBe('ReviewApproved');
    expect(events.map(({ revision }) => revision)).toEqual(events.map((_, i) => i));

    const child = spawn(process.execPath, ['bin/countersign.mjs', 'events', 'tail', '--type', 'CommentAdded'], {
      env: { ...process.env, DATA_DIR: installation.dataDir },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const admin = await Client.login(installation.url, 'admin');
    const comment = async () =>
      admin.must(`/reviews/${stream.slice('review-'.length)}/comments`, { text: 'Well done' });
    const talking = setInterval(() => void comment(), 300); // until it listens
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    clearInterval(talking);
    expect(line.toString()).toContain('CommentAdded');
    child.kill('SIGINT');
    expect(await once(child, 'close')).toEqual([0, null]);
  });

  it('makes a first administrator, once', async () => {
    const init = (input: string) =>
      countersign({ DATA_DIR: installation.dataDir }, ['init', '--username', 'boss', '--workspace', 'acme'], input);
    expect(await init('short\n')).toMatchObject({ code: 1, err: expect.stringContaining('12') as string });
    expect(await init('a long enough password\n')).toMatchObject({ code: 0 });
    expect(await init('another password, later\n')).toMatchObject({ code: 1 });
    await Client.login(installation.url, 'boss', 'a long enough password');
  });

  it('opens a workspace with its first administrator, once, who sees nothing of the others', async () => {
    const create = (name: string, username: string, input = 'a long enough password\n') =>
      countersign({ DATA_DIR: installation.dataDir }, ['workspace', 'create', name, '--username', username], input);
    expect(await create('North Bank', 'nora')).toMatchObject({ code: 1 });
    expect(await create('north-bank', 'nora', 'short\n')).toMatchObject({ code: 1 });
    expect(await create('north-bank', 'nora')).toMatchObject({ code: 0 });
    expect(await create('north-bank', 'ned')).toMatchObject({
      code: 1,
      err: expect.stringContaining('exists') as string,
    });
    expect(await create('south-bank', 'nora')).toMatchObject({ code: 1 });
    expect((await good(cli('workspace', 'list'))).split('\n')).toEqual(expect.arrayContaining(['demo', 'north-bank']));
    const nora = await Client.login(installation.url, 'nora', 'a long enough password');
    expect((await nora.get('/reviews')).body.data).toEqual([]);
    const { body } = await nora.get('/audit/trail?type=WorkspaceCreated,UserRegistered');
    expect(body.data).toHaveLength(2);
  });

  it('makes an account for an assistant, which can hand in drafts and nothing else', async () => {
    const make = (input: string) => {
      const args = ['assistant', '--username', 'robot', '--workspace', 'demo'];
      return countersign({ DATA_DIR: installation.dataDir }, args, input);
    };
    const nowhere = ['assistant', '--username', 'robot', '--workspace', 'elsewhere'];
    expect(await countersign({ DATA_DIR: installation.dataDir }, nowhere, 'a long enough password\n')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^There is no workspace elsewhere; there are .*demo/) as string,
    });
    expect(await make('a long enough password\n')).toMatchObject({ code: 0 });
    expect(await make('a long enough password\n')).toMatchObject({ code: 1 });
    const robot = await Client.login(installation.url, 'robot', 'a long enough password');
    const { body } = await robot.get('/auth/me');
    expect(body.user.roles).toEqual(['assistant']);
    expect(body.permissions.map(({ permission }: { permission: string }) => permission).toSorted()).toEqual([
      'draft:edit',
      'draft:read',
      'draft:submit',
      'review:read',
      'workflow:read',
    ]);
    expect((await robot.post('/workflows', {})).status).toBe(403);
  });

  it('backs up a running installation and restores it into a fresh folder', async () => {
    const file = join(folder, 'a.backup');
    const written = await good(cli('backup', file));
    expect(await cli('backup', file)).toMatchObject({ code: 1 });
    expect(readdirSync(folder).filter((name) => name.includes('partial'))).toEqual([]);

    const DATA_DIR = join(folder, 'fresh');
    const strange = await countersign({ DATA_DIR: join(folder, 'strange') }, ['restore', file]);
    expect(strange).toMatchObject({ code: 1, err: expect.stringContaining('another key-encryption key') as string });
    mkdirSync(DATA_DIR);
    copyFileSync(join(installation.dataDir, 'key-encryption.key'), join(DATA_DIR, 'key-encryption.key'));
    const nowhere = { DATA_DIR, EVENT_STORE: 'eventstoredb', EVENTSTORE_URL: 'esdb://127.0.0.1:9?tls=false' };
    const away = await countersign(nowhere, ['restore', file]);
    expect(away).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^The log .* does EVENTSTORE_URL name/m) as string,
    });
    const restored = await good(countersign({ DATA_DIR }, ['restore', file]));
    const sums = (text: string) => text.match(/[0-9a-f]{64}/g);
    expect(sums(restored)).toEqual(sums(written));
    expect(restored).toContain('compared: equal');
    expect(await countersign({ DATA_DIR }, ['restore', file])).toMatchObject({ code: 1 });

    const again = await (await Installation.create({ DATA_DIR })).start();
    try {
      const [before, after] = await Promise.all(
        [installation.url, again.url].map(async (url) => (await Client.login(url, 'admin')).get('/dashboard/summary')),
      );
      expect(after!.body.byStatus).toEqual(before!.body.byStatus);
      await Client.login(again.url, 'manager');
    } finally {
      await again.destroy();
    }
  }, 180_000);

  it('is the owner of a stopped installation for as long as it works, and leaves it stopped', async () => {
    const stopped = await (await Installation.begun()).start();
    try {
      expect(await stopped.stop()).toBe(0);
      const env = { DATA_DIR: stopped.dataDir };
      expect(await good(countersign(env, ['demo', 'seed']))).toContain('The demo is there');
      expect(await countersign(env, ['demo', 'reset'])).toMatchObject({ code: 1 });
      expect(await good(countersign(env, ['demo', 'reset', '--yes']))).toMatch(/^Made the demo: \d+ reviews/m);
      expect(existsSync(join(stopped.dataDir, 'postgres', 'postmaster.pid'))).toBe(false);
      expect(existsSync(join(stopped.dataDir, 'countersign.lock'))).toBe(false);
      const kids = async () => {
        const answer = await fetch(`${stopped.url}/.well-known/jwks.json`);
        return ((await answer.json()) as { keys: { kid: string }[] }).keys.map((key) => key.kid);
      };
      const [kid] = /(?<=The key )\S+/.exec(await good(countersign(env, ['keys', 'rotate']))) ?? [];
      expect(await good(countersign(env, ['keys', 'rotate', '--encryption']))).toMatch(/^\d\d+ keys of data subjects/);
      const same = join(stopped.dataDir, 'key-encryption.key');
      const { code, err } = await countersign(env, ['keys', 'rotate', '--encryption', '--to', same]);
      expect([code, err]).toEqual([1, expect.stringContaining('is the one that wraps already')]);
      await stopped.start();
      expect(await kids()).toEqual([kid, expect.any(String)]);
      const { body } = await (await Client.login(stopped.url, 'admin')).get('/users?limit=100');
      expect(body.data.map(({ username }: { username: string }) => username)).toContain('manager');
      for (const args of [
        ['demo', 'reset', '--yes'],
        ['keys', 'rotate', '--encryption'],
      ])
        expect(await countersign(env, args)).toMatchObject({ code: 1 });
    } finally {
      await stopped.destroy();
    }
  }, 180_000);

  it('moves the log to EventStoreDB, proves both equal, and the installation goes on there', async () => {
    const server = await EventStoreDbServerProcess.start({});
    const moved = await (await Installation.begun()).start();
    const env = { DATA_DIR: moved.dataDir, EVENTSTORE_URL: server.url };
    const copy = ['log', 'copy', '--from', 'postgres', '--to', 'eventstoredb'];
    try {
      const summary = async () => (await (await Client.login(moved.url, 'admin')).get('/dashboard/summary')).body;
      const before = await summary();
      const early = await countersign(env, [...copy, '--switch']);
      expect([early.code, early.err]).toEqual([1, expect.stringContaining('The standalone runs: stop it first')]);
      await moved.stop();
      expect(await good(countersign(env, copy))).toMatch(/^Equal\.$/m);
      const again = await good(countersign(env, [...copy, '--switch']));
      expect(again).toMatch(/(\d+) events in eventstoredb, \1 of them from an earlier run/);
      expect(await countersign({ DATA_DIR: moved.dataDir }, ['doctor'])).toMatchObject({ code: 1 });
      const there = await Installation.create({ ...env, EVENT_STORE: 'eventstoredb' });
      await there.start();
      const after = (await (await Client.login(there.url, 'admin')).get('/dashboard/summary')).body;
      await there.destroy();
      expect(after.byStatus).toEqual(before.byStatus);
    } finally {
      await moved.destroy();
      await server.kill();
    }
  }, 240_000);
});

describe('countersign simulate', () => {
  let folder: string;
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'countersign-simulate-'))));
  afterAll(() => rmSync(folder, { recursive: true }));

  const file = (name: string, content: unknown) => {
    const path = join(folder, name);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  };
  const workflow = {
    key: 'holiday',
    name: 'Holiday',
    steps: [{ key: 'check', assignees: [{ type: 'ROLE', id: 'officer' }], requiredApprovals: 1 }],
  };
  const script = {
    start: { by: 'olly', subject: { type: 'holiday', id: 'h-1', content: { days: 3 } } },
    people: ['olly', 'ann'].map((userId) => ({ userId, roles: ['officer'] })),
    acts: ['olly', 'ann'].map((by) => ({ act: 'decide', by, verdict: 'approve' })),
  };
  const played = (definition: unknown, acted: unknown, ...more: string[]) =>
    countersign({ DATA_DIR: join(folder, 'none') }, [
      'simulate',
      file('workflow.json', definition),
      file('script.json', acted),
      ...more,
    ]);

  it('tells what happens, how it ends and why, without a database', async () => {
    const { code, out, err } = await played(workflow, script);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/start by olly\n {4}0 ReviewStarted\n {4}1 StepStarted\n/);
    expect(out).toContain('refused: four-eyes: ');
    expect(out).toMatch(/^outcome: approved$/m);
    expect(out).toMatch(/^proof of check: \{.*"state":"satisfied"/m);
    expect(existsSync(join(folder, 'none'))).toBe(false);
    const { out: whole } = await played(workflow, script, '--json');
    expect(JSON.parse(whole)).toMatchObject({ state: { status: 'approved' } });
  });

  it('says in words what is wrong with a file, and where', async () => {
    const said = async (definition: unknown, acted: unknown) => {
      const { code, out, err } = await played(definition, acted);
      expect([code, out]).toEqual([1, '']);
      expect(err).not.toContain('    at ');
      return err;
    };
    expect(await said('{', script)).toMatch(/workflow\.json is no JSON: /);
    expect(await said({ ...workflow, steps: [] }, script)).toMatch(/workflow\.json: .* fault[\s\S]*\n {2}\/steps /);
    expect(await said(workflow, { ...script, acts: [{ act: 'decode', by: 'ann' }] })).toMatch(
      /script\.json: .*\n {2}\/acts\/0\/act names no act; did you mean decide\?/,
    );
    expect(await said({ ...workflow, auto: { ruleset: 'rules' } }, script)).toMatch(/ruleset rules/);
  });
});
