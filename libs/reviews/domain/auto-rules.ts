import type { PinnedRuleset } from '#libs/kernel/domain/ruleset';
import { evaluateRuleset } from '#libs/kernel/domain/ruleset';
import type { JsonObject } from '#libs/kernel/domain/json';
import type { Erased } from '#libs/kernel/domain/personal';
import type { Draft } from './draft.js';
import { currentRevision, stepOf, type CaseFile } from './review.state.js';
import { counted } from './standing.js';

/** `loan-auto@3`: how a review names the ruleset it pinned. */
export const pinOf = ({ ruleset, version }: PinnedRuleset): string => `${ruleset.key}@${version}`;

/** The version of a pin. */
export const versionOfPin = (pin: string): number => Number(pin.slice(pin.lastIndexOf('@') + 1));

/** Who decides where a rule does: no person, so that it fills no seat and no floor. */
export const actorOf = (version: number): string => `system:rules@${version}`;

/** What the pinned rules said of the revision under review; null when none were asked of it. */
export function verdictOfRules(review: CaseFile): NonNullable<CaseFile['rules']> | null {
  const { rules } = review;
  return rules && rules.revision === currentRevision(review).revision ? rules : null;
}

/** Whether an enforced rule lets the content pass: what it may satisfy is up to each step (`auto`). */
export const allowedByRules = (review: CaseFile): boolean => verdictOfRules(review)?.outcome === 'approve';

/**
 * Whether the rules stand in for the approvals that a step asks for, at the revision that they allowed, unless somebody
 * is against it: a no that counts and items that wait for an answer are never overruled by a rule.
 */
export const doRulesStandIn = (review: CaseFile, index: number): boolean => {
  const { auto, key } = stepOf(review, { index });
  return auto === true && allowedByRules(review) && !isOpposed(review, index, key);
};

/** Whether nobody is asked at all: the rules stand in for approvals, never for the people of a floor. */
export const isSatisfiedByRules = (review: CaseFile, index: number): boolean =>
  stepOf(review, { index }).floor === 0 && doRulesStandIn(review, index);

const isOpposed = (review: CaseFile, index: number, key: string): boolean =>
  counted(review, index).some(({ verdict }) => verdict === 'reject') ||
  review.changeRequests.some(
    ({ step, items }) => step === key && items.some(({ blocking, state }) => blocking && state === 'open'),
  );

/**
 * Asks the rules about the revision that was just recorded, and ends the review when an enforced one rejects it. What
 * they allow is left to the steps that follow; anything else is for people.
 */
export function askRules(draft: Draft, pinned: PinnedRuleset): 'rejected' | 'open' {
  const { revision, content } = currentRevision(draft.review);
  const { rulesetId, version, contentHash, ruleset } = pinned;
  const { outcome, decisive, reason, shadow, rules, traces } = evaluateRuleset(ruleset, content as JsonObject | Erased);
  const decidedBy = actorOf(version);
  draft.record('AutoRulesEvaluated', {
    ruleset: { id: rulesetId, key: ruleset.key, version, contentHash },
    decidedBy,
    revision,
    outcome,
    decisive,
    reason,
    shadow,
    rules: [...rules],
    traces: [...traces],
    at: draft.now,
  });
  if (outcome !== 'reject') return 'open';
  draft.record('ReviewRejected', { step: null, decisionId: null, rejectedBy: decidedBy, rejectedAt: draft.now });
  return 'rejected';
}
