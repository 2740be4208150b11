import type { Assignee, Rule } from '#libs/kernel/domain/workflow-definition';
import { Form } from './form.js';
import { KEY, KEY_HINT } from './key.js';
import type { Assignees } from './read-assignees.js';

const KINDS = ['any', 'all', 'count', 'percent', 'weight', 'and', 'or'] as const;
const MEMBERS = [...KINDS, 'of', 'participation', 'group'];
const FORMS = '{any: true}, {all: true}, {count: n}, {percent: "66.67", of}, {weight: n}, {and: […]}, {or: […]}';
const MOST = 1_000;
const MOST_PARTS = 20;
/** Each part that is not met yet is told to whoever asks what a review waits for. */
const MOST_TOGETHER = 100;
/** Rules inside rules inside …: more levels than this nobody understands. */
const MOST_DEPTH = 5;

/**
 * `requiredApprovals: n` is `count(n)`; without it and without a rule: the sum of `minApprovals`, else 1.
 * Both forms may stand side by side when they say the same.
 */
export function readRule(step: Form, assignees: Assignees): Rule {
  const required = step.integer('requiredApprovals', { min: 1, max: MOST });
  const written = step.has('rule') ? readNode(step, 'rule', 1) : undefined;
  if (step.has('rule') && step.has('requiredApprovals') && !sameCount(written, required))
    step.fault(
      'requiredApprovals',
      'contradiction',
      'requiredApprovals and rule say different things: write one of them.',
    );

  const parts = written ? partsOf(written) : 0;
  if (parts > MOST_TOGETHER)
    step.fault('rule', 'too-many', `The rule has ${parts} parts together; at most ${MOST_TOGETHER}.`);

  const rule = written ?? { count: required ?? Math.max(1, assignees.minApprovals) };
  checkReach(rule, step.at(step.has('rule') ? 'rule' : 'requiredApprovals'), step, assignees.complete(rule));
  return rule;
}

function partsOf(rule: Rule): number {
  const within = 'and' in rule ? rule.and : 'or' in rule ? rule.or : [];
  return within.reduce((sum, part) => sum + partsOf(part), 1);
}

/** Whether somebody's no ends the step by default: where heads are counted. Shares and weights collect them. */
export function endsAtFirstNo(rule: Rule): boolean {
  if ('and' in rule) return rule.and.every(endsAtFirstNo);
  if ('or' in rule) return rule.or.every(endsAtFirstNo);
  return !('percent' in rule || 'weight' in rule);
}

function readNode(parent: Form, name: string, depth: number, value: unknown = parent.raw(name)): Rule | undefined {
  const pointer = parent.at(name);
  const form = Form.over(value, pointer, parent.faults, MEMBERS);
  if (!form) return undefined;
  const [kind, second] = KINDS.filter((it) => form.has(it));
  if (kind === undefined) return parent.faults.add(pointer, 'required', `A rule is one of ${FORMS}.`);
  if (second !== undefined) return parent.faults.add(pointer, 'contradiction', `A rule is one of ${FORMS}.`);
  if (kind !== 'percent') {
    for (const member of ['of', 'participation'] as const)
      if (form.has(member)) form.fault(member, 'not-allowed', `${member} belongs to a percent rule.`);
  }
  if (kind === 'and' || kind === 'or') return readParts(form, kind, depth);

  const group = form.shaped('group', KEY, KEY_HINT);
  const leaf = readLeaf(form, kind);
  return leaf && { ...leaf, ...(group !== undefined && { group }) };
}

function readLeaf(form: Form, kind: Exclude<(typeof KINDS)[number], 'and' | 'or'>): Rule | undefined {
  switch (kind) {
    case 'any':
    case 'all':
      if (form.raw(kind) !== true) return form.fault(kind, 'wrong-type', `${kind} is written ${kind}: true.`);
      return kind === 'any' ? { any: true } : { all: true };
    case 'count': {
      const count = form.integer('count', { min: 1, max: MOST });
      return count === undefined ? undefined : { count };
    }
    case 'weight': {
      const weight = form.integer('weight', { min: 1, max: MOST * MOST });
      return weight === undefined ? undefined : { weight };
    }
    case 'percent':
      return readPercent(form);
  }
}

function readPercent(form: Form): Rule | undefined {
  const percent = readShare(form, 'percent');
  const participation = readShare(form, 'participation');
  form.required('of', 'of is required: seated (of everybody asked) or cast (of those who voted).');
  const of = form.oneOf('of', ['seated', 'cast']);
  if (of === 'seated' && form.has('participation'))
    form.fault('participation', 'not-allowed', 'participation belongs to a share of those who voted (of: cast).');
  if (percent === undefined || of === undefined) return undefined;
  return { percent, of, ...(participation !== undefined && { participation }) };
}

/** A decimal string over 0 and at most 100: a number would not say what it is exactly. */
function readShare(form: Form, name: 'percent' | 'participation'): string | undefined {
  const share = form.shaped(name, /^(?:0|[1-9]\d{0,2})(?:\.\d{1,4})?$/u, 'a decimal string such as "66.67".', 8);
  if (share === undefined) return undefined;
  const [whole = '0', rest = ''] = share.split('.');
  const parts = BigInt(whole + rest.padEnd(4, '0'));
  if (parts > 0n && parts <= 1_000_000n) return share;
  return form.fault(name, 'out-of-range', `${name} is over 0 and at most 100.`);
}

function readParts(form: Form, kind: 'and' | 'or', depth: number): Rule | undefined {
  if (form.has('group')) form.fault('group', 'not-allowed', 'A group belongs to the rules that count, not to and/or.');
  const list = form.list(kind, { max: MOST_PARTS });
  if (!list) return undefined;
  if (list.length === 0) return form.fault(kind, 'required', `${kind} joins at least one rule.`);
  if (depth === MOST_DEPTH)
    return form.fault(kind, 'out-of-range', `Rules stand at most ${MOST_DEPTH} levels inside each other.`);
  const under = Form.over(Object.fromEntries(list.entries()), form.at(kind), form.faults, Object.keys(list));
  const parts = list.map((_, i) => under && readNode(under, String(i), depth + 1));
  const read = parts.filter((part) => part !== undefined);
  if (read.length < parts.length) return undefined;
  return kind === 'and' ? { and: read } : { or: read };
}

/** Every leaf must be within reach of the seats it asks; with none known nothing is checked. */
function checkReach(rule: Rule, pointer: string, step: Form, assignees: readonly Assignee[]): void {
  if ('and' in rule) return rule.and.forEach((part, i) => checkReach(part, `${pointer}/and/${i}`, step, assignees));
  if ('or' in rule) return rule.or.forEach((part, i) => checkReach(part, `${pointer}/or/${i}`, step, assignees));
  if (assignees.length === 0) return;

  const asked = assignees.filter(({ group }) => rule.group === undefined || group === rule.group);
  if (asked.length === 0) {
    step.faults.add(`${pointer}/group`, 'unsatisfiable', `No assignee of this step is in the group ${rule.group}.`);
    return;
  }
  const people = asked.reduce((sum, { seats = 1 }) => sum + seats, 0);
  const weight = asked.reduce((sum, { seats = 1, weight: each = 1 }) => sum + seats * each, 0);
  if ('count' in rule && rule.count > people) {
    const where = step.has('rule') ? `${pointer}/count` : pointer;
    const detail = `${rule.count} approvals are needed, but at most ${people} ${people === 1 ? 'person' : 'people'} can give one.`;
    step.faults.add(where, 'unsatisfiable', detail);
  }
  if ('weight' in rule && rule.weight > weight)
    step.faults.add(`${pointer}/weight`, 'unsatisfiable', `The weights asked add up to ${weight}.`);
}

const sameCount = (rule: Rule | undefined, required: number | undefined): boolean =>
  rule === undefined ||
  required === undefined ||
  ('count' in rule && rule.count === required && rule.group === undefined);
