import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Account } from './account.js';
import type { Binaries } from './binaries.js';
import { EmbeddedPostgresError } from './launch-error.js';
import { closePassage, environment, passage } from './passage.js';

/* The cluster on disk: its folder, its password, how it is made. */

/** The superuser of the cluster. */
export const USER = 'countersign';

/** What a data folder holds. */
export const pathsIn = (dataDir: string) => ({
  cluster: join(dataDir, 'postgres'),
  password: join(dataDir, 'postgres.password'),
  log: join(dataDir, 'postgres.log'),
});
export type Paths = ReturnType<typeof pathsIn>;

/** @throws EmbeddedPostgresError when it cannot be used. @returns the real path */
export function prepareFolder(dataDir: string): string {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o755 });
    const path = realpathSync(dataDir);
    if (!statSync(path).isDirectory()) throw new EmbeddedPostgresError(`DATA_DIR ${dataDir} is not a folder.`);
    return path;
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) throw error;
    throw new EmbeddedPostgresError(
      `DATA_DIR ${dataDir} cannot be used: ${(error as Error).message}. Name a folder that this user may write to.`,
    );
  }
}

/** @throws EmbeddedPostgresError when it cannot be read */
export function readPassword({ password, cluster }: Paths): string {
  try {
    return readFileSync(password, 'utf8').trim();
  } catch (error) {
    throw new EmbeddedPostgresError(
      `${cluster} is there, but its password file ${password} cannot be read (${(error as NodeJS.ErrnoException).code}). ` +
        'Bring the file back from a copy, or start as the user who made it.',
    );
  }
}

/** @throws EmbeddedPostgresError when it is no cluster of the major version that we bring */
export function checkVersion({ cluster }: Paths, { postgres }: Binaries): void {
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

/** Makes the cluster: whole, or not at all. @throws EmbeddedPostgresError in the words of `initdb` */
export async function initialise(
  paths: Paths,
  account: Account,
  { initdb }: Binaries,
  { durable }: { readonly durable?: boolean },
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
        ...(durable === false ? ['--no-sync'] : []),
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
    closePassage(cluster.handle);
    closePassage(passwordFile.handle);
    rmSync(secret, { force: true });
    rmSync(fresh, { recursive: true, force: true });
  }
}

const exitOf = (child: ChildProcess) =>
  new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
