import type { Condition } from '#libs/kernel/domain/condition';
import { conditionFaults } from '#libs/kernel/domain/condition-faults';
import type { Sla, Step } from '#libs/kernel/domain/workflow-definition';
import { Form, type Faults } from './form.js';
import { KEY, KEY_HINT } from './key.js';
import { readAssignees } from './read-assignees.js';
import { readLadder } from './read-ladder.js';
import { endsAtFirstNo, readRule } from './read-rule.js';

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
  'onMaxRounds',
  'electorate',
  'when',
  'parallel',
  'auto',
  'claimLease',
  'calendar',
];

/** Ten years: longer budgets are mistakes, and would leave the range of dates. */
export const MOST_HOURS = 87_600;

/** A step in normal form; of the plain form its place (`index`) where it has one, and whether its type is PARALLEL. */
export type ReadStep = Readonly<{ index: number | undefined; besides: boolean; step: Step }>;

/** Faults are added, never thrown. */
export function readStep(value: unknown, pointer: string, faults: Faults): ReadStep | undefined {
  const form = Form.over(value, pointer, faults, MEMBERS);
  if (!form) return undefined;

  const index = form.integer('index', { min: 0, max: 1_000 });
  const type = form.oneOf('type', ['SEQUENTIAL', 'REVIEW', 'APPROVAL', 'PARALLEL']);
  if (index === undefined) form.required('key');
  const key = form.shaped('key', KEY, KEY_HINT) ?? (index === undefined ? '' : `step-${index}`);
  const assignees = readAssignees(form);
  const rule = readRule(form, assignees);
  const sla = readSla(form);
  const maxRounds = form.integer('maxRounds', { min: 1, max: 1_000 });
  const onMaxRounds = form.oneOf('onMaxRounds', ['reject', 'escalate']);
  const electorate = form.oneOf('electorate', ['frozen', 'live']);
  const when = readWhen(form);
  const parallel = form.flag('parallel') || undefined;
  const auto = form.flag('auto') || undefined;
  const claimLease = readBudget(form, 'claimLease');
  const calendar = form.shaped('calendar', KEY, KEY_HINT);
  if (onMaxRounds !== undefined && maxRounds === undefined)
    form.fault('onMaxRounds', 'contradiction', 'onMaxRounds says what happens after maxRounds: write both.');
  const floor = readFloor(form, assignees.people(rule), auto === true);
  const ladder = readLadder(form, sla, floor);

  const step: Step = {
    key,
    name: form.text('name', { max: 200 }) ?? inWords(key),
    assignees: assignees.seated(rule),
    rule,
    floor,
    distinct: form.oneOf('distinct', ['step', 'review']) ?? 'step',
    onReject: form.oneOf('onReject', ['immediate', 'collect']) ?? (endsAtFirstNo(rule) ? 'immediate' : 'collect'),
    staleness: form.oneOf('staleness', ['scoped', 'any', 'never']) ?? 'scoped',
    sla,
    ladder,
    ...(maxRounds !== undefined && { maxRounds }),
    ...(onMaxRounds !== undefined && { onMaxRounds }),
    ...(electorate !== undefined && { electorate }),
    ...(when !== undefined && { when }),
    ...(parallel && { parallel }),
    ...(auto && { auto }),
    ...(claimLease !== undefined && { claimLease }),
    ...(calendar !== undefined && { calendar }),
  };
  return { index, besides: type === 'PARALLEL', step };
}

/** `slaHours: n` means n wall hours. Both forms may stand side by side when they say the same. */
function readSla(form: Form): Sla | null {
  const hours = form.integer('slaHours', { min: 0, max: MOST_HOURS });
  const plain: Sla | null = hours === undefined ? null : { value: hours, unit: 'WALL_HOUR' };
  const full = readBudget(form, 'sla');
  if (plain && full && (plain.value !== full.value || plain.unit !== full.unit))
    form.fault(
      'slaHours',
      'contradiction',
      `slaHours says ${plain.value} and sla says ${full.value}: write one of them.`,
    );
  return full ?? plain;
}

/** A span of time: so many hours or days of a kind. */
function readBudget(form: Form, name: 'sla' | 'claimLease'): Sla | undefined {
  if (!form.has(name)) return undefined;
  const span = Form.over(form.raw(name), form.at(name), form.faults, ['value', 'unit']);
  if (!span) return undefined;
  const value = span.required('value') ? span.integer('value', { min: 0, max: MOST_HOURS }) : undefined;
  const unit = span.oneOf('unit', ['WALL_HOUR', 'BUSINESS_HOUR', 'BUSINESS_DAY']);
  if (!span.has('unit')) span.required('unit');
  return value === undefined || unit === undefined ? undefined : { value, unit };
}

function readWhen(form: Form): Condition | undefined {
  if (!form.has('when')) return undefined;
  const faults = conditionFaults(form.raw('when'), form.at('when'), undefined, form.faults.expressions);
  for (const { pointer, code, detail } of faults) form.faults.add(pointer, code, detail);
  return faults.length === 0 ? (form.raw('when') as Condition) : undefined;
}

/** Fewer distinct people than this can never decide the step, whatever its rule. */
function readFloor(form: Form, people: number, auto: boolean): number {
  if (form.raw('floor') === 0 && !auto) {
    form.fault('floor', 'not-allowed', 'A step without a human decision needs rules that decide instead: auto: true.');
    return 1;
  }
  const least = auto ? 0 : 1;
  const floor = form.integer('floor', { min: least, max: 1_000 }) ?? least;
  if (form.has('floor') && people > 0 && floor > people)
    form.fault('floor', 'unsatisfiable', `${floor} people must decide, but at most ${people} ever can.`);
  return floor;
}

/** initial-review → Initial review */
const inWords = (key: string): string => key.replaceAll('-', ' ').replace(/^./u, (first) => first.toUpperCase());
