import type { EventContext } from '#libs/kernel/domain/decider';
import type { SettingDefinition, SettingValue } from './setting.registry.js';
import type { SettingEvent } from './setting.events.js';

/** One change of one setting; without a value it was given up. */
export interface SettingEntry {
  readonly key: string;
  readonly branchId: string | null;
  readonly value?: SettingValue;
  readonly effectiveFrom: string;
  /** When it was decided. */
  readonly at: string;
  readonly revision: bigint;
}

/** All changes of a workspace, in the order of the log. */
export type SettingBook = readonly SettingEntry[];

export const evolve = (book: SettingBook, { data }: SettingEvent, { revision }: Pick<EventContext, 'revision'>) => [
  ...book,
  { ...data, revision },
];

/** What holds, and who said so: a branch, the workspace, the environment or nobody. */
export interface InForce {
  readonly value: SettingValue;
  readonly source: 'branch' | 'workspace' | 'system' | 'default';
  readonly branchId: string | null;
}

/**
 * What holds at an instant.
 * @param branches the branch that is asked for and those above it, nearest first
 */
export function inForce(
  book: SettingBook,
  key: string,
  definition: SettingDefinition,
  branches: readonly string[],
  instant: string,
): InForce {
  const places = definition.scope === 'branch' ? [...branches, null] : [null];
  for (const branchId of places) {
    const entry = entryAt(book, key, branchId, instant);
    if (entry?.value !== undefined)
      return { value: entry.value, source: branchId === null ? 'workspace' : 'branch', branchId };
  }
  return { value: definition.default, source: 'default', branchId: null };
}

/** The change that holds for a branch (null: the workspace itself) at an instant; of two for the same instant, the later one. */
export const entryAt = (book: SettingBook, key: string, branchId: string | null, instant: string) =>
  book
    .filter((entry) => entry.key === key && entry.branchId === branchId && entry.effectiveFrom <= instant)
    .reduce<SettingEntry | undefined>(
      (best, entry) => (best && best.effectiveFrom > entry.effectiveFrom ? best : entry),
      undefined,
    );

/** As it was known at an instant: what was decided later does not count. */
export function knownAt(book: SettingBook, instant: string): SettingBook {
  const later = book.findIndex(({ at }) => at > instant);
  return later === -1 ? book : book.slice(0, later);
}
