import { endClaim } from './claims.js';
import { canDecide, type Directory } from './directory.js';
import type { Draft } from './draft.js';
import type { EventData } from './event-data.js';
import { excluded } from './four-eyes.js';
import type { NamedSeat } from './named-seat.js';
import type { AssignmentFacts } from './review.events.js';
import { evolve } from './review.evolve.js';
import type { Execution, Review, StartedReview } from './review.state.js';
import { routing } from './routing.js';
import { executionOf } from './settle.js';
import { counted, openSeats, voices } from './standing.js';

/** Why an assignment is void, for whom, and by whose hand. */
export type Vacancy = Readonly<{
  person: string;
  cause: EventData<'AssignmentVoided'>['cause'];
  by: string;
  reason?: string;
}>;

type Whom = Pick<AssignmentFacts, 'kind' | 'ref' | 'role'>;
const ADMINISTRATORS: Whom = { kind: 'ROLE', ref: 'admin' };

/**
 * A personal assignment becomes void, and somebody else is asked in its place: the manager, else the administrators. One
 * that was of a role stays of that role: the manager who holds it, else whoever does. The one who stands in counts exactly where the other would have, so nothing is lowered, and nothing is approved by
 * itself; when nobody is left, the step turns out to be blocked.
 */
export function vacate(draft: Draft, seat: NamedSeat, vacancy: Vacancy, directory: Directory): void {
  endClaim(draft, seat, { how: 'not-eligible', by: vacancy.by });
  recordVoid(draft, seat, vacancy, 'assignment');
  const { execution, assignment } = seat;
  const { group, weight, veto, scope, assignee } = assignment;
  const assignmentId = draft.newId('assignment');
  const added = (whom: Whom): EventData<'AssignmentAdded'> => ({
    ...executionOf(execution),
    assignment: { assignmentId, group, ...whom, assignee, weight, veto, scope, origin: 'fallback' },
    addedBy: vacancy.by,
    instead: assignment.assignmentId,
    at: draft.now,
  });
  const candidates = standIns(draft.review, seat, vacancy.person, directory).map(added);
  const able = candidates.find((data) =>
    isRouted(evolve(draft.review, { type: 'AssignmentAdded', data }), data, directory),
  );
  draft.record('AssignmentAdded', able ?? candidates[0] ?? added(ADMINISTRATORS));
}

function standIns(
  review: StartedReview,
  { execution, assignment: { role } }: NamedSeat,
  person: string,
  directory: Directory,
): readonly Whom[] {
  const managers = managersOf(review, execution, person, directory);
  if (role === undefined) return [...managers, ADMINISTRATORS];
  const holders = managers.filter(({ ref }) => directory.person(ref)?.roles.includes(role));
  return [...holders.map((manager) => ({ ...manager, role })), { kind: 'ROLE', ref: role }];
}

/** The manager, when that person may be asked and is not asked by name already. */
function managersOf(
  review: StartedReview,
  { index }: Execution,
  person: string,
  directory: Directory,
): readonly Whom[] {
  const manager = directory.person(person)?.managerId;
  if (manager === undefined || !canDecide(directory.person(manager))) return [];
  const isBusy =
    excluded(review, index, directory).has(manager) ||
    counted(review, index).some((decision) => voices(decision).includes(manager)) ||
    openSeats(review, index).some(({ kind, ref }) => kind === 'USER' && ref === manager);
  return isBusy ? [] : [{ kind: 'USER', ref: manager }];
}

function isRouted(review: Review, { executionId }: { executionId: string }, directory: Directory): boolean {
  if (review.status === 'not_started') return false;
  const execution = review.executions.find((it) => it.executionId === executionId);
  return execution !== undefined && routing(review, execution, directory).ok;
}

export function recordVoid(
  draft: Draft,
  { execution, assignment }: NamedSeat,
  { person, cause, by, reason }: Vacancy,
  scope: EventData<'AssignmentVoided'>['scope'],
): void {
  draft.record('AssignmentVoided', {
    ...executionOf(execution),
    assignmentId: assignment.assignmentId,
    person,
    scope,
    cause,
    ...(reason !== undefined && { reason }),
    voidedBy: by,
    at: draft.now,
  });
}
