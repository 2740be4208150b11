import { Type, type TSchema } from 'typebox';
import { defineEvent } from '#libs/kernel/domain/define-event';
import { commentEvents, reviewEvents } from '#libs/reviews/domain/review.events';
import { testDatabase, type TestDatabase } from '#libs/testing/postgres';
import { EventRegistry } from '../application/event-registry.js';
import { SchemaDrift } from '../application/schema-drift.js';
import { PostgresEventSchemas } from './postgres-event-schemas.js';

let database: TestDatabase;
beforeAll(async () => (database = await testDatabase()));
afterAll(() => database.close());

const strict = { additionalProperties: false };
const start = (schema: TSchema, version = 1) => {
  const upcast = Object.fromEntries(
    Array.from({ length: version - 1 }, (_, index) => [index + 1, (data: object) => data]),
  );
  const definition = defineEvent('Drifting', { version, schema, upcast: upcast as never, sample: {} });
  return new PostgresEventSchemas(database.pool).check(new EventRegistry([definition]));
};
const a = Type.Object({ a: Type.String() }, strict);
const aAndMaybeB = Type.Object({ a: Type.String(), b: Type.Optional(Type.String()) }, strict);
const aAndB = Type.Object({ a: Type.String(), b: Type.String() }, strict);

describe('the guard of stored shapes', () => {
  it('lets a program start again, with more optional fields, and its predecessor beside it', async () => {
    await start(a);
    await start(a);
    await start(aAndMaybeB);
    await start(a);
    await start(aAndMaybeB);
  });

  it('refuses to start when a shape changed under its version, and says what to do', async () => {
    await expect(start(aAndB)).rejects.toThrow(SchemaDrift);
    await expect(start(aAndB)).rejects.toThrow(
      'The schema of Drifting version 1 is not the one registered before. ' +
        'Stored events keep their shape: raise the version and add an upcaster.',
    );
    await start(aAndB, 2);
    await expect(start(a, 2)).rejects.toThrow('Drifting version 2');
  });

  it('knows every event of the product, and several processes may start at once', async () => {
    const registry = () => new EventRegistry([...reviewEvents, ...commentEvents]);
    await Promise.all([1, 2, 3].map(() => new PostgresEventSchemas(database.pool).check(registry())));
    const { rows } = await database.pool.query<{ type: string; hex: string; schema: string }>(
      `SELECT type, encode(sha256, 'hex') AS hex, encode(sha256(convert_to(json_schema::text, 'UTF8')), 'hex') AS schema
       FROM es.event_schemas WHERE type <> 'Drifting'`,
    );
    expect(rows.map(({ type }) => type).sort()).toEqual([...registry().types()].sort());
    for (const { hex, schema } of rows) expect(hex).toBe(schema);
  });
});
