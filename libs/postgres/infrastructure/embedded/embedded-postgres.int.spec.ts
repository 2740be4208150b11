import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { EmbeddedPostgres, runningUrl, type EmbeddedOptions } from './embedded-postgres.js';
import { EmbeddedPostgresError } from './launch-error.js';
import { isAlive, waitForExit } from './processes.js';

const query = async (url: string, sql: string) => {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
};

const childrenOf = (pid: number) =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);

const isRoot = process.getuid?.() === 0;
const isLinux = process.platform === 'linux';

/** A backend may end by itself between the look and the blow. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

describe('EmbeddedPostgres', () => {
  let folder: string;
  const started: EmbeddedPostgres[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-embedded-'));
  });
  afterEach(async () => {
    for (const server of started.splice(0)) await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = async (options: Partial<EmbeddedOptions> = {}) => {
    const server = await EmbeddedPostgres.start({ dataDir: folder, durable: false, ...options });
    started.push(server);
    return server;
  };

  it('makes a cluster in an empty folder, keeps it over a restart, and shows its password to nobody', async () => {
    const first = await start();
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    expect(isAlive(first.pid)).toBe(false);
    const second = await start();
    expect(second.attached).toBe(false);
    expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    expect(statSync(join(folder, 'postgres.password')).mode & 0o777).toBe(0o600);
    const [address] = await query(second.url, 'SHOW listen_addresses');
    expect(address).toEqual({ listen_addresses: '127.0.0.1' });
    await expect(query(second.url.replace(/:[^:@]+@/, ':wrong@'), 'SELECT 1')).rejects.toThrow(/password/);
  });

  it('makes the folder too, and tells where a running one answers', async () => {
    const dataDir = join(folder, 'a', 'b');
    expect(await runningUrl(dataDir)).toBeUndefined();
    const server = await start({ dataDir });
    expect(await runningUrl(dataDir)).toBe(server.url);
    await server.stop();
    expect(await runningUrl(dataDir)).toBeUndefined();
  });

  it('waits for a running one that is too busy to answer at once', async () => {
    const server = await start();
    process.kill(server.pid, 'SIGSTOP');
    const going = setTimeout(() => process.kill(server.pid, 'SIGCONT'), 2500);
    try {
      expect(await runningUrl(folder)).toBe(server.url);
    } finally {
      clearTimeout(going);
      process.kill(server.pid, 'SIGCONT');
    }
  });

  it('tells a second start who holds the folder', async () => {
    await start({ holder: 'npm start' });
    const second = EmbeddedPostgres.start({ dataDir: folder });
    await expect(second).rejects.toThrow(EmbeddedPostgresError);
    await expect(second).rejects.toThrow(
      new RegExp(`in use by process ${process.pid} \\(npm start\\), since 20\\d\\d-.*Z`),
    );
  });

  it('is stopped once by two stops at once, and frees the folder', async () => {
    const server = await start();
    await Promise.all([server.stop(), server.stop()]);
    expect(existsSync(join(folder, 'countersign.lock'))).toBe(false);
  });

  it('begins again after an initdb that was killed', async () => {
    mkdirSync(join(folder, 'postgres.new'));
    writeFileSync(join(folder, 'postgres.new', 'half'), '');
    const server = await start();
    expect(existsSync(join(folder, 'postgres.new'))).toBe(false);
    expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('says in words what is wrong with a folder', async () => {
    writeFileSync(join(folder, 'file'), '');
    await expect(start({ dataDir: join(folder, 'file') })).rejects.toThrow(EmbeddedPostgresError);
    mkdirSync(join(folder, 'postgres'));
    writeFileSync(join(folder, 'postgres.password'), 'x');
    await expect(start()).rejects.toThrow('is not a PostgreSQL cluster');
    writeFileSync(join(folder, 'postgres', 'PG_VERSION'), '16\n');
    await expect(start()).rejects.toThrow('was made by PostgreSQL 16');
  });

  it('says what PostgreSQL itself complains about, and frees the folder', async () => {
    await expect(start({ settings: { shared_buffers: 'plenty' } })).rejects.toThrow(/did not start.*shared_buffers/s);
    await start();
  });

  if (isLinux)
    it('recovers after a kill -9 of everything, ten times, with all that was committed', async () => {
      for (let round = 0; round < 10; round++) {
        const server = await start({ durable: true });
        await query(server.url, 'CREATE TABLE IF NOT EXISTS kept (round int)');
        await query(server.url, `INSERT INTO kept VALUES (${round})`);
        expect(await query(server.url, 'SELECT count(*)::int AS n FROM kept')).toEqual([{ n: round + 1 }]);
        const all = [server.pid, ...childrenOf(server.pid)];
        for (const pid of all) killIfThere(pid);
        // What a new process would find: a lock of a process that is gone.
        rmSync(join(folder, 'countersign.lock'));
        started.length = 0;
      }
      await start();
    }, 120_000);

  if (isLinux)
    it('starts a postmaster again that was killed, on the same port', async () => {
      const said: string[] = [];
      const server = await start({ supervise: true, log: (message) => said.push(message) });
      const { pid, url } = server;
      process.kill(pid, 'SIGKILL');
      await waitForExit(pid, 5000);
      for (let i = 0; i < 200 && server.pid === pid; i++) await new Promise((done) => setTimeout(done, 50));
      expect(server.pid).not.toBe(pid);
      expect(server.url).toBe(url);
      expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      expect(said[0]).toBe('PostgreSQL ended unexpectedly; starting it again');
    });

  if (isLinux)
    it('never starts beside a backend of the dead postmaster that is still at work', async () => {
      const server = await start({ supervise: true });
      const { pid, url } = server;
      const busy = query(
        url,
        `DO $$ DECLARE since timestamptz := clock_timestamp();
         BEGIN WHILE clock_timestamp() < since + interval '1500 ms' LOOP END LOOP; END $$`,
      ).catch(() => undefined);
      await new Promise((done) => setTimeout(done, 200));
      const began = performance.now();
      process.kill(pid, 'SIGKILL');
      for (let i = 0; i < 500 && server.pid === pid; i++) await new Promise((done) => setTimeout(done, 20));
      expect(server.pid).not.toBe(pid);
      expect(performance.now() - began).toBeGreaterThan(1000);
      await busy;
    });

  if (isLinux)
    it('does not take a stranger with the process id in postmaster.pid for its own', async () => {
      const server = await start();
      await server.stop();
      const stranger = spawn('sleep', ['60'], { stdio: 'ignore' });
      writeFileSync(
        join(folder, 'postgres', 'postmaster.pid'),
        `${stranger.pid}\n${folder}\n0\n${server.port}\n\n\n\nready\n`,
      );
      await start();
      stranger.kill('SIGKILL');
      await once(stranger, 'exit');
    });

  describe('in processes of its own', () => {
    // The launcher as it was built: another process cannot run the sources.
    const built = resolve('dist/libs/postgres/infrastructure/embedded/embedded-postgres.js');
    const program = (dataDir: string, then: string) => `
      import pg from ${JSON.stringify(import.meta.resolve('pg'))};
      import { EmbeddedPostgres } from ${JSON.stringify(built)};
      try {
        const server = await EmbeddedPostgres.start({ dataDir: ${JSON.stringify(dataDir)}, durable: false });
        console.log(JSON.stringify({ pid: server.pid, port: server.port, attached: server.attached }));
        ${then}
      } catch (error) { console.log(JSON.stringify({ error: error.message })); process.exitCode = 1; }`;
    const run = (dataDir: string, account: { uid?: number; gid?: number } = {}) => {
      const { stdout, stderr } = spawnSync(
        process.execPath,
        ['--input-type=module', '-e', program(dataDir, 'await server.stop();')],
        { ...account, cwd: '/', encoding: 'utf8' },
      );
      if (!stdout) throw new Error(stderr);
      return JSON.parse(stdout) as { pid: number; port: number; attached: boolean; error?: string };
    };

    it('attaches to the postmaster that a killed process left running', async () => {
      const child = spawn(
        process.execPath,
        ['--input-type=module', '-e', program(folder, 'setInterval(() => {}, 1000);')],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      const [line] = (await once(child.stdout, 'data')) as [Buffer];
      const first = JSON.parse(line.toString()) as { pid: number; port: number };
      child.kill('SIGKILL');
      await once(child, 'exit');
      expect(isAlive(first.pid)).toBe(true);
      const second = await start();
      expect(second).toMatchObject({ pid: first.pid, port: first.port, attached: true });
      await second.stop();
      expect(isAlive(first.pid)).toBe(false);
    });

    if (isRoot) {
      const nobody = { uid: 65_534, gid: 65_534 };

      it('works for an ordinary user', () => {
        chmodSync(folder, 0o777);
        const dataDir = join(folder, 'data');
        expect(run(dataDir, nobody).error).toBeUndefined();
        expect(statSync(join(dataDir, 'postgres')).uid).toBe(nobody.uid);
        expect(run(dataDir, nobody).error).toBeUndefined();
      });

      it('tells an ordinary user in words that the folder is not his', () => {
        expect(run(join(folder, 'data'), nobody).error).toMatch(/DATA_DIR .* cannot be used: EACCES/);
        expect(run(folder, nobody).error).toMatch(/cannot be written to \(EACCES\): start as the user who made it/);
      });

      it('keeps its data in a folder that the account of PostgreSQL cannot enter', async () => {
        const closed = join(folder, 'closed');
        mkdirSync(closed, { mode: 0o700 });
        const dataDir = join(closed, 'data');
        const server = await start({ dataDir, supervise: true });
        await query(server.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
        await server.stop();
        const again = await start({ dataDir });
        expect(await query(again.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
        expect(existsSync(join(dataDir, 'postgres', 'PG_VERSION'))).toBe(true);
      });
    }
  });
});
