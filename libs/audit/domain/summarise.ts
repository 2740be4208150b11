import type { Json, JsonObject } from '#libs/kernel/domain/json';
import { summaries } from './summaries.js';

/** What a summary is made from: the envelope, and members of the data that are never personal. */
export type Line = Readonly<{ type: string; data: unknown }>;

/** More would be a payload, not a line. */
const LONGEST = 300;

/**
 * One readable line about an event. A place that the data does not fill makes its `[part]` vanish, and an event type
 * nobody wrote a sentence for is told by its name: no payload can make this fail.
 */
export function summarise({ type, data }: Line): string {
  const sentence = Object.hasOwn(summaries, type) ? summaries[type] : undefined;
  if (sentence === undefined) return inWords(type);
  const line = sentence
    .replace(/\[([^\]]*)\]/gu, (_, part: string) => fill(part, data) ?? '')
    .replace(PLACE, (_, path: string) => textAt(data, path) ?? '…');
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}

const PLACE = /\{([^}]*)\}/gu;

function fill(part: string, data: unknown): string | undefined {
  let whole = true;
  const text = part.replace(PLACE, (_, path: string) => {
    const found = textAt(data, path);
    if (found === undefined) whole = false;
    return found ?? '';
  });
  return whole ? text : undefined;
}

/** `a.b` reads a member of a member, `a#` counts a list, `a*` joins it. Objects are never shown: they may be personal. */
function textAt(data: unknown, path: string): string | undefined {
  const last = path.at(-1);
  const names = (last === '#' || last === '*' ? path.slice(0, -1) : path).split('.');
  let value: unknown = data;
  for (const name of names) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as JsonObject)[name];
  }
  if (Array.isArray(value)) return last === '#' ? String(value.length) : last === '*' ? joined(value) : undefined;
  return plain(value);
}

function joined(values: readonly Json[]): string | undefined {
  const texts = values.map(plain).filter((text) => text !== undefined);
  return texts.length > 0 ? texts.join(', ') : undefined;
}

const plain = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;

/** StepCompleted → Step completed */
export const inWords = (type: string): string => {
  const words = type.replaceAll(/([a-z0-9])([A-Z])/gu, '$1 $2').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
};
