import type { Step } from '#libs/kernel/domain/workflow-definition';
import type { Verdict } from './review.commands.js';
import type { Proof } from './review.events.js';
import { latestExecution, runningExecution, stepOf } from './review.state.js';
import type { Assignment, CaseFile, ChangeItem, ChangeRequest, Decision, Review } from './review.state.js';
import { evaluateRule, type Evaluated, type NodeState } from './rule.js';
import { counted } from './standing.js';

/** Something a step still waits for. `who`: `user:<id>` or `role:<name>`. */
export type Unmet = Readonly<{ condition: ConditionCode; have: number; need: number; who: readonly string[] }>;
export type ConditionCode =
  'approvals' | 'approvals-of-assignee' | 'distinct-people' | 'change-items' | 'resubmission' | 'routing';

/** Where a step stands. `unsatisfiable`: nobody said no, and yet it can never be satisfied. */
export type Evaluation = Readonly<{
  outcome: 'satisfied' | 'pending' | 'rejected' | 'unsatisfiable';
  /** Only with `rejected`: somebody's no ended it, or the arithmetic did. */
  because: 'rejection' | 'unreachable' | null;
  /** The rejection that ended it. */
  decisionId: string | null;
  proof: Proof;
  unmet: readonly Unmet[];
}>;

/** Where the running step of a review stands; undefined when nothing is running. Pure, and the same for everyone. */
export function evaluate(review: Review): Evaluation | undefined {
  const execution = runningExecution(review);
  return execution && review.status !== 'not_started' ? evaluateStep(review, execution.index) : undefined;
}

/** What somebody could still cast on an open assignment, assumed for the sake of the argument. */
export type Assumed = Readonly<{ assignmentId: string; verdict: Verdict; person: string }>;

/** Rule, minimum of each assignee, floor of people and open change items, all at once. */
export function evaluateStep(review: CaseFile, index: number, assumed: readonly Assumed[] = []): Evaluation {
  const execution = latestExecution(review, index);
  if (!execution) throw new Error(`Step ${index} has not been started.`);
  const step = stepOf(review, execution);
  const decisions = counted(review, index);
  const live = execution.assignments.filter((assignment) => assignment.live);
  const verdicts = new Map<string, Verdict>(
    [...decisions, ...assumed].map(({ assignmentId, verdict }) => [assignmentId, verdict]),
  );
  const casts = live.map((it) => ({ ...it, verdict: verdicts.get(it.assignmentId) ?? null }));
  const waiting = casts.filter(({ verdict }) => verdict === null);

  const rule = evaluateRule(step.rule, casts);
  const minima = minimumOfEach(step, casts);
  const people = new Set([...decisions.map(({ actorId }) => actorId), ...assumed.map(({ person }) => person)]);
  const floor = enough(people.size, step.floor, waiting.length);
  const items = blockingItems(review, step.key);

  const proof: Proof = {
    rule: step.rule,
    state: worst([rule.state, floor, ...minima.map(({ state }) => state)]),
    have: rule.have,
    need: rule.need,
    decisions: decisions.filter(({ verdict }) => verdict === 'approve').map(({ decisionId }) => decisionId),
    nodes: [rule, ...minima, { floor: step.floor, state: floor, have: people.size, need: step.floor }].map(bare),
  };
  const unmet: Unmet[] = [
    ...unmetRule(rule, waiting),
    ...minima.flatMap(({ assignee, state, have, need }) =>
      state === 'satisfied'
        ? []
        : [
            {
              condition: 'approvals-of-assignee' as const,
              have,
              need,
              who: refs(waiting.filter((it) => it.assignee === assignee)),
            },
          ],
    ),
    ...(floor === 'satisfied'
      ? []
      : [{ condition: 'distinct-people' as const, have: people.size, need: step.floor, who: refs(waiting) }]),
    ...(items.length === 0
      ? []
      : [
          {
            condition: 'change-items' as const,
            have: 0,
            need: items.length,
            who: [...new Set(items.map(({ request }) => `user:${request.requestedBy}`))],
          },
        ]),
  ];

  const no = decisions.find((decision) => decision.verdict === 'reject' && isTerminal(step, live, decision));
  const given = { proof, unmet, decisionId: no?.decisionId ?? null };
  if (no)
    return { ...given, unmet: [], outcome: 'rejected', because: 'rejection', proof: { ...proof, state: 'failed' } };
  if (proof.state === 'satisfied')
    return { ...given, outcome: items.length === 0 ? 'satisfied' : 'pending', because: null };
  if (proof.state === 'pending') return { ...given, outcome: 'pending', because: null };
  const anyNo = decisions.findLast(({ verdict }) => verdict === 'reject');
  return proof.state === 'failed' && anyNo
    ? { ...given, unmet: [], outcome: 'rejected', because: 'unreachable', decisionId: anyNo.decisionId }
    : { ...given, outcome: 'unsatisfiable', because: null };
}

/** How many of each assignee's assignments must approve besides the step's rule. */
function minimumOfEach(step: Step, casts: readonly (Assignment & { verdict: Verdict | null })[]) {
  return step.assignees.flatMap(({ minApprovals }, assignee) => {
    if (minApprovals === undefined) return [];
    const own = casts.filter((cast) => cast.assignee === assignee);
    const have = own.filter(({ verdict }) => verdict === 'approve').length;
    const rest = own.filter(({ verdict }) => verdict === null).length;
    return [{ assignee, state: enough(have, minApprovals, rest), have, need: minApprovals }];
  });
}

const enough = (have: number, need: number, rest: number): NodeState =>
  have >= need ? 'satisfied' : have + rest < need ? 'failed' : 'pending';

const SEVERITY: readonly NodeState[] = ['satisfied', 'pending', 'failed', 'error'];
const worst = (states: readonly NodeState[]): NodeState =>
  SEVERITY.findLast((state) => states.includes(state)) ?? 'satisfied';

/** A no that ends the step whatever the count: the rule's own way, or a veto. */
const isTerminal = (step: Step, live: readonly Assignment[], { assignmentId }: Decision): boolean =>
  live.some((it) => it.assignmentId === assignmentId && (it.veto || step.onReject === 'immediate'));

function unmetRule(node: Evaluated, waiting: readonly Assignment[]): readonly Unmet[] {
  if (node.state === 'satisfied') return [];
  if (node.nodes) return node.nodes.flatMap((part) => unmetRule(part, waiting));
  const group = 'group' in node.rule ? node.rule.group : undefined;
  const asked = group === undefined ? waiting : waiting.filter((it) => it.group === group);
  return [{ condition: 'approvals', have: node.have, need: node.need, who: refs(asked) }];
}

/** Whom assignments ask: each user and role once, in their order. */
export const refs = (assignments: readonly Pick<Assignment, 'kind' | 'ref'>[]): readonly string[] => [
  ...new Set(assignments.map(({ kind, ref }) => `${kind === 'USER' ? 'user' : 'role'}:${ref}`)),
];

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
