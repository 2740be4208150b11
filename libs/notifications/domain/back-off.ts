const FIRST_MS = 5_000;
const LONGEST_MS = 12 * 3_600_000;

/**
 * How long to wait after the n-th failed try: 5 s, 20 s, 80 s … at most 12 h; a fifth more or less, so that what failed
 * together does not come back together.
 * @param chance from 0 to 1
 */
export function backOffMs(tries: number, chance: number): number {
  const wait = Math.min(FIRST_MS * 4 ** Math.max(0, tries - 1), LONGEST_MS);
  return Math.round(wait * (0.8 + 0.4 * chance));
}
