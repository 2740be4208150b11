import type { Rule } from '#libs/kernel/domain/workflow-definition';
import type { Verdict } from './review.commands.js';

/** One live assignment and what was cast on it, if anything that counts. */
export type Cast = Readonly<{ group: string | null; weight: number; verdict: Verdict | null }>;

export type NodeState = 'satisfied' | 'pending' | 'failed' | 'error';

/** One node of a rule, evaluated: `failed` = can no longer be satisfied, `error` = cannot be computed and blocks. */
export type Evaluated = Readonly<{
  rule: Rule;
  state: NodeState;
  have: number;
  need: number;
  nodes?: readonly Evaluated[];
}>;

/** The arithmetic of a rule over the assignments of a step: integers only, nothing is rounded down or clamped. */
export function evaluateRule(rule: Rule, casts: readonly Cast[]): Evaluated {
  if ('and' in rule)
    return all(
      rule,
      rule.and.map((part) => evaluateRule(part, casts)),
    );
  if ('or' in rule)
    return anyOf(
      rule,
      rule.or.map((part) => evaluateRule(part, casts)),
    );
  if ('percent' in rule) return { rule, state: 'error', have: 0, need: 0 };

  const { group } = rule;
  const seats = group === undefined ? casts : casts.filter((cast) => cast.group === group);
  const measure = 'weight' in rule ? ({ weight }: Cast) => weight : () => 1;
  const sum = (verdict: Verdict | null) =>
    seats.reduce((total, cast) => (cast.verdict === verdict ? total + measure(cast) : total), 0);
  const [yes, no, rest] = [sum('approve'), sum('reject'), sum(null)];
  const seated = yes + no + rest; // abstentions are out of the count

  const need = 'all' in rule ? Math.max(seated, 1) : 'any' in rule ? 1 : 'count' in rule ? rule.count : rule.weight;
  const satisfied = yes >= need; // every need is at least one: nothing is satisfied by nobody
  const outOfReach = rest === 0 || ('all' in rule ? no > 0 : yes + rest < need);
  return { rule, state: satisfied ? 'satisfied' : outOfReach ? 'failed' : 'pending', have: yes, need };
}

function all(rule: Rule, nodes: readonly Evaluated[]): Evaluated {
  const state: NodeState = nodes.some((node) => node.state === 'error')
    ? 'error'
    : nodes.some((node) => node.state === 'failed')
      ? 'failed'
      : nodes.every((node) => node.state === 'satisfied')
        ? 'satisfied'
        : 'pending';
  return { rule, state, ...satisfiedOf(nodes, nodes.length), nodes };
}

function anyOf(rule: Rule, nodes: readonly Evaluated[]): Evaluated {
  const state: NodeState = nodes.some((node) => node.state === 'error')
    ? 'error'
    : nodes.some((node) => node.state === 'satisfied')
      ? 'satisfied'
      : nodes.every((node) => node.state === 'failed')
        ? 'failed'
        : 'pending';
  return { rule, state, ...satisfiedOf(nodes, 1), nodes };
}

const satisfiedOf = (nodes: readonly Evaluated[], need: number) => ({
  have: nodes.filter((node) => node.state === 'satisfied').length,
  need,
});

/** Whether a leaf of the rule needs everybody, so that who belongs is settled when the step starts. */
export function needsEverybody(rule: Rule): boolean {
  if ('and' in rule) return rule.and.some(needsEverybody);
  if ('or' in rule) return rule.or.some(needsEverybody);
  return 'all' in rule || 'percent' in rule;
}
