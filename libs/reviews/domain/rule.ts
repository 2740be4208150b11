import type { Rule } from '#libs/kernel/domain/workflow-definition';
import type { Verdict } from './review.commands.js';

/** One live assignment and what was cast on it, if anything that counts. */
export type Cast = Readonly<{ group: string | null; weight: number; verdict: Verdict | null }>;

/**
 * `failed`: somebody said no and it can no longer be satisfied. `error`: it cannot be satisfied though nobody said no:
 * people are missing, or did not vote in time; it blocks until somebody is asked in addition.
 */
export type NodeState = 'satisfied' | 'pending' | 'failed' | 'error';

/** What was cast on the seats that a leaf asks: heads under any, all and count, weights under weight and percent. */
export type Votes = Readonly<{ seated: number; yes: number; no: number; abstained: number; open: number }>;

/** One node of a rule, evaluated. Together they are the proof of an outcome. */
export type Evaluated = Readonly<{
  rule: Rule;
  state: NodeState;
  have: number;
  need: number;
  /** Of a leaf. */
  votes?: Votes;
  /** Of a share of the votes cast: how much must have been cast at all. */
  participation?: Readonly<{ have: number; need: number }>;
  /** Of and/or. */
  nodes?: readonly Evaluated[];
}>;

type Leaf = Exclude<Rule, { and: unknown } | { or: unknown }>;

/**
 * The arithmetic of a rule over the assignments of a step: integers only, nothing is rounded down or clamped.
 * `closed`: the deadline has passed, so that a share of the votes cast no longer waits for those still out.
 */
export function evaluateRule(rule: Rule, casts: readonly Cast[], closed = false): Evaluated {
  if ('and' in rule) {
    const nodes = rule.and.map((part) => evaluateRule(part, casts, closed));
    return { rule, state: stateOfAll(nodes), have: satisfiedOf(nodes), need: nodes.length, nodes };
  }
  if ('or' in rule) {
    const nodes = rule.or.map((part) => evaluateRule(part, casts, closed));
    return { rule, state: stateOfAny(nodes), have: satisfiedOf(nodes), need: 1, nodes };
  }
  const votes = count(rule, casts);
  const { yes, no, open } = votes;
  const { need, outOfReach, participation } = bar(rule, votes, closed);
  const enoughCast = participation === undefined || participation.have >= participation.need;
  const state =
    yes >= need && enoughCast ? 'satisfied' : !outOfReach && open > 0 ? 'pending' : no > 0 ? 'failed' : 'error';
  return { rule, state, have: yes, need, votes, ...(participation && { participation }) };
}

/** How many yes a leaf needs (never none at all), and whether the votes still out could make a difference. */
function bar(
  rule: Leaf,
  { seated, yes, no, abstained, open }: Votes,
  closed: boolean,
): { need: number; outOfReach: boolean; participation?: { have: number; need: number } } {
  if ('all' in rule) return { need: Math.max(1, seated - abstained), outOfReach: no > 0 };
  if (!('percent' in rule)) {
    const need = 'any' in rule ? 1 : 'count' in rule ? rule.count : rule.weight;
    return { need, outOfReach: yes + open < need };
  }
  if (rule.of === 'seated') {
    const need = Math.max(1, shareOf(rule.percent, seated - abstained));
    return { need, outOfReach: yes + open < need };
  }
  const need = Math.max(1, shareOf(rule.percent, yes + no + (closed ? 0 : open)));
  const outOfReach = closed || yes + open < need;
  if (rule.participation === undefined) return { need, outOfReach };
  const participation = { have: yes + no + abstained, need: shareOf(rule.participation, seated) };
  return { need, outOfReach, participation };
}

function count(rule: Leaf, casts: readonly Cast[]): Votes {
  const weighs = 'weight' in rule || 'percent' in rule;
  const votes = { seated: 0, yes: 0, no: 0, abstained: 0, open: 0 };
  for (const { group, weight, verdict } of casts) {
    if (rule.group !== undefined && group !== rule.group) continue;
    const vote = weighs ? weight : 1;
    votes.seated += vote;
    votes[verdict === null ? 'open' : KINDS[verdict]] += vote;
  }
  return votes;
}
const KINDS = { approve: 'yes', reject: 'no', abstain: 'abstained' } as const;

/** ⌈percent · whole⌉, exact: the decimal string is counted in ten-thousandths of a percent. */
export function shareOf(percent: string, whole: number): number {
  const [integer = '0', decimals = ''] = percent.split('.');
  const parts = BigInt(integer + decimals.padEnd(4, '0')) * BigInt(whole);
  return Number((parts + 999_999n) / 1_000_000n);
}

/** A no where all are needed is a no; otherwise whatever cannot be computed or reached blocks. */
export function stateOfAll(nodes: readonly { state: NodeState }[]): NodeState {
  const states = nodes.map(({ state }) => state);
  return (['failed', 'error', 'pending'] as const).find((state) => states.includes(state)) ?? 'satisfied';
}

/** One way is enough; only when every way ended in a no is it a no. */
function stateOfAny(nodes: readonly Evaluated[]): NodeState {
  const states = nodes.map(({ state }) => state);
  return (['satisfied', 'pending', 'error'] as const).find((state) => states.includes(state)) ?? 'failed';
}

const satisfiedOf = (nodes: readonly Evaluated[]) => nodes.filter(({ state }) => state === 'satisfied').length;

/** Whether a leaf of the rule is a vote that a deadline closes. */
export function isVote(rule: Rule): boolean {
  if ('and' in rule) return rule.and.some(isVote);
  if ('or' in rule) return rule.or.some(isVote);
  return 'percent' in rule && rule.of === 'cast';
}

/** Whether a leaf of the rule counts against everybody asked, so that who belongs is settled when the step starts. */
export function needsEverybody(rule: Rule): boolean {
  if ('and' in rule) return rule.and.some(needsEverybody);
  if ('or' in rule) return rule.or.some(needsEverybody);
  return 'all' in rule || 'percent' in rule;
}
