import type { Directory } from './directory.js';
import type { Draft } from './draft.js';
import type { EscalationTarget } from './review.commands.js';
import type { AssignmentFacts } from './review.events.js';
import { stepOf, type Execution } from './review.state.js';
import { needsEverybody } from './rule.js';
import { routing } from './routing.js';
import { executionOf } from './settle.js';

/** Who asks somebody in addition, and why. */
export type Asker = Readonly<{ actorId: string; origin: 'adhoc' | 'escalation'; reason?: string }>;

/**
 * Asks somebody in addition, which lowers nothing. On a blocked step the new assignment stands in for one that nobody
 * is left for: it counts where that one would have, so that routing helps; the number of people stays the same.
 */
export function ask(
  draft: Draft,
  execution: Execution,
  to: EscalationTarget,
  { actorId, origin, reason }: Asker,
  directory: Directory,
): void {
  const routed = execution.status === 'blocked' ? routing(draft.review, execution, directory) : undefined;
  const lacking = routed && !routed.ok ? routed.lacking[0] : undefined;
  const added: AssignmentFacts = {
    assignmentId: draft.newId('assignment'),
    group: lacking?.group ?? null,
    ...('user' in to ? { kind: 'USER', ref: to.user } : { kind: 'ROLE', ref: to.role }),
    assignee: lacking?.assignee ?? null,
    weight: lacking?.weight ?? 1,
    veto: false,
    scope: lacking?.scope ?? null,
    origin: lacking ? 'fallback' : origin,
  };
  const why = reason === undefined ? {} : { reason };
  // Where everybody has to agree, one more changes nothing for the seat that stays empty: it is handed over.
  if (lacking && needsEverybody(stepOf(draft.review, execution).rule)) {
    draft.record('AssignmentTransferred', {
      ...executionOf(execution),
      assignmentId: lacking.assignmentId,
      successor: { ...added, veto: lacking.veto },
      transferredBy: actorId,
      ...why,
      at: draft.now,
    });
    return;
  }
  draft.record('AssignmentAdded', {
    ...executionOf(execution),
    assignment: added,
    addedBy: actorId,
    ...why,
    at: draft.now,
  });
}
