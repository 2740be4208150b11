import { anId, anInstant, cursorAfter, InvalidCursor, pageOf, readCursor } from './page.js';

const shape = [anInstant, anId];
const cursor = cursorAfter('reviews', ['2026-11-22T10:00:00.000Z', 'rev-1']);

describe('A cursor', () => {
  it('comes back as it was given', () =>
    expect(readCursor('reviews', cursor, shape)).toEqual(['2026-11-22T10:00:00.000Z', 'rev-1']));

  it('may be absent', () => expect(readCursor('reviews', undefined, shape)).toBeUndefined());

  it.each([
    ['of another list', cursorAfter('inbox', ['2026-11-22T10:00:00.000Z', 'rev-1'])],
    ['with too few parts', cursorAfter('reviews', ['2026-11-22T10:00:00.000Z'])],
    ['with a day that does not exist', cursorAfter('reviews', ['2026-99-22T10:00:00.000Z', 'rev-1'])],
    ['with control characters', cursorAfter('reviews', ['2026-11-22T10:00:00.000Z', 'a\u0000b'])],
    ['that is no JSON', 'abc'],
    ['that is no text', Buffer.from('[1,2,3]').toString('base64url')],
    ['that is empty', ''],
    ['that is not base64url', "'; DROP TABLE--"],
    ['that is far too long', 'a'.repeat(5_000)],
  ])('is refused: one %s', (_, bad) => expect(() => readCursor('reviews', bad, shape)).toThrow(InvalidCursor));
});

describe('A page', () => {
  const page = (rows: readonly number[]) => pageOf(rows, 2, (n) => n * 10, String);

  it('says what comes after it', () =>
    expect(page([1, 2, 3])).toEqual({ data: [10, 20], page: { next: '2', hasMore: true } }));
  it('says when it is the last', () =>
    expect(page([1, 2])).toEqual({ data: [10, 20], page: { next: null, hasMore: false } }));
  it('may be empty', () => expect(page([])).toEqual({ data: [], page: { next: null, hasMore: false } }));
});
