import { existsSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { EventLog, type LogRecord } from './log.js';

/**
 * A log that outlives its process: one line per commit, written before the append is acknowledged.
 * A kill -9 loses nothing, because the written bytes are the kernel's; no fsync, so a power cut may.
 */
export function openLogFile(path: string): EventLog {
  const kept = existsSync(path) ? readCommits(path) : [];
  const file = openSync(path, 'a');
  return new EventLog(kept, (records) => {
    writeSync(file, `${JSON.stringify(records.map(toLine))}\n`);
  });
}

/** The last line may be torn by a kill in mid-write: it was never acknowledged, so it is cut off. */
function readCommits(path: string): LogRecord[] {
  const bytes = readFileSync(path);
  const whole = bytes.lastIndexOf(0x0a) + 1;
  if (whole < bytes.length) truncateSync(path, whole);
  return bytes
    .subarray(0, whole)
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => (JSON.parse(line) as Line[]).map(fromLine));
}

type Line = Omit<LogRecord, 'data' | 'metadata'> & { readonly data: string; readonly metadata: string };

const toLine = (record: LogRecord): Line => ({
  ...record,
  data: Buffer.from(record.data).toString('base64'),
  metadata: Buffer.from(record.metadata).toString('base64'),
});

const fromLine = (line: Line): LogRecord => ({
  ...line,
  data: Buffer.from(line.data, 'base64'),
  metadata: Buffer.from(line.metadata, 'base64'),
});
