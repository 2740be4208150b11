import { partsIn } from '#libs/kernel/domain/condition';
import type { Auto, Definition, FourEyes, Reopen, Step } from '#libs/kernel/domain/workflow-definition';
import { DefinitionInvalid, type Fault } from '../workflow.errors.js';
import { Faults, Form, MOST_CONDITIONS } from './form.js';
import { KEY, KEY_HINT } from './key.js';
import { readStep, type ReadStep } from './read-step.js';

/** Members of a definition as a client writes it. */
const MEMBERS = ['key', 'name', 'steps', 'fourEyes', 'auto', 'reopen', 'calendar'];
const MOST_STEPS = 50;

/** What a definition says when the request does not: the key and name a draft has already. */
export type Given = Readonly<{ key?: string; name?: string }>;

/** The definition of a request, plain or full form, in normal form; throws `DefinitionInvalid` with every fault. */
export function normalise(plain: unknown, given: Given = {}): Definition {
  const { definition, faults } = examine(plain, given);
  if (!definition) throw new DefinitionInvalid(faults);
  return definition;
}

/** As `normalise`, answering the faults instead of throwing them. */
export function examine(plain: unknown, given: Given = {}): { definition?: Definition; faults: readonly Fault[] } {
  const faults = new Faults();
  const definition = readDefinition(plain, given, faults);
  return definition && faults.list.length === 0 ? { definition, faults: [] } : { faults: faults.list };
}

function readDefinition(plain: unknown, given: Given, faults: Faults): Definition | undefined {
  const form = Form.over(plain, '', faults, MEMBERS);
  if (!form) return undefined;

  if (given.key === undefined) form.required('key');
  if (given.name === undefined) form.required('name');
  const key = form.shaped('key', KEY, KEY_HINT) ?? given.key ?? '';
  const name = form.text('name', { max: 200 }) ?? given.name ?? '';
  const steps = readSteps(form);
  const auto = readAuto(form);
  const reopen = readReopen(form);
  const calendar = form.shaped('calendar', KEY, KEY_HINT);
  return {
    key,
    name,
    steps,
    fourEyes: readFourEyes(form),
    ...(auto && { auto }),
    ...(reopen && { reopen }),
    ...(calendar !== undefined && { calendar }),
  };
}

function readSteps(form: Form): Step[] {
  if (!form.required('steps', 'A workflow needs at least one step.')) return [];
  const list = form.list('steps', { max: MOST_STEPS });
  if (!list) return [];
  if (list.length === 0) form.fault('steps', 'required', 'A workflow needs at least one step.');

  const read = list.map((value, i) => readStep(value, `${form.at('steps')}/${i}`, form.faults));
  checkUnique(read, form, 'key', (entry) => entry.step.key || undefined);
  const ordered = inOrder(read, form);
  checkStages(ordered, read, form);
  const parts = partsIn(ordered.flatMap(({ step }) => step.when ?? []));
  if (parts > MOST_CONDITIONS)
    form.fault('steps', 'too-many', `The conditions have ${parts} parts together; at most ${MOST_CONDITIONS}.`);
  return ordered.map(({ step, besides }, place) => (besides && place > 0 ? { ...step, parallel: true } : step));
}

/** What a step asks of its neighbours and of the whole definition. */
function checkStages(ordered: readonly ReadStep[], written: readonly Read[], form: Form): void {
  for (const [place, entry] of ordered.entries()) {
    const pointer = `${form.at('steps')}/${written.indexOf(entry)}`;
    if (place === 0 && entry.step.parallel)
      form.faults.add(`${pointer}/parallel`, 'not-allowed', 'The first step has no step before it to start with.');
    if (entry.step.auto && !form.has('auto'))
      form.faults.add(
        `${pointer}/auto`,
        'required',
        'Rules decide this step, but the workflow names none: auto: {ruleset}.',
      );
  }
}

type Read = ReadStep | undefined;

/** By `index` where the steps carry one, else as written. */
function inOrder(read: readonly Read[], form: Form): ReadStep[] {
  const steps = read.filter((entry) => entry !== undefined);
  if (steps.every(({ index }) => index === undefined)) return steps;

  for (const [i, entry] of read.entries())
    if (entry && entry.index === undefined)
      form.faults.add(`${form.at('steps')}/${i}/index`, 'required', 'Either every step has an index, or none.');
  checkUnique(read, form, 'index', (entry) => entry.index);
  return steps.toSorted((a, b) => (a.index ?? 0) - (b.index ?? 0));
}

function checkUnique(
  read: readonly Read[],
  form: Form,
  member: 'key' | 'index',
  of: (entry: ReadStep) => string | number | undefined,
): void {
  const first = new Map<string | number, number>();
  for (const [i, entry] of read.entries()) {
    const value = entry && of(entry);
    if (value === undefined) continue;
    const earlier = first.get(value);
    if (earlier === undefined) first.set(value, i);
    else
      form.faults.add(
        `${form.at('steps')}/${i}/${member}`,
        'duplicate',
        `Step ${earlier} of the list has the ${member} ${value} already.`,
      );
  }
}

function readFourEyes(form: Form): FourEyes {
  const defaults = { submitter: true, editors: true };
  if (!form.has('fourEyes')) return defaults;
  const members = ['submitter', 'editors', 'allowSelf', 'noUpward', 'conflicts'];
  const eyes = Form.over(form.raw('fourEyes'), form.at('fourEyes'), form.faults, members);
  if (!eyes) return defaults;

  const submitter = eyes.flag('submitter') ?? defaults.submitter;
  const editors = eyes.flag('editors') ?? defaults.editors;
  const allowSelf = eyes.flag('allowSelf');
  const noUpward = eyes.flag('noUpward');
  const conflicts = readConflicts(eyes);
  return {
    submitter,
    editors,
    ...(allowSelf !== undefined && { allowSelf }),
    ...(noUpward !== undefined && { noUpward }),
    ...(conflicts && { conflicts }),
  };
}

/** Ids of people who never decide. */
function readConflicts(eyes: Form): string[] | undefined {
  const list = eyes.list('conflicts', { max: 100 });
  if (!list) return undefined;
  const people = new Set<string>();
  for (const [i, person] of list.entries()) {
    const pointer = `${eyes.at('conflicts')}/${i}`;
    if (typeof person !== 'string' || person.trim() === '' || person.length > 100)
      eyes.faults.add(pointer, 'wrong-type', 'conflicts is a list of user ids.');
    else if (people.has(person)) eyes.faults.add(pointer, 'duplicate', `${person} is named already.`);
    else people.add(person);
  }
  return [...people];
}

function readAuto(form: Form): Auto | undefined {
  if (!form.has('auto')) return undefined;
  const auto = Form.over(form.raw('auto'), form.at('auto'), form.faults, ['ruleset']);
  if (!auto) return undefined;
  auto.required('ruleset', 'ruleset is required: the key of the rules that are asked.');
  const ruleset = auto.shaped('ruleset', KEY, KEY_HINT);
  return ruleset === undefined ? undefined : { ruleset };
}

function readReopen(form: Form): Reopen | undefined {
  if (!form.has('reopen')) return undefined;
  const reopen = Form.over(form.raw('reopen'), form.at('reopen'), form.faults, ['mode', 'max']);
  if (!reopen) return undefined;
  const mode = reopen.oneOf('mode', ['smart', 'restart']) ?? 'smart';
  reopen.required('max', 'max is required: how often a review may be opened again.');
  const max = reopen.integer('max', { min: 0, max: 100 });
  return max === undefined ? undefined : { mode, max };
}
