import type { Rule } from '#libs/kernel/domain/workflow-definition';
import { Form } from './form.js';
import type { Assignees } from './read-assignees.js';

const KINDS = ['any', 'all', 'count'];
const LATER = ['percent', 'weight', 'and', 'or', 'of', 'participation', 'group'];
const MOST = 1_000;

/**
 * `requiredApprovals: n` is `count(n)`; without it and without a rule: the sum of `minApprovals`, else 1.
 * Both forms may stand side by side when they say the same.
 */
export function readRule(step: Form, assignees: Assignees): Rule {
  const required = step.integer('requiredApprovals', { min: 1, max: MOST });
  const written = step.has('rule') ? readFull(step) : undefined;
  if (step.has('rule') && step.has('requiredApprovals') && !sameCount(written, required))
    step.fault(
      'requiredApprovals',
      'contradiction',
      'requiredApprovals and rule say different things: write one of them.',
    );

  const rule = written ?? { count: required ?? Math.max(1, assignees.minApprovals) };
  const people = assignees.people(rule);
  if ('count' in rule && people > 0 && rule.count > people) {
    const where = step.has('rule') ? `${step.at('rule')}/count` : step.at('requiredApprovals');
    const detail = `${rule.count} approvals are needed, but at most ${people} ${people === 1 ? 'person' : 'people'} can give one.`;
    step.faults.add(where, 'unsatisfiable', detail);
  }
  return rule;
}

function readFull(step: Form): Rule | undefined {
  const form = Form.over(step.raw('rule'), step.at('rule'), step.faults, KINDS, LATER);
  if (!form) return undefined;
  const kinds = KINDS.filter((kind) => form.has(kind));
  if (kinds.length > 1) return step.fault('rule', 'contradiction', `A rule is one of ${KINDS.join(', ')}.`);

  switch (kinds[0]) {
    case 'any':
    case 'all':
      if (form.raw(kinds[0]) !== true)
        return form.fault(kinds[0], 'wrong-type', `${kinds[0]} is written ${kinds[0]}: true.`);
      return kinds[0] === 'any' ? { any: true } : { all: true };
    case 'count': {
      const count = form.integer('count', { min: 1, max: MOST });
      return count === undefined ? undefined : { count };
    }
    default:
      if (!LATER.some((kind) => form.has(kind)))
        step.fault('rule', 'required', `A rule is one of {any: true}, {all: true}, {count: n}.`);
      return undefined;
  }
}

const sameCount = (rule: Rule | undefined, required: number | undefined): boolean =>
  rule === undefined || required === undefined || ('count' in rule && rule.count === required);
