import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from './account.js';
import type { Binaries } from './binaries.js';
import type { Paths } from './cluster.js';
import { answers, urlFor } from './connecting.js';
import { freePort } from './free-port.js';
import { EmbeddedPostgresError } from './launch-error.js';
import { closePassage, environment, passage } from './passage.js';
import { isAlive, workingDirectoryOf } from './processes.js';

/* The server process: found, started, told to stop. */

const READY_MS = 120_000;
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

export interface Postmaster {
  readonly pid: number;
  readonly port: number;
}

/** How the server is to run. */
export interface ServerOptions {
  /** Server settings on top of ours. */
  readonly settings?: Readonly<Record<string, string>>;
  /** False: skips what only a power failure could lose; for tests. */
  readonly durable?: boolean;
}

/** What postmaster.pid says; undefined when there is none. */
export const readPostmaster = ({ cluster }: Paths): (Postmaster & { status: string }) | undefined => {
  try {
    const lines = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
    const [pid, port] = [Number(lines[0]), Number(lines[3])];
    return pid > 0 ? { pid, port, status: (lines[7] ?? '').trim() } : undefined;
  } catch {
    return undefined;
  }
};

/** The process id in a left-over postmaster.pid may belong to anybody by now; a postmaster works in its cluster's folder. */
export const isOurPostmaster = (pid: number, { cluster }: Paths): boolean =>
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
export async function livePostmaster(paths: Paths, password: string): Promise<Postmaster | undefined> {
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

/** Starts the server, on the `wanted` port or a free one. @throws EmbeddedPostgresError in the words of its log */
export async function launch(
  paths: Paths,
  account: Account,
  binaries: Binaries,
  options: ServerOptions,
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
  options: ServerOptions,
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
    closePassage(cluster.handle);
    closeSync(log);
  }
}

function keepLogSmall(log: string): void {
  if (existsSync(log) && statSync(log).size > 10_000_000) renameSync(log, `${log}.1`);
}

/** A process that has ended meanwhile is no fault. */
export function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself meanwhile.
  }
}
