/**
 * The situations that a review must get right, and how the tests begin that show them: everything that is said of a
 * situation has one. What no test is named after is a promise that nobody keeps.
 */
export const EDGE_CASES: Readonly<Record<string, readonly string[]>> = {
  'A approved, then delegates to B': [': A’s decision stays; B cannot decide on it again'],
  'B decides for A, delegation later revoked': [': stands, with its evidence'],
  'A and delegate B at once on one assignment': [': first append wins; second 409 assignment-filled'],
  'B has his own assignment and A’s delegation, two distinct people needed': [
    ': second decision 409 person-already-counted',
  ],
  'submitter delegates his own assignment to B': [': 403 four-eyes'],
  'role lost': [' before deciding: not eligible, claim released', ' after deciding: decision stays'],
  'role gained while the step is open': [
    ': count rules: eligible now',
    ': all: electorate frozen at step start unless electorate: live',
    ': percent: electorate frozen at step start unless electorate: live',
  ],
  'user deactivated while holding a personal assignment': [
    ': void → fallback (manager → role owner → administrators)',
    ': never auto-approve, never below the floor',
  ],
  'role empty when the step starts': [': StepBlocked + fallback; visible, clock attributed to blocked'],
  'same person clicks twice': [
    ': same key: the receipt',
    ': new key, same verdict: no event',
    ': other verdict while open: only through ChangeDecision',
  ],
  'two decisions both complete the quorum': [': one StepCompleted; the other 409 step-resolved with the outcome'],
  'approve and veto race': [': whichever was appended first'],
  'escalation fires while a decision is appended': [': for transfer the old holder gets 409 assignment-transferred'],
  'escalation target is the submitter or already assigned': [': RungSkipped / remind only'],
  'workflow version published while reviews run': [': nothing changes for them', ': listed as n running on a version'],
  'revision after approval, before the effect': [': approval not effective: back to in_review for the affected steps'],
  'revert to approved bytes': [': approvals valid again'],
  'reopen a rejected or approved review': [
    ': permission + reason',
    ': at most maxReopens',
    ': refused after an irreversible domain event',
  ],
  'rescind own decision': [': until its step is resolved'],
  withdraw: [': submitter or his delegate, any time before the end'],
  'approver list resolves to the submitter only': [': StepBlocked{SELF_ONLY} → fallback'],
  'comment after the end': [''],
  'bulk of 200 with 3 stale': [': 197 applied, 3 refused, 207, no rollback; the same key replays'],
  clocks: [': server time only'],
};
