/** Roughly how many characters a value takes: enough to bound a cache. */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length + 16;
  if (typeof value !== 'object' || value === null) return 8;
  let size = 32;
  for (const name of Object.keys(value)) size += name.length + sizeOf((value as Record<string, unknown>)[name]);
  return size;
}
