import { endOtherClaims } from '../claims.js';
import { Draft } from '../draft.js';
import { asksFor } from '../eligible.js';
import { guardReason } from '../entitled.js';
import { recordVoid, vacate, type Vacancy } from '../fallback.js';
import { guardFourEyes, recused } from '../four-eyes.js';
import { guardUnfilled, namedSeat } from '../named-seat.js';
import type { Recuse } from '../review.commands.js';
import { NotEligible, PersonAlreadyCounted } from '../review.errors.js';
import type { ReviewEvent } from '../review.events.js';
import type { StartedReview } from '../review.state.js';
import { whoCan } from '../fitting-assignment.js';
import { settle } from '../settle.js';
import { counted, voices } from '../standing.js';

/** Whoever is asked steps back from the step, in all its rounds. What was that person's own is given to another. */
export function recuse({ data, facts, metadata }: Recuse, review: StartedReview): readonly ReviewEvent[] {
  guardReason(data);
  const { directory } = facts;
  const person = metadata.actor.id;
  const seat = namedSeat(review, data.assignmentId);
  const { execution, assignment } = seat;
  if (recused(review, execution.index).has(person)) return [];
  if (!asksFor(review, execution, assignment, person, directory))
    throw new NotEligible('This assignment does not ask for this person.', whoCan(review, execution));
  // Who is kept out anyway has only what is his by name to give to others.
  if (assignment.kind === 'ROLE')
    guardFourEyes(review, execution.index, { actorId: person, onBehalfOf: null, delegationPath: [] }, directory);
  const own = counted(review, execution.index).find((decision) => voices(decision).includes(person));
  if (own) throw new PersonAlreadyCounted(own.decisionId, own.verdict);
  guardUnfilled(review, seat);

  const draft = new Draft(review, metadata);
  const vacancy: Vacancy = { person, cause: 'recused', by: person, reason: data.reason };
  endOtherClaims(draft, execution, { actorId: person, onBehalfOf: null }, 'not-eligible');
  if (assignment.kind === 'USER') vacate(draft, seat, vacancy, directory);
  else recordVoid(draft, seat, vacancy, 'person');
  settle(draft, directory);
  return draft.finished();
}
