import { diffLines } from 'diff';
import { fieldChanges, type FieldChange } from '#libs/kernel/domain/field-diff';
import type { Json } from '#libs/kernel/domain/json';
import { isErased } from '#libs/kernel/domain/personal';
import type { SubjectRevision } from '../review.events.js';
import type { StartedReview } from '../review.state.js';

/** `GET /reviews/{id}/diff`: what changed between two revisions of the subject. */
export interface ReviewDiff {
  readonly from: number;
  readonly to: number;
  readonly fields: readonly FieldChange[];
  /** Line by line, for text that was text before and after; texts too different to compare are replaced whole. */
  readonly text: readonly TextChange[];
  readonly documents: readonly DocumentChange[];
}

export interface TextChange {
  readonly path: string;
  readonly lines: readonly { readonly op: 'same' | 'add' | 'remove'; readonly text: string }[];
}

export interface DocumentChange {
  readonly documentId: string;
  readonly op: 'add' | 'remove' | 'replace';
  readonly before: string | null;
  readonly after: string | null;
}

/** Undefined when a revision does not exist. Content that was erased has no fields to compare. */
export function reviewDiff(review: StartedReview, from: number, to: number): ReviewDiff | undefined {
  const before = review.revisions[from - 1];
  const after = review.revisions[to - 1];
  if (!before || !after) return undefined;
  const fields =
    isErased(before.content) || isErased(after.content)
      ? []
      : fieldChanges(before.content as Json, after.content as Json);
  return { from, to, fields, text: textChanges(fields), documents: documentChanges(before, after) };
}

/**
 * How much comparing all texts of one diff may cost, in edits squared. Two long texts with nothing in common would
 * otherwise keep the process busy for minutes.
 */
const PATIENCE = 1_000_000;

function textChanges(fields: readonly FieldChange[]): readonly TextChange[] {
  const changes: TextChange[] = [];
  let patience = PATIENCE;
  for (const { path, before, after } of fields) {
    if (typeof before !== 'string' || typeof after !== 'string') continue;
    const maxEditLength = Math.floor(Math.sqrt(patience));
    const parts = diffLines(before, after, { maxEditLength });
    const edits = parts?.reduce((sum, { added, removed, count }) => sum + (added || removed ? count : 0), 0);
    patience -= (edits ?? maxEditLength) ** 2;
    const lines = parts?.flatMap(({ value, added, removed }) =>
      linesOf(value, added ? 'add' : removed ? 'remove' : 'same'),
    );
    changes.push({ path, lines: lines ?? [...linesOf(before, 'remove'), ...linesOf(after, 'add')] });
  }
  return changes;
}

const linesOf = (text: string, op: 'same' | 'add' | 'remove'): TextChange['lines'] =>
  text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => ({ op, text: line }));

function documentChanges(before: SubjectRevision, after: SubjectRevision): readonly DocumentChange[] {
  const old = new Map(before.documents.map((it) => [it.documentId, it.sha256]));
  const young = new Map(after.documents.map((it) => [it.documentId, it.sha256]));
  return [...new Set([...old.keys(), ...young.keys()])].flatMap((documentId): readonly DocumentChange[] => {
    const [was, is] = [old.get(documentId) ?? null, young.get(documentId) ?? null];
    if (was === is) return [];
    return [{ documentId, op: was === null ? 'add' : is === null ? 'remove' : 'replace', before: was, after: is }];
  });
}
