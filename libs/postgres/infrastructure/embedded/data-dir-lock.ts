import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedPostgresError } from './launch-error.js';
import { birthOf, isAlive } from './processes.js';

interface Holder {
  readonly pid: number;
  /** Empty where the system does not tell. */
  readonly birth: string;
  /** RFC 3339 UTC. */
  readonly since: string;
  readonly command: string;
}

const fileIn = (dataDir: string) => join(dataDir, 'countersign.lock');

const parse = (text: string): Holder | undefined => {
  try {
    const holder = JSON.parse(text) as Holder;
    return Number.isInteger(holder.pid) ? holder : undefined;
  } catch {
    return undefined;
  }
};

const lives = ({ pid, birth }: Holder) => isAlive(pid) && (!birth || (birthOf(pid) ?? birth) === birth);

/** Who uses this data folder now, if anyone; a holder that was killed does not count. */
export function holderOf(dataDir: string): Holder | undefined {
  try {
    const holder = parse(readFileSync(fileIn(dataDir), 'utf8'));
    return holder && lives(holder) ? holder : undefined;
  } catch {
    return undefined;
  }
}

/**
 * One process per data folder. The lock appears complete (link is atomic) and outlives a kill -9 only as a file:
 * the next start sees that its process is gone, also when the process id was given to another since.
 * @returns the release.
 * @throws EmbeddedPostgresError naming the holder, or that the folder cannot be written to.
 */
export function lockDataDir(dataDir: string, command: string): () => void {
  mkdirSync(dataDir, { recursive: true });
  const file = fileIn(dataDir);
  const mine = `${file}.${process.pid}`;
  const me: Holder = { pid: process.pid, birth: birthOf(process.pid) ?? '', since: new Date().toISOString(), command };
  try {
    writeFileSync(mine, `${JSON.stringify(me)}\n`, { mode: 0o644 });
  } catch (error) {
    throw notWritable(dataDir, error as NodeJS.ErrnoException);
  }
  try {
    for (let attempt = 0; attempt < 20; attempt++) {
      try {
        linkSync(mine, file);
        return () => release(file, me);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = holderOf(dataDir);
      if (holder) throw inUse(dataDir, holder);
      discardStale(file);
    }
    throw new EmbeddedPostgresError(`The lock ${file} changes hands too often; try again.`);
  } finally {
    rmSync(mine, { force: true });
  }
}

const inUse = (dataDir: string, { pid, since, command }: Holder) =>
  new EmbeddedPostgresError(
    `DATA_DIR ${dataDir} is in use by process ${pid} (${command}), since ${since}. Stop it first, or choose another DATA_DIR.`,
  );

const notWritable = (dataDir: string, { code }: NodeJS.ErrnoException) =>
  new EmbeddedPostgresError(
    `DATA_DIR ${dataDir} cannot be written to (${code}): start as the user who made it, or choose another DATA_DIR.`,
  );

/** Two starters may both find a dead holder: what was moved away is looked at again, and put back if it lives. */
function discardStale(file: string): void {
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
    const holder = parse(readFileSync(aside, 'utf8'));
    if (holder && lives(holder)) linkSync(aside, file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function release(file: string, me: Holder): void {
  try {
    if (parse(readFileSync(file, 'utf8'))?.pid === me.pid) rmSync(file, { force: true });
  } catch {
    // Gone already: somebody removed the folder.
  }
}
