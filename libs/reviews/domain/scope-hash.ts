import type { Step } from '#libs/kernel/domain/workflow-definition';
import type { SubjectRevision } from './review.events.js';

/**
 * What a decision is bound to: the hash of the part of the subject that its assignment looks at, or of the whole.
 * Hashes are made by the handler; here they are only put side by side and compared.
 */
export function scopeHash(
  { staleness }: Pick<Step, 'staleness'>,
  scope: readonly string[] | null,
  { contentHash, fieldHashes }: SubjectRevision,
): string {
  if (scope === null || scope.length === 0 || staleness === 'any') return contentHash;
  return scope
    .toSorted()
    .map((path) => `${path}=${fieldHashes[path] ?? 'absent'}`)
    .join('&');
}

/** JSON pointers whose value differs between two revisions, sorted. */
export function changedPaths(before: SubjectRevision, after: Pick<SubjectRevision, 'fieldHashes'>): string[] {
  const paths = new Set([...Object.keys(before.fieldHashes), ...Object.keys(after.fieldHashes)]);
  return [...paths].filter((path) => before.fieldHashes[path] !== after.fieldHashes[path]).toSorted();
}
