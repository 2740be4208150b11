import type { Step } from '#libs/kernel/domain/workflow-definition';
import type { Verdict } from './review.commands.js';
import type { Proof } from './review.events.js';
import { doRulesStandIn } from './auto-rules.js';
import { currentRevision, latestExecution, latestRun, runningExecutions, stepOf } from './review.state.js';
import type { Assignment, CaseFile, ChangeItem, ChangeRequest, Decision, Review } from './review.state.js';
import { evaluateRule, stateOfAll, type Evaluated, type NodeState } from './rule.js';
import { counted } from './standing.js';

/** Something a step still waits for. `who`: `user:<id>` or `role:<name>`. */
export type Unmet = Readonly<{ condition: ConditionCode; have: number; need: number; who: readonly string[] }>;
export type ConditionCode =
  | 'approvals'
  | 'participation'
  | 'approvals-of-assignee'
  | 'distinct-people'
  | 'change-items'
  | 'resubmission'
  | 'information'
  | 'resumption'
  | 'routing';

/** Where a step stands. `unsatisfiable`: nobody said no, and yet it cannot be satisfied as it is. */
export type Evaluation = Readonly<{
  outcome: 'satisfied' | 'pending' | 'rejected' | 'unsatisfiable';
  /** Only with `rejected`: somebody's no ended it, or the arithmetic did. */
  because: 'rejection' | 'unreachable' | null;
  /** The rejection that ended it. */
  decisionId: string | null;
  proof: Proof;
  unmet: readonly Unmet[];
}>;

/** Where each running step of a review stands. Pure, and the same for everyone. */
export const evaluate = (review: Review): readonly Evaluation[] =>
  review.status === 'not_started' ? [] : runningExecutions(review).map(({ index }) => evaluateStep(review, index));

/** What somebody could still cast on an open assignment, assumed for the sake of the argument. */
export type Assumed = Readonly<{ assignmentId: string; verdict: Verdict; person: string }>;

/**
 * A step is satisfied by its rule and the minimum of each assignee (or by automatic rules in their place), by enough
 * different people, and by no change items being open.
 */
export function evaluateStep(review: CaseFile, index: number, assumed: readonly Assumed[] = []): Evaluation {
  const { step, rule, minima, floor, decisions, waiting, live } = weigh(review, index, assumed);
  const items = blockingItems(review, step.key);
  // Where people have to look besides the rules, one of them at least has to say yes.
  const isSeen = step.floor === 0 || [...decisions, ...assumed].some(({ verdict }) => verdict === 'approve');
  const byRules = isSeen && doRulesStandIn(review, index) ? nodeOfRules(review) : undefined;
  const nodes = byRules ? [byRules, floor] : [rule, ...minima, floor];
  const proof: Proof = {
    rule: step.rule,
    state: stateOfAll(nodes),
    have: (byRules ?? rule).have,
    need: (byRules ?? rule).need,
    decisions: decisions.filter(({ verdict }) => verdict === 'approve').map(({ decisionId }) => decisionId),
    nodes: nodes.map(bare),
  };
  const ended = { proof: { ...proof, state: 'failed' as const }, unmet: [], outcome: 'rejected' as const };

  if (isOverridden(review, step))
    return { ...NOTHING_LEFT, outcome: 'satisfied', proof: { ...proof, state: 'overridden' } };
  if (isAutoApproved(review, index))
    return { ...NOTHING_LEFT, outcome: 'satisfied', proof: { ...proof, state: 'satisfied' } };
  const no = decisions.find((decision) => decision.verdict === 'reject' && isTerminal(step, live, decision));
  if (no) return { ...ended, because: 'rejection', decisionId: no.decisionId };
  const lastNo = decisions.findLast(({ verdict }) => verdict === 'reject');
  if (proof.state === 'failed') return { ...ended, because: 'unreachable', decisionId: lastNo?.decisionId ?? null };

  const unmet = [
    ...(byRules ? [] : unmetRule(rule, waiting)),
    ...(byRules ? [] : minima.flatMap((node) => unmetMinimum(node, waiting))),
    ...unmetNode('distinct-people', floor, waiting),
    ...unmetItems(items),
  ];
  const outcome =
    proof.state === 'error' ? 'unsatisfiable' : proof.state === 'pending' || items.length > 0 ? 'pending' : 'satisfied';
  return { outcome, because: null, decisionId: null, proof, unmet };
}

/** By a rung of its ladder, where no person has to decide; it holds for the subject as it was in that round. */
function isAutoApproved(review: CaseFile, index: number): boolean {
  const execution = latestRun(review, index);
  return (
    execution !== undefined &&
    execution.round === review.round &&
    execution.ladder.some(({ action }) => action === 'auto_approve')
  );
}

const NOTHING_LEFT = { because: null, decisionId: null, unmet: [] } as const;

/** Approvals are not asked for: the proof names the ruleset and the rule that allowed it. */
const nodeOfRules = ({ rules }: CaseFile) => ({
  auto: rules?.ruleset,
  decidedBy: rules?.decidedBy,
  decisive: rules?.decisive,
  state: 'satisfied' as const,
  have: 0,
  need: 0,
});

/** What counts on a step, measured against everything it asks for. */
export function weigh(review: CaseFile, index: number, assumed: readonly Assumed[] = []) {
  const execution = latestRun(review, index);
  if (!execution) throw new Error(`Step ${index} has not been started.`);
  const step = stepOf(review, execution);
  const decisions = counted(review, index);
  const live = execution.assignments.filter((assignment) => assignment.live);
  const verdicts = new Map<string, Verdict>(
    [...decisions, ...assumed].map(({ assignmentId, verdict }) => [assignmentId, verdict]),
  );
  const casts = live.map((it) => ({ ...it, verdict: verdicts.get(it.assignmentId) ?? null }));
  const waiting = casts.filter(({ verdict }) => verdict === null);
  const people = new Set([...decisions.map(({ actorId }) => actorId), ...assumed.map(({ person }) => person)]);

  const rule = evaluateRule(step.rule, casts, execution.closed);
  const minima = step.assignees.flatMap(({ minApprovals }, assignee) => {
    if (minApprovals === undefined) return [];
    const own = casts.filter((cast) => cast.assignee === assignee);
    const { state, have, need } = evaluateRule({ count: minApprovals }, own);
    return [{ assignee, state, have, need }];
  });
  const floor = {
    floor: step.floor,
    state: floorState(step, people.size, waiting.length),
    have: people.size,
    need: step.floor,
  };
  return { step, rule, minima, floor, decisions, live, waiting };
}

/** Too few people is nobody's no: it blocks. */
const floorState = ({ floor }: Step, people: number, waiting: number): NodeState =>
  people >= floor ? 'satisfied' : people + waiting < floor ? 'error' : 'pending';

/** A no that ends the step whatever the count: the rule's own way, or a veto. */
const isTerminal = (step: Step, live: readonly Assignment[], { assignmentId }: Decision): boolean =>
  live.some((it) => it.assignmentId === assignmentId && (it.veto || step.onReject === 'immediate'));

function unmetRule(node: Evaluated, waiting: readonly Assignment[]): readonly Unmet[] {
  if (node.state === 'satisfied') return [];
  if (node.nodes) return node.nodes.flatMap((part) => unmetRule(part, waiting));
  const group = 'group' in node.rule ? node.rule.group : undefined;
  const who = refs(group === undefined ? waiting : waiting.filter((it) => it.group === group));
  const { have, need, participation } = node;
  const votes: readonly Unmet[] =
    participation && participation.have < participation.need
      ? [{ condition: 'participation', ...participation, who }]
      : [];
  return have < need || votes.length === 0 ? [{ condition: 'approvals', have, need, who }, ...votes] : votes;
}

const unmetMinimum = (node: ReturnType<typeof weigh>['minima'][number], waiting: readonly Assignment[]) =>
  unmetNode(
    'approvals-of-assignee',
    node,
    waiting.filter((it) => it.assignee === node.assignee),
  );

const unmetNode = (
  condition: ConditionCode,
  { state, have, need }: Readonly<{ state: NodeState; have: number; need: number }>,
  asked: readonly Assignment[],
): readonly Unmet[] => (state === 'satisfied' ? [] : [{ condition, have, need, who: refs(asked) }]);

function unmetItems(items: ReturnType<typeof openItems>): readonly Unmet[] {
  const who = [...new Set(items.map(({ request }) => `user:${request.requestedBy}`))];
  return items.length === 0 ? [] : [{ condition: 'change-items', have: 0, need: items.length, who }];
}

/** Whom assignments ask: each user and role once, in their order. */
export const refs = (assignments: readonly Pick<Assignment, 'kind' | 'ref'>[]): readonly string[] => [
  ...new Set(assignments.map(({ kind, ref }) => `${kind === 'USER' ? 'user' : 'role'}:${ref}`)),
];

/** Somebody entitled settled it in the place of whom it asks, for the content as it is now. */
const isOverridden = (review: CaseFile, { key, staleness }: Step): boolean =>
  review.overrides.some(
    ({ step, outcome, contentHash, annulled }) =>
      step === key &&
      outcome === 'approve' &&
      !annulled &&
      (staleness === 'never' || contentHash === currentRevision(review).contentHash),
  );

/** Open items that keep a step from completing: those raised on it and marked blocking. */
export const blockingItems = (review: CaseFile, step: string) =>
  openItems(review).filter(({ request, item }) => request.step === step && item.blocking);

export const openItems = (review: CaseFile): readonly { request: ChangeRequest; item: ChangeItem }[] =>
  review.changeRequests.flatMap((request) =>
    request.items.filter(({ state }) => state === 'open').map((item) => ({ request, item })),
  );

/** Whether the approvals of a step that was satisfied still carry it. */
export const stillSatisfied = (review: CaseFile, index: number): boolean =>
  latestExecution(review, index)?.status === 'satisfied' && evaluateStep(review, index).outcome === 'satisfied';

const bare = (node: object): unknown => JSON.parse(JSON.stringify(node));
