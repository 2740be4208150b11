import { conditionFaults, type ConditionFault } from '#libs/kernel/domain/condition-faults';
import { COMPARISONS, partsIn, segments, type Condition } from '#libs/kernel/domain/condition';
import { FACT_TYPES, type FactType, type FactTypes } from '#libs/kernel/domain/fact-types';
import {
  RULE_MATCHES,
  RULE_MODES,
  RULE_OUTCOMES,
  type AutoRule,
  type RuleOutcome,
  type Ruleset,
} from '#libs/kernel/domain/ruleset';
import { Faults, Form, MOST_CONDITIONS } from '../definition/form.js';
import { KEY, KEY_HINT } from '../definition/key.js';
import { DefinitionInvalid } from '../workflow.errors.js';
import type { Given } from '../definition/normalise.js';

const MEMBERS = ['key', 'name', 'facts', 'match', 'rules'];
const RULE_MEMBERS = ['name', 'when', 'outcome', 'reason', 'mode'];
const ROW_MEMBERS = ['path', 'op', 'value'];
const OPERATORS = [...COMPARISONS, 'in', 'exists'] as const;
const MOST_RULES = 100;
const MOST_ROWS = 50;
const MOST_FACTS = 200;

/** The words of the lattice for the same outcomes: deny > human > allow. */
const LATTICE = { allow: 'approve', human: 'review', deny: 'reject' } as const satisfies Record<string, RuleOutcome>;

/** The ruleset of a request, plain rules or condition trees, in normal form; throws `DefinitionInvalid` with every fault. */
export function normaliseRuleset(plain: unknown, given: Given = {}): Ruleset {
  const faults = new Faults();
  const ruleset = readRuleset(plain, given, faults);
  if (!ruleset || faults.list.length > 0) throw new DefinitionInvalid(faults.list);
  return ruleset;
}

function readRuleset(plain: unknown, given: Given, faults: Faults): Ruleset | undefined {
  const form = Form.over(plain, '', faults, MEMBERS);
  if (!form) return undefined;

  if (given.key === undefined) form.required('key');
  const key = form.shaped('key', KEY, KEY_HINT) ?? given.key ?? '';
  const name = form.text('name', { max: 200 }) ?? given.name ?? key;
  const facts = readFacts(form);
  const read = readRules(form, facts);
  // Plain rules are asked in their order, until one matches; trees are weighed against each other, unless told.
  const match = form.oneOf('match', RULE_MATCHES) ?? (read.every(({ plain: rows }) => rows) ? 'first' : 'strictest');
  return { key, name, ...(facts && { facts }), match, rules: read.map(({ rule }) => rule) };
}

function readFacts(form: Form): FactTypes | undefined {
  if (!form.has('facts')) return undefined;
  const written = form.raw('facts');
  const names = typeof written === 'object' && written !== null && !Array.isArray(written) ? Object.keys(written) : [];
  const facts = Form.over(written, form.at('facts'), form.faults, names);
  if (!facts) return undefined;
  if (names.length > MOST_FACTS)
    return form.fault('facts', 'too-many', `facts has ${names.length} entries; at most ${MOST_FACTS}.`);
  const types: Record<string, FactType> = {};
  for (const name of names) {
    if (name.length > 200 || name.startsWith('/') || segments(name).includes(''))
      facts.fault(name, 'bad-format', 'A fact is named by its dotted path, such as applicant.income.');
    const type = facts.required(name) ? facts.oneOf(name, FACT_TYPES) : undefined;
    if (type) types[name] = type;
  }
  return types;
}

type ReadRule = Readonly<{ rule: AutoRule; plain: boolean }>;

function readRules(form: Form, facts: FactTypes | undefined): readonly ReadRule[] {
  if (!form.required('rules', 'A ruleset needs at least one rule.')) return [];
  const list = form.list('rules', { max: MOST_RULES });
  if (!list) return [];
  if (list.length === 0) form.fault('rules', 'required', 'A ruleset needs at least one rule.');

  const first = new Map<string, number>();
  const rules = list.flatMap((value, i) => {
    const at = `${form.at('rules')}/${i}`;
    const read = readRule(value, at, form.faults, facts);
    if (!read) return [];
    const { name } = read.rule;
    const earlier = first.get(name);
    if (earlier !== undefined)
      form.faults.add(`${at}/name`, 'duplicate', `Rule ${earlier} of the list has this name already.`);
    else if (name !== '') first.set(name, i);
    return [read];
  });
  const parts = partsIn(rules.flatMap(({ rule }) => rule.when ?? []));
  if (parts > MOST_CONDITIONS)
    form.fault('rules', 'too-many', `The conditions have ${parts} parts together; at most ${MOST_CONDITIONS}.`);
  return rules;
}

function readRule(value: unknown, pointer: string, faults: Faults, facts?: FactTypes): ReadRule | undefined {
  const form = Form.over(value, pointer, faults, RULE_MEMBERS);
  if (!form) return undefined;
  form.required('name');
  form.required('outcome');
  const name = form.text('name', { max: 100 }) ?? '';
  const outcome = readOutcome(form);
  const reason = form.text('reason', { max: 500 });
  const mode = form.oneOf('mode', RULE_MODES) ?? 'enforce';
  const rows = Array.isArray(form.raw('when'));
  const when = rows ? readRows(form, facts) : readTree(form, facts);
  // A list that lost its rows must not let everything through; whoever means that leaves `when` out.
  if (rows && outcome === 'approve' && (form.raw('when') as readonly unknown[]).length === 0)
    form.fault('when', 'required', 'A rule that approves needs at least one row; without `when` it always approves.');
  return {
    rule: { name, ...(when && { when }), outcome, ...(reason !== undefined && { reason }), mode },
    plain: rows,
  };
}

const isLattice = (word: unknown): word is keyof typeof LATTICE =>
  typeof word === 'string' && Object.hasOwn(LATTICE, word);

function readOutcome(form: Form): RuleOutcome {
  const word = form.raw('outcome');
  return isLattice(word) ? LATTICE[word] : (form.oneOf('outcome', RULE_OUTCOMES) ?? 'review');
}

/** No condition at all is always true: the rule that stands for everything else. */
function readTree(form: Form, facts: FactTypes | undefined): Condition | undefined {
  const tree = form.raw('when');
  if (tree === undefined) return undefined;
  const faults = conditionFaults(tree, form.at('when'), facts, form.faults.expressions);
  for (const { pointer, code, detail } of faults) form.faults.add(pointer, code, detail);
  return faults.length === 0 ? (tree as Condition) : undefined;
}

/** Rows that must all hold. */
function readRows(form: Form, facts: FactTypes | undefined): Condition | undefined {
  const rows = (form.list('when', { max: MOST_ROWS }) ?? []).map((row, i) =>
    readRow(row, `${form.at('when')}/${i}`, form.faults, facts),
  );
  const and = rows.filter((row) => row !== undefined);
  return and.length === 0 ? undefined : and.length === 1 ? and[0] : { and };
}

function readRow(value: unknown, pointer: string, faults: Faults, facts?: FactTypes): Condition | undefined {
  const form = Form.over(value, pointer, faults, ROW_MEMBERS);
  if (!form) return undefined;
  form.required('path');
  form.required('op');
  const op = form.oneOf('op', OPERATORS);
  const path = form.raw('path');
  if (op === undefined || path === undefined) return undefined;

  if (op === 'exists') {
    const wanted = form.flag('value') ?? true;
    const exists = { exists: path } as Condition;
    return checked(exists, pointer, faults, facts) && (wanted ? exists : { not: exists });
  }
  // Null is a value here: `{path, op: "eq", value: null}`.
  const raw = (value as Record<string, unknown>)['value'];
  if (raw === undefined) return form.fault('value', 'required', 'value is required.');
  const condition = { [op]: [path, raw] } as unknown as Condition;
  return checked(condition, pointer, faults, facts);
}

/** Faults of the tree that a row stands for, told at the members of the row. */
function checked(condition: Condition, pointer: string, faults: Faults, facts?: FactTypes): Condition | undefined {
  const found = conditionFaults(condition, '', facts);
  for (const fault of found) faults.add(`${pointer}${memberOf(fault)}`, fault.code, fault.detail);
  return found.length === 0 ? condition : undefined;
}

function memberOf({ pointer, code }: ConditionFault): string {
  const [, op, operand, ...rest] = pointer.split('/');
  if (operand === undefined) return code === 'wrong-type' && op !== 'exists' ? '/value' : '/path';
  return operand === '0' ? '/path' : ['', 'value', ...rest].join('/');
}
