import { randomUUID } from 'node:crypto';
import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CommandBus } from '@nestjs/cqrs';
import { subjectKeyRef } from '#libs/event-store/application/subject-keys';
import { PostgresVault } from '#libs/notifications/infrastructure/postgres-vault';
import { PostgresClientSecrets } from '#libs/identity/infrastructure/postgres-client-secrets';
import { testDatabase, type TestDatabase } from '#libs/testing/postgres';
import { Config } from '../config.js';
import { openCore, type Core } from '../core.js';
import { seedDemo } from '../demo/seed-demo.js';
import { makeMissingKeys } from '../keys.js';
import { createLogger } from '../logging.js';
import { allProcessManagers } from '../rooms.js';
import { targetsOf } from '../rooms.module.js';
import { run, type Running } from '../running.js';
import { DamagedBackup } from './archive.js';
import { writeBackup, type BackupProgress } from './backup.js';
import { RestoreRefused, restoreBackup } from './restore.js';

const SEALED = '0192c7a0-0000-5000-8000-000000000009';
const vaultOf = ({ database, subjectKeys }: Core) => new PostgresVault(database, subjectKeys);

describe('backup and restore', () => {
  let folder: string;
  let file: string;
  let source: Core;
  let running: Running<INestApplicationContext>;
  const databases: TestDatabase[] = [];
  const told: BackupProgress[] = [];

  const open = async (dataDir: string): Promise<Core> => {
    const database = await testDatabase();
    databases.push(database);
    const config = Config.read({ DATA_DIR: dataDir, LOG_LEVEL: 'warn' });
    makeMissingKeys(config);
    return openCore({ config, logger: createLogger(config, 'test'), databaseUrl: database.url });
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'backup-'));
    file = join(folder, 'countersign.backup');
    source = await open(folder);
    running = await run(source, (rooms) => NestFactory.createApplicationContext(rooms, { logger: false }));
    const { store, codec, facts } = source;
    const commands = running.app.get(CommandBus);
    const processManagers = allProcessManagers;
    const targets = targetsOf(running.app);
    await seedDemo({ commands, store, codec, facts, processManagers, targets, now: new Date('2026-06-15T12:00:00Z') });
    await source.subjectKeys.destroy(subjectKeyRef('demo', 'loan', 'loan-0001'));
    await vaultOf(source).keep(SEALED, subjectKeyRef('demo', 'webhook', '1'), 'whsec_of-somebody');
    const at = new Date('2026-06-15T12:00:00Z');
    const order = { clientId: 'portal', commandId: randomUUID(), at, previousUntil: at, repeated: false };
    await new PostgresClientSecrets(source.database).renew(order, at);
    await writeBackup(source, file, (progress) => told.push(progress));
  });
  afterAll(async () => {
    await running.stop();
    for (const database of databases) await database.close();
    rmSync(folder, { recursive: true });
  });

  const into = async <T>(dataDir: string, work: (core: Core) => Promise<T>): Promise<T> => {
    const core = await open(dataDir);
    try {
      return await work(core);
    } finally {
      await core.close();
    }
  };

  it('says how far it is while it reads the log, up to the whole', async () => {
    const fractions = told.map(({ fraction }) => fraction);
    expect(fractions.length).toBeGreaterThan(1);
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
    expect(fractions[0]).toBeGreaterThan(0);
    expect(fractions.at(-1)).toBe(1);
  });

  it('writes a file for nobody else to read', () => {
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('brings log, keys and passwords back into an empty installation, and proves it', async () => {
    await into(folder, async (target) => {
      const { equal, sums, differences } = await restoreBackup(target, file);
      expect({ equal, differences }).toEqual({ equal: true, differences: [] });
      expect(sums.map(({ section, count }) => [section, count > 0])).toEqual([
        ['events', true],
        ['keys', true],
        ['credentials', true],
        ['clientSecrets', true],
        ['sealed', true],
        ['facts', true],
      ]);
      const [a, b] = await Promise.all(
        [source, target].map(async ({ store, codec }) => {
          const { events } = await store.readAll({ after: 'start', limit: 5000 });
          return (await codec.decode(events)).map(({ data, streamId }) => JSON.stringify([streamId, data]));
        }),
      );
      expect(b).toEqual(a);
      expect(a!.some((line) => line.includes('"$erased":true'))).toBe(true);
      expect(await target.facts.read('demo')).toMatchObject({ complete: true });
      expect(await vaultOf(target).open(SEALED)).toBe('whsec_of-somebody');
    });
  });

  it('refuses an installation that is not empty', async () => {
    await expect(restoreBackup(source, file)).rejects.toThrow(RestoreRefused);
  });

  it('refuses another key-encryption key and leaves nothing behind', async () => {
    const stranger = mkdtempSync(join(tmpdir(), 'backup-'));
    await into(stranger, async (target) => {
      await expect(restoreBackup(target, file)).rejects.toThrow(/another key-encryption key/);
      copyFileSync(join(folder, 'key-encryption.key'), join(stranger, 'key-encryption.key'));
      await into(stranger, async (mended) => {
        expect((await restoreBackup(mended, file)).equal).toBe(true);
      });
    });
    rmSync(stranger, { recursive: true });
  });

  it('goes on where an interrupted restore stopped', async () => {
    await into(folder, async (target) => {
      let left = 3;
      const failing = new Proxy(target.store, {
        get: (store, name) => {
          if (name === 'append' && left-- <= 0) throw new Error('power failure');
          const value = Reflect.get(store, name, store) as unknown;
          return typeof value === 'function' ? value.bind(store) : value;
        },
      });
      await expect(restoreBackup({ ...target, store: failing }, file)).rejects.toThrow('power failure');
      expect((await restoreBackup(target, file)).equal).toBe(true);
    });
  });

  describe('of a damaged file', () => {
    const damaged = (name: string) => {
      const copy = join(folder, name);
      copyFileSync(file, copy);
      return copy;
    };
    const refuses = async (copy: string) =>
      into(folder, async (target) => {
        await expect(restoreBackup(target, copy)).rejects.toThrow(DamagedBackup);
        expect(await target.store.head()).toBe(target.store.start);
        expect((await target.database.pool.query('SELECT FROM keys.subject_keys')).rowCount).toBe(0);
      });

    it('touches nothing when the end is missing', async () => {
      const copy = damaged('short');
      truncateSync(copy, statSync(copy).size - 100);
      await refuses(copy);
    });

    it('touches nothing when one character differs', async () => {
      const copy = damaged('changed');
      const text = gunzipSync(readFileSync(copy)).toString();
      writeFileSync(copy, gzipSync(text.replace('ReviewApproved', 'ReviewApprovex')));
      await refuses(copy);
    });

    it('touches nothing when a line was left out', async () => {
      const copy = damaged('shorter');
      const lines = gunzipSync(readFileSync(copy)).toString().split('\n');
      writeFileSync(copy, gzipSync(lines.toSpliced(20, 1).join('\n')));
      await refuses(copy);
    });

    it('says so when it is no backup at all', async () => {
      const copy = join(folder, 'other');
      writeFileSync(copy, gzipSync('{"hello":"world"}\n'));
      await refuses(copy);
      writeFileSync(copy, 'plain text');
      appendFileSync(copy, 'more');
      await refuses(copy);
    });
  });
});
