import type { EventStore } from '#libs/event-store/application/event-store';
import { shareOfLog } from '#libs/event-store/application/share-of-log';
import type { Core } from '../core.js';
import { ArchiveWriter, type SectionSum } from './archive.js';
import { lineOf } from './archived-log.js';
import { linesOf, tableNames } from './tables.js';

const PAGE = 1000;

export interface BackupProgress {
  readonly events: number;
  /** Of the log as it was at the start: 0 to 1. */
  readonly fraction: number;
}

/**
 * Writes everything that cannot be computed: the log, the wrapped keys of data subjects, password hashes, sealed addresses and
 * secrets. Works while
 * the installation runs; what is recorded after the start may be missing, what it needs may not, so the log comes first.
 * The key-encryption key is not in it: without that the file tells nobody's secrets.
 */
export async function writeBackup(
  { store, database, facts, config }: Pick<Core, 'store' | 'database' | 'facts' | 'config'>,
  file: string,
  onProgress: (progress: BackupProgress) => void = () => undefined,
): Promise<readonly SectionSum[]> {
  const archive = new ArchiveWriter(file, {
    countersign: 'backup',
    format: 1,
    createdAt: new Date().toISOString(),
    eventStore: config.eventStore,
  });
  try {
    await archive.section('events', eventLines(store, onProgress));
    for (const name of tableNames) await archive.section(name, linesOf(database.pool, name));
    const demo = await facts.read('demo');
    await archive.section('facts', demo ? single(JSON.stringify({ name: 'demo', value: demo })) : none());
    return await archive.close();
  } catch (error) {
    archive.discard();
    throw error;
  }
}

async function* eventLines(
  store: EventStore,
  onProgress: (progress: BackupProgress) => void,
): AsyncGenerator<readonly string[]> {
  const head = await store.head();
  let count = 0;
  for (let after = store.start; store.compare(after, head) < 0;) {
    const page = await store.readAll({ after, limit: PAGE });
    const events = page.events.filter(({ position }) => store.compare(position, head) <= 0);
    yield events.map(lineOf);
    count += events.length;
    onProgress({ events: count, fraction: page.atHead ? 1 : shareOfLog(page.next, head) });
    if (page.atHead) return;
    after = page.next;
  }
}

async function* single(line: string): AsyncGenerator<readonly string[]> {
  yield [line];
}

async function* none(): AsyncGenerator<readonly string[]> {}
