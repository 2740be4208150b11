import { currentRevision, type CaseFile } from './review.state.js';

/**
 * People who never decide on this subject: the submitter and the editor of the current revision, as the policy says,
 * and those it names as being in conflict.
 */
export function contributors(review: CaseFile): ReadonlyMap<string, string> {
  const { fourEyes, submittedBy, onBehalfOf } = review;
  const submitters = onBehalfOf === null ? [submittedBy] : [submittedBy, onBehalfOf];
  const people = new Map<string, string>();
  if (fourEyes.editors) {
    // Handed in again unchanged, it is still the work of whoever wrote it.
    const { contentHash } = currentRevision(review);
    for (const revision of review.revisions)
      if (revision.contentHash === contentHash)
        people.set(revision.editorId, 'the current revision was edited by the same person.');
  }
  if (fourEyes.submitter) {
    for (const person of submitters) people.set(person, 'nobody decides on their own submission.');
  }
  if (fourEyes.allowSelf) for (const person of submitters) people.delete(person);
  for (const person of fourEyes.conflicts ?? []) people.set(person, 'the workflow names a conflict of this person.');
  return people;
}
