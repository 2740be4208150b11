import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emptyDatabase, type TestDatabase } from '#libs/testing/postgres';
import { migrate, MigrationError, pendingMigrations } from './migrations.js';

describe('migrations', () => {
  let database: TestDatabase;
  let dir: string;
  const write = (name: string, sql: string) => writeFileSync(join(dir, `${name}.sql`), sql);

  beforeEach(async () => {
    database = await emptyDatabase();
    dir = mkdtempSync(join(tmpdir(), 'migrations-'));
    write('0001-first', 'CREATE TABLE first (id int PRIMARY KEY);');
    write('0002-second', 'CREATE TABLE second (id int REFERENCES first);');
  });
  afterEach(async () => {
    await database.close();
    rmSync(dir, { recursive: true });
  });

  it('applies every file once, in order', async () => {
    expect(await pendingMigrations(database.pool, dir)).toEqual(['0001-first', '0002-second']);
    expect(await migrate(database.pool, dir)).toEqual(['0001-first', '0002-second']);
    expect(await migrate(database.pool, dir)).toEqual([]);
    expect(await pendingMigrations(database.pool, dir)).toEqual([]);
  });

  it('lets two starters apply in turn', async () => {
    const applied = await Promise.all([1, 2, 3, 4].map(() => migrate(database.pool, dir)));
    expect(applied.flat().sort()).toEqual(['0001-first', '0002-second']);
  });

  it('refuses an applied file that was edited', async () => {
    await migrate(database.pool, dir);
    write('0001-first', 'CREATE TABLE first (id bigint PRIMARY KEY);');
    await expect(migrate(database.pool, dir)).rejects.toThrow('0001-first was edited');
  });

  it('takes other line ends for the same text', async () => {
    write('0001-first', 'CREATE TABLE first (\n  id int PRIMARY KEY);\n');
    await migrate(database.pool, dir);
    write('0001-first', 'CREATE TABLE first (\r\n  id int PRIMARY KEY);\r\n');
    expect(await migrate(database.pool, dir)).toEqual([]);
  });

  it('refuses data that is newer than the program, and a number that comes too late', async () => {
    await migrate(database.pool, dir);
    rmSync(join(dir, '0002-second.sql'));
    await expect(migrate(database.pool, dir)).rejects.toThrow('older than its data');
    write('0002-second', 'CREATE TABLE second (id int REFERENCES first);');
    write('0001-late', 'SELECT 1;');
    await expect(migrate(database.pool, dir)).rejects.toThrow(MigrationError);
    rmSync(join(dir, '0001-late.sql'));
    write('0000-late', 'SELECT 1;');
    await expect(migrate(database.pool, dir)).rejects.toThrow('comes too late');
  });

  it('leaves nothing of a file that fails half way, and goes on after it is mended', async () => {
    write('0003-third', 'CREATE TABLE third (id int); SELECT no_such_function();');
    await expect(migrate(database.pool, dir)).rejects.toThrow('0003-third failed');
    expect(await pendingMigrations(database.pool, dir)).toEqual(['0003-third']);
    write('0003-third', 'CREATE TABLE third (id int);');
    expect(await migrate(database.pool, dir)).toEqual(['0003-third']);
  });
});
