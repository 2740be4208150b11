import { InMemorySubjectKeys } from '#libs/event-store/infrastructure/in-memory-subject-keys';
import type { JsonObject } from '#libs/kernel/domain/json';
import { ContentHasher } from './content-hasher.js';

const hasher = new ContentHasher(new InMemorySubjectKeys());
const hash = (content: JsonObject) => hasher.hash('loan-1', content, [], '/subject/content');
const members = (many: number) => Object.fromEntries(Array.from({ length: many }, (_, at) => [`member${at}`, at]));

describe('The hashes of content', () => {
  it('are made of the whole and of every member at its top', async () => {
    const { contentHash, fieldHashes } = await hash({ a: 1, 'b/c': { d: 2 } });
    expect(contentHash).toMatch(/^[0-9a-f]{64}$/);
    expect(Object.keys(fieldHashes)).toEqual(['/a', '/b~1c']);
  });

  it('name the content when it has more members than can stand in an event', async () => {
    await expect(hash(members(1_000))).resolves.toBeDefined();
    await expect(hash({ grouped: members(10_000) })).resolves.toBeDefined();
    await expect(hash(members(10_000))).rejects.toMatchObject({
      code: 'validation-failed',
      details: { errors: [{ pointer: '/subject/content', code: 'too-many' }] },
    });
  });
});
