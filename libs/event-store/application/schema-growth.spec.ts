import { Type, type TSchema } from 'typebox';
import { addsOnlyOptionalMembers } from './schema-growth.js';

const strict = { additionalProperties: false };
const base = Type.Object({ a: Type.String(), list: Type.Array(Type.Object({ x: Type.Integer() }, strict)) }, strict);
const grows = (to: TSchema, from: TSchema = base) => addsOnlyOptionalMembers(JSON.stringify(from), JSON.stringify(to));

describe('a schema that has grown', () => {
  it('may have new optional members, also deep inside', () => {
    expect(grows(base)).toBe(true);
    expect(grows(Type.Object({ ...base.properties, b: Type.Optional(Type.String()) }, strict))).toBe(true);
    const item = Type.Object({ x: Type.Integer(), y: Type.Optional(Type.Integer()) }, strict);
    expect(grows(Type.Object({ a: Type.String(), list: Type.Array(item) }, strict))).toBe(true);
  });

  it('may not differ in anything else', () => {
    const { a, list } = base.properties;
    for (const changed of [
      Type.Object({ a }, strict),
      Type.Object({ a, list, b: Type.String() }, strict),
      Type.Object({ a: Type.Integer(), list }, strict),
      Type.Object({ a: Type.String({ minLength: 1 }), list }, strict),
      Type.Object({ a: Type.Optional(Type.String()), list }, strict),
      Type.Object({ a, list }),
      Type.Object({ a, list: Type.Array(Type.Union([Type.String(), Type.Integer()])) }, strict),
      Type.Object({ a, list: Type.Array(Type.Object({ x: Type.Integer(), y: Type.Integer() }, strict)) }, strict),
    ]) {
      expect(grows(changed)).toBe(false);
    }
  });
});
