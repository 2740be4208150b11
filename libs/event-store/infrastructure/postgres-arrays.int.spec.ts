import { randomUUID } from 'node:crypto';
import { testDatabase, type TestDatabase } from '#libs/testing/postgres';
import { int2Array, int4Array, int8Array, jsonArray, textArray, uuidArray } from './postgres-arrays.js';

let database: TestDatabase;
beforeAll(async () => (database = await testDatabase()));
afterAll(() => database.close());

const asRead = async (type: string, value: Buffer) => {
  const { rows } = await database.pool.query(`SELECT ARRAY(SELECT x::text FROM unnest($1::${type}[]) AS x) AS read`, [
    value,
  ]);
  return rows[0].read as string[];
};

describe('binary arrays', () => {
  it.each([
    ['smallint', int2Array, [0, 1, -1, 32_767]],
    ['int', int4Array, [0, 1, -1, 2_147_483_647]],
    ['bigint', int8Array, [0n, -4n, 2n ** 63n - 1n]],
    ['uuid', uuidArray, [randomUUID(), '00000000-0000-4000-8000-000000000000']],
    ['text', textArray, ['', 'a "quoted" \\ {text}, NULL', 'żółć 测试 😀', '\n\t']],
    ['json', jsonArray, ['{"a":"\\u0000 \\" 😀"}', '[1, 2]', '{ "kept":  "as is" }']],
  ] as const)('of %s arrive as they were', async (type, array, values) => {
    expect(await asRead(type, (array as (from: readonly unknown[]) => Buffer)(values))).toEqual(values.map(String));
    expect(await asRead(type, array([]))).toEqual([]);
  });
});
