import type { Rung } from '#libs/kernel/domain/workflow-definition';
import { inWhoseName, type Acting } from './acting.js';
import { ask } from './ask.js';
import { askedBy } from './eligible.js';
import { canDecide, type Directory } from './directory.js';
import type { Draft } from './draft.js';
import type { EventData } from './event-data.js';
import { blockingItems, evaluateStep } from './evaluate.js';
import { excluded } from './four-eyes.js';
import { isTerminal, nextRung } from './ladder.js';
import type { EscalationTarget } from './review.commands.js';
import type { AssignmentFacts } from './review.events.js';
import { executionById, isRunning, stepOf, type Execution, type StartedReview } from './review.state.js';
import { routing } from './routing.js';
import { endByRejection, executionOf } from './settle.js';
import { counted, openSeats, voices } from './standing.js';

/** Why a rung cannot do what it says. */
export type SkipReason = EventData<'RungSkipped'>['reason'];

/** Who climbs: a timer, or a person with a reason. */
export type Climber = Readonly<{ by: 'timer' | 'hand'; who: Acting; reason?: string }>;

/**
 * Fires a rung. One that cannot do what it says is skipped for the one after it, but never for an ending: that keeps its
 * own time. A timer whose target is asked already only reminds.
 */
export function climb(draft: Draft, executionId: string, from: Rung, climber: Climber, directory: Directory): void {
  for (let rung: Rung | undefined = from; rung;) {
    const skip = fireRung(draft, executionId, rung, climber, directory);
    if (skip === null || (skip === 'already-assigned' && climber.by === 'timer')) return;
    const execution = executionById(draft.review, executionId);
    rung = execution && nextRung(stepOf(draft.review, execution), execution);
    if (rung && isTerminal(rung)) return;
  }
}

/** Fires one rung, or records why it was skipped. Null when it fired. */
export function fireRung(
  draft: Draft,
  executionId: string,
  rung: Rung,
  climber: Climber,
  directory: Directory,
): SkipReason | null {
  const execution = executionById(draft.review, executionId);
  if (!execution || !isRunning(execution)) return null;
  const to = targetOf(draft.review, execution, rung, directory);
  const skip = whySkipped(draft, execution, rung, to, directory);
  const { generation } = execution.clock;
  if (skip !== null) {
    const target = rung.to === undefined ? {} : { to: rung.to };
    draft.record('RungSkipped', {
      ...executionOf(execution),
      rungId: rung.id,
      generation,
      ...target,
      reason: skip,
      at: draft.now,
    });
    return skip;
  }
  const { by, reason, who } = climber;
  draft.record('RungFired', {
    ...executionOf(execution),
    rung,
    generation,
    by,
    firedBy: who.actorId,
    ...inWhoseName(who),
    ...(reason !== undefined && { reason }),
    at: draft.now,
  });
  takeEffect(draft, execution, rung, to, who.actorId, directory);
  return null;
}

/** What a person or a role may be asked for; `manager` is that of the first named person the step still waits for. */
function targetOf(
  review: StartedReview,
  execution: Execution,
  { to }: Rung,
  directory: Directory,
): EscalationTarget | null {
  if (to === undefined) return null;
  if (!('manager' in to)) return to;
  const [first] = managersAsked(review, execution, directory);
  return first === undefined ? null : { user: first };
}

/** The managers of the people whom the step still waits for by name, in the order of their assignments. */
export const managersAsked = (review: StartedReview, { index }: Execution, directory: Directory): readonly string[] =>
  openSeats(review, index).flatMap(({ kind, ref }) =>
    kind === 'USER' ? (directory.person(ref)?.managerId ?? []) : [],
  );

function whySkipped(
  draft: Draft,
  execution: Execution,
  { action }: Rung,
  to: EscalationTarget | null,
  directory: Directory,
): SkipReason | null {
  if (action === 'auto_approve') {
    const { review } = draft;
    // An automatic approval never stands in for a person, and never against one or an answer that is owed.
    const needsPeople = stepOf(review, execution).floor > 0 || execution.status === 'blocked';
    const refused =
      counted(review, execution.index).some(({ verdict }) => verdict === 'reject') ||
      blockingItems(review, execution.step).length > 0;
    return needsPeople || refused ? 'not-eligible' : null;
  }
  if (action !== 'add' && action !== 'transfer') return null;
  return to === null ? 'no-target' : whyNotAsked(draft, execution, action, to, directory);
}

/** Gives assignments: one more, or those that are open. */
type Giving = 'add' | 'transfer';

/** Why a target cannot be given an assignment on this step; null when it can. */
export function whyNotAsked(
  draft: Draft,
  execution: Execution,
  action: Giving,
  to: EscalationTarget,
  directory: Directory,
): SkipReason | null {
  const why = whyNobody(draft.review, execution, to, directory);
  if (why !== null || staysPossible(draft, execution, action, to, directory)) return why;
  return action === 'add' ? 'already-assigned' : 'no-target';
}

/** Whoever is asked already cannot fill one assignment more: a step that can be satisfied must not be blocked by that. */
function staysPossible(
  draft: Draft,
  execution: Execution,
  action: Giving,
  to: EscalationTarget,
  directory: Directory,
): boolean {
  if (execution.status !== 'open' || !routing(draft.review, execution, directory).ok) return true;
  const trial = draft.trial();
  give(trial, execution, action, to, '', directory);
  const after = executionById(trial.review, execution.executionId) ?? execution;
  return routing(trial.review, after, directory).ok;
}

function whyNobody(
  review: StartedReview,
  execution: Execution,
  to: EscalationTarget,
  directory: Directory,
): SkipReason | null {
  const barred = excluded(review, execution.index, directory);
  const spoken = new Set(counted(review, execution.index).flatMap(voices));
  const open = openSeats(review, execution.index);
  if ('user' in to) {
    if (barred.has(to.user)) return 'four-eyes';
    if (!canDecide(directory.person(to.user))) return 'not-eligible';
    if (spoken.has(to.user)) return 'already-decided';
    return open.some(({ kind, ref }) => kind === 'USER' && ref === to.user) ? 'already-assigned' : null;
  }
  const able = askedBy(review, execution, { kind: 'ROLE', ref: to.role }, directory);
  if (able.length === 0) return 'no-target';
  if (able.every((person) => barred.has(person))) return 'four-eyes';
  if (able.every((person) => barred.has(person) || spoken.has(person))) return 'already-decided';
  const routable = execution.status !== 'blocked';
  return routable && open.some(({ kind, ref }) => kind === 'ROLE' && ref === to.role) ? 'already-assigned' : null;
}

function takeEffect(
  draft: Draft,
  execution: Execution,
  { id, action }: Rung,
  to: EscalationTarget | null,
  actorId: string,
  directory: Directory,
): void {
  switch (action) {
    case 'add':
    case 'transfer':
      if (to) give(draft, execution, action, to, actorId, directory);
      return;
    case 'auto_reject': {
      const { proof } = evaluateStep(draft.review, execution.index);
      return endByRejection(draft, execution, 'rung', { ...proof, state: 'failed' }, null);
    }
    case 'expire':
      draft.record('ReviewExpired', { step: execution.step, rungId: id, at: draft.now });
      return;
    default:
      return; // remind, notify, priority, none: the fact itself is all, others react to it
  }
}

function give(
  draft: Draft,
  execution: Execution,
  action: Giving,
  to: EscalationTarget,
  actorId: string,
  directory: Directory,
): void {
  if (action === 'add') ask(draft, execution, to, { actorId, origin: 'escalation' }, directory);
  else transfer(draft, execution, to, actorId);
}

/** Moves open assignments: all of them to a role, one to a person, because one person fills one. */
function transfer(draft: Draft, execution: Execution, to: EscalationTarget, actorId: string): void {
  const open = openSeats(draft.review, execution.index);
  for (const { assignmentId, group, assignee, weight, veto, scope } of 'user' in to ? open.slice(0, 1) : open) {
    const successor: AssignmentFacts = {
      assignmentId: draft.newId('assignment'),
      group,
      ...('user' in to ? { kind: 'USER', ref: to.user } : { kind: 'ROLE', ref: to.role }),
      assignee,
      weight,
      veto,
      scope,
      origin: 'escalation',
    };
    draft.record('AssignmentTransferred', {
      ...executionOf(execution),
      assignmentId,
      successor,
      transferredBy: actorId,
      at: draft.now,
    });
  }
}
