import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Codec } from '#libs/event-store/application/codec';
import { EventRegistry } from '#libs/event-store/application/event-registry';
import type { Position, RecordedEvent } from '#libs/event-store/application/event-store';
import { SubjectKeys, type SubjectKey } from '#libs/event-store/application/subject-keys';
import { AesSubjectKey } from '#libs/event-store/infrastructure/subject-key';
import type { EventDefinition } from '#libs/kernel/domain/define-event';
import { derivedId } from '#libs/kernel/domain/ids';
import { storedMetadata } from './events.js';

/** The key that seals the samples: no secret, and the same for ever. */
const sampleKey = new AesSubjectKey('5a3b1c00-0000-4000-8000-000000000001', Buffer.alloc(32, 'stored samples'));

class SampleKeys extends SubjectKeys {
  override async current(): Promise<SubjectKey> {
    return sampleKey;
  }

  override async byIds(keyIds: readonly string[]): Promise<ReadonlyMap<string, SubjectKey | 'erased'>> {
    return new Map(keyIds.map((id) => [id, id === sampleKey.keyId ? sampleKey : 'erased']));
  }

  override async destroy(): Promise<void> {
    throw new Error('The samples keep their key.');
  }
}

/** An event as it lies in the log. */
type StoredSample = Omit<RecordedEvent, 'revision' | 'position' | 'streamId'>;

const fileOf = (type: string, version: number) => `${type}.v${version}.json`;

/**
 * Holds a room to what it has stored: every version that an event type ever had lies in `dir` as it was stored, and
 * must load as an event of the newest version. A new version without its file is red; `WRITE_STORED_EVENTS=1` writes
 * the missing ones of the newest versions and never changes one that exists. Commit what it wrote.
 */
export function storedEventsSpec(definitions: readonly EventDefinition[], dir: URL | string): void {
  const folder = typeof dir === 'string' ? dir : fileURLToPath(dir);
  const registry = new EventRegistry(definitions);
  const codec = new Codec(registry, new SampleKeys());

  describe('stored events', () => {
    beforeAll(async () => {
      if (process.env['WRITE_STORED_EVENTS'] === '1') await writeMissing(definitions, codec, folder);
    });

    for (const { type, version } of definitions) {
      for (let stored = 1; stored <= version; stored++) {
        it(`${type} of version ${stored} loads`, async () => {
          const path = join(folder, fileOf(type, stored));
          if (!existsSync(path)) throw new Error(`${path} is missing: run this test with WRITE_STORED_EVENTS=1.`);
          const sample = JSON.parse(readFileSync(path, 'utf8')) as StoredSample;
          expect([sample.type, sample.schemaVersion]).toEqual([type, stored]);
          const event = { ...sample, streamId: 'sample-1', revision: 0n, position: '1' as Position };
          const [loaded] = await codec.decode([event]);
          expect(loaded?.type).toBe(type);
          expect(JSON.stringify(loaded?.data)).not.toMatch(/"\$(enc|erased)"/);
          registry.get(type)!.validate(loaded?.data);
        });
      }
    }

    it('has no sample of a type or version that is gone: what was stored stays readable', () => {
      const known = new Set(
        definitions.flatMap(({ type, version }) =>
          Array.from({ length: version }, (_, index) => fileOf(type, index + 1)),
        ),
      );
      const found = existsSync(folder) ? readdirSync(folder) : [];
      expect(found.filter((file) => !known.has(file))).toEqual([]);
    });
  });
}

async function writeMissing(definitions: readonly EventDefinition[], codec: Codec, folder: string): Promise<void> {
  const { format } = await import('prettier');
  mkdirSync(folder, { recursive: true });
  for (const { type, version, sample } of definitions) {
    const path = join(folder, fileOf(type, version));
    if (existsSync(path)) continue;
    const id = derivedId('stored sample', type, version);
    const [stored] = await codec.encode([
      { id, event: { type, data: sample as object }, metadata: storedMetadata(), keyRef: 'sample' },
    ]);
    writeFileSync(path, await format(JSON.stringify(stored), { parser: 'json', printWidth: 120 }));
  }
}
