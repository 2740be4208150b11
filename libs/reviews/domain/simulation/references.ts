import type { Review } from '../review.state.js';

/** `#n`: the n-th of its kind in the review, from 1. Whatever is none stays as it is. */
const REFERENCE = /^#(\d{1,4})$/;

/** Members of an act with the ids in the place of references. */
export function resolved(members: Readonly<Record<string, unknown>>, review: Review): Record<string, unknown> {
  if (review.status === 'not_started') return { ...members };
  const items = review.changeRequests.flatMap((request) => request.items.map(({ itemId }) => itemId));
  // Once each: what a step carries on to its next round keeps its id.
  const assignments = [
    ...new Set(review.executions.flatMap((it) => it.assignments.map(({ assignmentId }) => assignmentId))),
  ];
  const decisions = review.decisions.map(({ decisionId }) => decisionId);
  const nth = (ids: readonly string[], id: unknown) => {
    const [, n] = typeof id === 'string' ? (REFERENCE.exec(id) ?? []) : [];
    return n === undefined ? id : (ids[Number(n) - 1] ?? id);
  };
  const { assignmentId, decisionId, items: named, answers } = members;
  return {
    ...members,
    ...(assignmentId !== undefined && { assignmentId: nth(assignments, assignmentId) }),
    ...(decisionId !== undefined && { decisionId: nth(decisions, decisionId) }),
    ...(Array.isArray(named) && { items: named.map((item: unknown) => nth(items, item)) }),
    ...(Array.isArray(answers) && {
      answers: answers.map((answer: { itemId: string }) => ({ ...answer, itemId: nth(items, answer.itemId) })),
    }),
  };
}
