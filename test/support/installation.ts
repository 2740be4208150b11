import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { ownPort } from '#libs/testing/own-port';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '..', '..', import.meta.dirname.includes('/dist/') ? '..' : '.');

export interface RunningProcess {
  readonly child: ChildProcess;
  /** What it has written so far, standard output and error together. */
  output(): string;
  /** Signals it and waits for its end; answers the exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** Starts a file of dist/ as a process of its own. */
export function startProcess(file: string, env: Record<string, string>, args: readonly string[] = []): RunningProcess {
  let text = '';
  const child = spawn(process.execPath, [join(root, 'dist', file), ...args], {
    cwd: root,
    env: { ...cleanEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return {
    child,
    output: () => text,
    end: async (signal) => {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const ended = once(child, 'exit') as Promise<[number | null]>;
      child.kill(signal);
      return (await ended)[0];
    },
  };
}

/** The environment without what belongs to the test runner. */
const cleanEnvironment = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && !/^(JEST_|NODE_OPTIONS$|NODE_ENV$)/.test(entry[0]),
    ),
  );

/** Polls until `probe` answers true; fails with the process's output when it ended or time is up. */
export async function until(what: string, ms: number, probe: () => Promise<boolean>, running?: RunningProcess) {
  const end = Date.now() + ms;
  while (!(await probe().catch(() => false))) {
    const over = running && (running.child.exitCode !== null || running.child.signalCode !== null);
    if (over || Date.now() > end)
      throw new Error(
        `${what}: ${over ? 'the process ended' : `not within ${ms} ms`}\n${running?.output().slice(-4000) ?? ''}`,
      );
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** A standalone installation of its own: a fresh data folder and port, started, killed and started again at will. */
export class Installation {
  private running: RunningProcess | undefined;

  private constructor(
    readonly dataDir: string,
    readonly port: number,
    private readonly env: Record<string, string>,
  ) {}

  static async create(env: Record<string, string> = {}): Promise<Installation> {
    return new Installation(await mkdtemp(join(tmpdir(), 'countersign-data-')), await ownPort(), env);
  }

  /** One that has been started before: with keys, the demo and everything else a first start makes. */
  static async begun(env: Record<string, string> = {}): Promise<Installation> {
    const installation = await Installation.create(env);
    const first = await firstStart();
    // With owner and modes: PostgreSQL takes no other folder.
    if (first !== undefined) await run('cp', ['-a', join(first, '.'), installation.dataDir]);
    return installation;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get process(): RunningProcess {
    if (!this.running) throw new Error('The installation is not started.');
    return this.running;
  }

  /** Starts it and waits until it is ready to serve. */
  async start(): Promise<this> {
    const env = { PORT: String(this.port), DATA_DIR: this.dataDir, LOG_LEVEL: 'warn', ...this.env };
    this.running = startProcess('apps/standalone/main.js', env);
    await until(
      'ready',
      60_000,
      async () => (await fetch(`${this.url}/health/ready`, { signal: AbortSignal.timeout(5000) })).ok,
      this.running,
    );
    return this;
  }

  /** kill -9 of the process and of its PostgreSQL with all its backends, as when the machine loses power. */
  async kill(): Promise<void> {
    await this.process.end('SIGKILL');
    await this.killPostgres();
  }

  /** kill -9 of PostgreSQL alone: postmaster first, then the backends (each leads a session of its own). */
  async killPostgres(): Promise<void> {
    const pid = await this.postmaster();
    if (pid === undefined) return;
    const children = await childrenOf(pid);
    for (const each of [pid, ...children])
      try {
        process.kill(each, 'SIGKILL');
      } catch {
        // already gone
      }
    await until('postmaster gone', 10_000, async () => !(await isAlive(pid)));
  }

  private async postmaster(): Promise<number | undefined> {
    const folder = await postgresFolder(this.dataDir);
    const text = await readFile(join(folder, 'postmaster.pid'), 'utf8').catch(() => '');
    const pid = Number(text.split('\n')[0]);
    return pid > 0 && (await isAlive(pid)) ? pid : undefined;
  }

  /** Ctrl-C, and the exit code. */
  async stop(): Promise<number | null> {
    return this.running?.end('SIGINT') ?? null;
  }

  async destroy(): Promise<void> {
    await this.stop();
    await this.killPostgres();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

/**
 * The data folder that one first start has left, for all of a test run to copy; undefined when jest was started without
 * `npm test`, so that nobody would remove it.
 */
async function firstStart(): Promise<string | undefined> {
  const runFolder = process.env['TEST_RUN_FOLDER'];
  if (runFolder === undefined) return undefined;
  const shared = join(runFolder, 'installation');
  if (existsSync(shared)) return shared;
  const installation = await (await Installation.create()).start();
  try {
    await installation.stop();
    await rename(installation.dataDir, shared);
  } catch (error) {
    // Another test file was quicker.
    if (!existsSync(shared)) throw error;
  } finally {
    await installation.destroy();
  }
  return shared;
}

/** Where the cluster of a data folder lies. */
async function postgresFolder(dataDir: string): Promise<string> {
  return join(dataDir, 'postgres');
}

const isAlive = async (pid: number): Promise<boolean> => {
  const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return state !== '' && !/\) Z /.test(state);
};

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.split(' ').filter(Boolean).map(Number);
}
