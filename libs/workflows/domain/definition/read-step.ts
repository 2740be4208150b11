import type { Sla, Step } from '#libs/kernel/domain/workflow-definition';
import { Form, type Faults } from './form.js';
import { KEY, KEY_HINT } from './key.js';
import { readAssignees } from './read-assignees.js';
import { readLadder } from './read-ladder.js';
import { readRule } from './read-rule.js';

const MEMBERS = [
  'index',
  'type',
  'key',
  'name',
  'assignees',
  'requiredApprovals',
  'rule',
  'floor',
  'distinct',
  'onReject',
  'staleness',
  'slaHours',
  'sla',
  'escalation',
  'ladder',
  'maxRounds',
  'electorate',
];
const LATER = ['when', 'auto', 'parallel'];

/** Ten years: longer budgets are mistakes, and would leave the range of dates. */
export const MOST_HOURS = 87_600;

/** A step in normal form, and its place in the plain form (`index`) where it has one. */
export type ReadStep = Readonly<{ index: number | undefined; step: Step }>;

/** Faults are added, never thrown. */
export function readStep(value: unknown, pointer: string, faults: Faults): ReadStep | undefined {
  const form = Form.over(value, pointer, faults, MEMBERS, LATER);
  if (!form) return undefined;

  const index = form.integer('index', { min: 0, max: 1_000 });
  form.oneOf('type', ['SEQUENTIAL', 'REVIEW', 'APPROVAL'], ['PARALLEL']);
  if (index === undefined) form.required('key');
  const key = form.shaped('key', KEY, KEY_HINT) ?? (index === undefined ? '' : `step-${index}`);
  const assignees = readAssignees(form);
  const rule = readRule(form, assignees);
  const sla = readSla(form);
  const maxRounds = form.integer('maxRounds', { min: 1, max: 1_000 });
  const electorate = form.oneOf('electorate', ['frozen', 'live']);

  const step: Step = {
    key,
    name: form.text('name', { max: 200 }) ?? inWords(key),
    assignees: assignees.seated(rule),
    rule,
    floor: readFloor(form, assignees.people(rule)),
    distinct: form.oneOf('distinct', ['step', 'review']) ?? 'step',
    onReject: form.oneOf('onReject', ['immediate', 'collect']) ?? 'immediate',
    staleness: form.oneOf('staleness', ['scoped', 'any', 'never']) ?? 'scoped',
    sla,
    ladder: readLadder(form, sla),
    ...(maxRounds !== undefined && { maxRounds }),
    ...(electorate !== undefined && { electorate }),
  };
  return { index, step };
}

/** `slaHours: n` means n wall hours. Both forms may stand side by side when they say the same. */
function readSla(form: Form): Sla | null {
  const hours = form.integer('slaHours', { min: 0, max: MOST_HOURS });
  const plain: Sla | null = hours === undefined ? null : { value: hours, unit: 'WALL_HOUR' };
  if (!form.has('sla')) return plain;

  const clock = Form.over(form.raw('sla'), form.at('sla'), form.faults, ['value', 'unit']);
  if (!clock) return plain;
  const value = clock.required('value') ? clock.integer('value', { min: 0, max: MOST_HOURS }) : undefined;
  const unit = clock.oneOf('unit', ['WALL_HOUR'], ['BUSINESS_HOUR', 'BUSINESS_DAY']);
  if (!clock.has('unit')) clock.required('unit');
  if (value === undefined || unit === undefined) return plain;
  if (plain && plain.value !== value)
    form.fault('slaHours', 'contradiction', `slaHours says ${plain.value} and sla says ${value}: write one of them.`);
  return { value, unit };
}

/** Fewer distinct people than this can never decide the step, whatever its rule. */
function readFloor(form: Form, people: number): number {
  if (form.raw('floor') === 0) {
    form.fault('floor', 'not-supported', 'A step without a human decision is not supported by this version.');
    return 1;
  }
  const floor = form.integer('floor', { min: 1, max: 1_000 }) ?? 1;
  if (form.has('floor') && people > 0 && floor > people)
    form.fault('floor', 'unsatisfiable', `${floor} people must decide, but at most ${people} ever can.`);
  return floor;
}

/** initial-review → Initial review */
const inWords = (key: string): string => key.replaceAll('-', ' ').replace(/^./u, (first) => first.toUpperCase());
