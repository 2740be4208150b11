import { keptStoredJson } from './stored-json.js';

/** Roughly how many characters a value takes: enough to bound a cache. */
export const sizeOf = (value: object): number => keptStoredJson(value)?.length ?? measured(value);

function measured(value: unknown): number {
  if (typeof value === 'string') return value.length + 16;
  if (typeof value !== 'object' || value === null) return 8;
  let size = 32;
  for (const name of Object.keys(value)) size += name.length + measured((value as Record<string, unknown>)[name]);
  return size;
}
