import { createHash, type Hash } from 'node:crypto';
import { createReadStream, createWriteStream, renameSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { PlainError } from '../plain-error.js';

export const SECTIONS = ['events', 'keys', 'credentials', 'clientSecrets', 'sealed', 'facts'] as const;
export type SectionName = (typeof SECTIONS)[number];

export interface Header {
  readonly countersign: 'backup';
  readonly format: 1;
  /** RFC 3339 UTC. */
  readonly createdAt: string;
  readonly eventStore: string;
}

/** How much a section holds, and the SHA-256 (hex) over its lines, each ended by LF. */
export interface SectionSum {
  readonly section: SectionName;
  readonly count: number;
  readonly sha256: string;
}

/** The file is not a backup, or not the one that was written. */
export class DamagedBackup extends PlainError {}

/** Counts and hashes the lines of one section. */
export class Digest {
  count = 0;
  private readonly hash: Hash = createHash('sha256');

  add(line: string): void {
    this.count++;
    this.hash.update(line).update('\n');
  }

  sum(section: SectionName): SectionSum {
    return { section, count: this.count, sha256: this.hash.digest('hex') };
  }
}

/**
 * A backup being written: gzipped lines of JSON, a header, the sections one after the other each with its sum, a footer
 * with all sums. It has its name only once it is complete and on disk.
 */
export class ArchiveWriter {
  private readonly draft: string;
  private readonly gzip = createGzip({ level: 6 });
  private readonly written: Promise<void>;
  private readonly sums: SectionSum[] = [];

  constructor(
    private readonly file: string,
    header: Header,
  ) {
    this.draft = `${file}.${process.pid}.partial`;
    this.written = pipeline(this.gzip, createWriteStream(this.draft, { mode: 0o600, flags: 'wx', flush: true }));
    this.written.catch(() => undefined); // told by the write that meets it, or by `close`
    this.gzip.write(`${JSON.stringify(header)}\n`);
  }

  /** @param lines JSON documents, a batch at a time. */
  async section(name: SectionName, batches: AsyncIterable<readonly string[]>): Promise<SectionSum> {
    const digest = new Digest();
    for await (const lines of batches) {
      for (const line of lines) digest.add(line);
      if (lines.length) await this.write(lines.map((line) => `{"${name}":${line}}\n`).join(''));
    }
    const sum = digest.sum(name);
    this.sums.push(sum);
    return sum;
  }

  async close(): Promise<readonly SectionSum[]> {
    this.gzip.end(`${JSON.stringify({ complete: this.sums })}\n`);
    await this.written;
    renameSync(this.draft, this.file);
    return this.sums;
  }

  discard(): void {
    this.gzip.destroy();
    rmSync(this.draft, { force: true });
  }

  private async write(text: string): Promise<void> {
    if (this.gzip.destroyed) await this.written;
    if (!this.gzip.write(text))
      await Promise.race([new Promise((done) => this.gzip.once('drain', done)), this.written]);
  }
}

export type ArchiveRecord = Readonly<{ section: SectionName; line: string }>;

/** Reads a backup to its end and checks every sum on the way. @throws DamagedBackup */
export async function* readArchive(
  file: string,
): AsyncGenerator<{ header: Header } | { records: readonly ArchiveRecord[] } | { sums: readonly SectionSum[] }> {
  const bytes = createReadStream(file);
  const plain = bytes.pipe(createGunzip());
  bytes.on('error', (error) => plain.destroy(error));
  const lines = createInterface({ input: plain, crlfDelay: Number.POSITIVE_INFINITY });
  const digests = new Map<SectionName, Digest>();
  let header: Header | undefined;
  let complete = false;
  let batch: ArchiveRecord[] = [];
  try {
    for await (const line of lines) {
      if (!header) {
        header = headerOf(line);
        yield { header };
        continue;
      }
      const match = /^\{"(events|keys|credentials|clientSecrets|sealed|facts)":(.*)\}$/s.exec(line);
      if (!match) {
        if (batch.length) yield { records: batch };
        batch = [];
        yield { sums: checkFooter(line, digests) };
        complete = true;
        continue;
      }
      const [, section, record] = match as unknown as [string, SectionName, string];
      if (!digests.has(section)) digests.set(section, new Digest());
      digests.get(section)!.add(record);
      batch.push({ section, line: record });
      if (batch.length < 1000) continue;
      yield { records: batch };
      batch = [];
    }
  } catch (error) {
    if (error instanceof DamagedBackup) throw error;
    throw new DamagedBackup(`${file} cannot be read as a backup: ${(error as Error).message}`, { cause: error });
  } finally {
    lines.close();
    bytes.destroy();
  }
  if (!complete) throw new DamagedBackup(`${file} is not complete: its end is missing.`);
}

function headerOf(line: string): Header {
  const header = parse(line) as Partial<Header> | undefined;
  if (header?.countersign !== 'backup') throw new DamagedBackup('This is not a Countersign backup.');
  if (header.format !== 1) throw new DamagedBackup(`Backups of format ${header.format} need a newer program.`);
  return header as Header;
}

function checkFooter(line: string, digests: ReadonlyMap<SectionName, Digest>): readonly SectionSum[] {
  const footer = parse(line) as { complete?: readonly SectionSum[] } | undefined;
  if (!Array.isArray(footer?.complete)) throw new DamagedBackup('The backup holds a line that is none of ours.');
  const { complete } = footer as { complete: readonly SectionSum[] };
  for (const { section, count, sha256 } of complete) {
    const found = (digests.get(section) ?? new Digest()).sum(section);
    if (found.count !== count || found.sha256 !== sha256)
      throw new DamagedBackup(`The ${section} of the backup are not those that were written: the checksum differs.`);
  }
  return complete;
}

const parse = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
};
