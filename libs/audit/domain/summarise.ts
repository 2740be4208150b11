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
  const sentence = sentenceOf(type);
  if (sentence === undefined) return inWords(type);
  let line = '';
  for (const part of sentence) line += told(part, data);
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}

/** A text, or a place in the data. */
type Piece = string | Place;
/** `a.b` reads a member of a member, `a#` counts a list, `a*` joins it. */
type Place = Readonly<{ names: readonly string[]; list: 'count' | 'join' | undefined }>;
/** Pieces that are left out together when one of them is not filled, where they are optional. */
type Part = Readonly<{ optional: boolean; pieces: readonly Piece[] }>;

/** Sentences are taken apart once: a line is written for every event there ever was. */
const sentences = new Map(Object.entries(summaries).map(([type, sentence]) => [type, partsOf(sentence)]));
const sentenceOf = (type: string) => sentences.get(type);

function partsOf(sentence: string): Part[] {
  return sentence
    .split(/(\[[^\]]*\])/u)
    .filter((text) => text !== '')
    .map((text) => {
      const optional = text.startsWith('[');
      return { optional, pieces: piecesOf(optional ? text.slice(1, -1) : text) };
    });
}

function piecesOf(text: string): Piece[] {
  return text
    .split(/(\{[^}]*\})/u)
    .filter((piece) => piece !== '')
    .map((piece) => (piece.startsWith('{') ? placeOf(piece.slice(1, -1)) : piece));
}

function placeOf(path: string): Place {
  const list = path.endsWith('#') ? 'count' : path.endsWith('*') ? 'join' : undefined;
  return { names: (list ? path.slice(0, -1) : path).split('.'), list };
}

function told({ optional, pieces }: Part, data: unknown): string {
  let text = '';
  for (const piece of pieces) {
    const filled = typeof piece === 'string' ? piece : textAt(data, piece);
    if (filled === undefined && optional) return '';
    text += filled ?? '…';
  }
  return text;
}

/** Objects are never shown: they may be personal. */
function textAt(data: unknown, { names, list }: Place): string | undefined {
  let value: unknown = data;
  for (const name of names) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  if (!list) return plain(value);
  if (!Array.isArray(value)) return undefined;
  return list === 'count' ? String(value.length) : joined(value);
}

function joined(values: readonly unknown[]): string | undefined {
  const texts = values.map(plain).filter((text) => text !== undefined);
  return texts.length > 0 ? texts.join(', ') : undefined;
}

const plain = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;

/** StepCompleted → Step completed */
const inWords = (type: string): string => {
  const words = type.replaceAll(/([a-z0-9])([A-Z])/gu, '$1 $2').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
};
