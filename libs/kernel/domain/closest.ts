/** The known word that `word` was probably meant to be, if any is near enough to be worth suggesting. */
export function closest(word: string, known: Iterable<string>): string | undefined {
  const typed = word.toLowerCase().slice(0, LONGEST);
  let best: string | undefined;
  let least = Math.max(1, Math.floor(typed.length / 3)) + 1;
  for (const candidate of known) {
    const distance = edits(typed, candidate.toLowerCase());
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

/** Words are compared up to this length, so that a hostile member name costs nothing. */
const LONGEST = 64;

/** Levenshtein distance, a swap of neighbours counting one. */
function edits(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? before[j - 2]! + 1 : Infinity;
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, substituted, swapped);
    }
    [before, row] = [row, next];
  }
  return row[b.length]!;
}
