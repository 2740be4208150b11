import type { KnownOfReview } from './inbox.table.js';

/** Whom four eyes keep out of a step, as far as the log of the review says; superiors are the query's. */
export function excludedFrom(known: KnownOfReview, step: string): Set<string> {
  const { submitters, revisions, fourEyes, recused } = known;
  const people = new Set<string>();
  if (fourEyes.editors) for (const editor of editorsOf(revisions)) people.add(editor);
  if (fourEyes.submitter) for (const person of submitters) people.add(person);
  if (fourEyes.allowSelf) for (const person of submitters) people.delete(person);
  for (const person of fourEyes.conflicts) people.add(person);
  for (const { step: from, person } of recused) if (from === step) people.add(person);
  const elsewhere = new Set(distinctFrom(known, step));
  for (const { step: on, person } of known.overrides) if (elsewhere.has(on)) people.add(person);
  for (const person of decidersOn(known, [...elsewhere])) people.add(person);
  return people;
}

/** Handed in again unchanged, it is still the work of whoever wrote it. */
const editorsOf = (revisions: KnownOfReview['revisions']): readonly string[] =>
  revisions.flatMap(({ contentHash, editorId }) => (contentHash === revisions.at(-1)?.contentHash ? [editorId] : []));

/** Whose decisions count on any of these steps. */
export const decidersOn = ({ decisions }: KnownOfReview, steps: readonly string[]): readonly string[] =>
  decisions.flatMap(({ counts, step, people }) => (counts && steps.includes(step) ? people : []));

/** Steps whose deciders stay out of this one: earlier ones, where it asks so; those beside it, where either does. */
function distinctFrom({ steps }: KnownOfReview, step: string): readonly string[] {
  const stageAt = (place: number) => steps.slice(0, place + 1).filter(({ parallel }, i) => i === 0 || !parallel).length;
  const index = steps.findIndex(({ key }) => key === step);
  const asks = steps[index]?.distinctInReview ?? false;
  return steps.flatMap(({ key, distinctInReview }, other) => {
    if (other === index) return [];
    const isBeside = stageAt(other) === stageAt(index);
    return (isBeside ? asks || distinctInReview : asks && other < index) ? [key] : [];
  });
}
