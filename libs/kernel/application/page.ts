import { DomainError } from '../domain/domain-error.js';

/** One page of a list, in keyset order: pages never skip or repeat what stays where it is. */
export interface Page<Item> {
  readonly data: Item[];
  readonly page: { readonly next: string | null; readonly hasMore: boolean };
}

/** The cursor is not one that this list gave out. */
export class InvalidCursor extends DomainError {
  readonly code = 'invalid-cursor';
  readonly kind = 'malformed';

  constructor() {
    super('Send the cursor of the page before, unchanged, to the same list.');
  }
}

/** Whether a text may be a part of a cursor: whatever passes reaches the database as it is. */
export type CursorPart = (text: string) => boolean;

export const anInstant: CursorPart = (text) =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/u.test(text) && !Number.isNaN(Date.parse(text));
export const anId: CursorPart = (text) => /^[\x20-\x7e]{1,200}$/u.test(text);

const LONGEST = 1_000;

/** What the next page begins after; opaque to clients. `list` keeps cursors of different lists apart. */
export const cursorAfter = (list: string, parts: readonly string[]): string =>
  Buffer.from(JSON.stringify([list, ...parts]), 'utf8').toString('base64url');

/** The parts of a cursor this list gave out, undefined without one; throws `InvalidCursor`. */
export function readCursor(
  list: string,
  cursor: string | undefined,
  shape: readonly CursorPart[],
): readonly string[] | undefined {
  if (cursor === undefined) return undefined;
  const [name, ...parts] = partsOf(cursor);
  if (name !== list || parts.length !== shape.length || !parts.every((part, i) => shape[i]?.(part)))
    throw new InvalidCursor();
  return parts;
}

function partsOf(cursor: string): string[] {
  if (cursor.length > LONGEST || !/^[\w-]+$/u.test(cursor)) throw new InvalidCursor();
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    throw new InvalidCursor();
  }
  if (!Array.isArray(parts) || !parts.every((part) => typeof part === 'string')) throw new InvalidCursor();
  return parts;
}

/** `rows`: one more than `limit` were asked for, which tells whether there is a next page. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  item: (row: Row) => Item,
  cursor: (last: Row) => string,
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return { data: shown.map(item), page: { next: hasMore ? cursor(last) : null, hasMore } };
}
