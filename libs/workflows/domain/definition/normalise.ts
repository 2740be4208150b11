import type { Definition, FourEyes, Step } from '#libs/kernel/domain/workflow-definition';
import { DefinitionInvalid, type Fault } from '../workflow.errors.js';
import { Faults, Form } from './form.js';
import { KEY, KEY_HINT } from './key.js';
import { readStep, type ReadStep } from './read-step.js';

/** Members of a definition as a client writes it. */
const MEMBERS = ['key', 'name', 'steps', 'fourEyes'];
const LATER = ['auto', 'reopen'];
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
  const form = Form.over(plain, '', faults, MEMBERS, LATER);
  if (!form) return undefined;

  if (given.key === undefined) form.required('key');
  if (given.name === undefined) form.required('name');
  const key = form.shaped('key', KEY, KEY_HINT) ?? given.key ?? '';
  const name = form.text('name', { max: 200 }) ?? given.name ?? '';
  return { key, name, steps: readSteps(form), fourEyes: readFourEyes(form) };
}

function readSteps(form: Form): Step[] {
  if (!form.required('steps', 'A workflow needs at least one step.')) return [];
  const list = form.list('steps', { max: MOST_STEPS });
  if (!list) return [];
  if (list.length === 0) form.fault('steps', 'required', 'A workflow needs at least one step.');

  const read = list.map((value, i) => readStep(value, `${form.at('steps')}/${i}`, form.faults));
  checkUnique(read, form, 'key', (entry) => entry.step.key || undefined);
  return inOrder(read, form).map(({ step }) => step);
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
  const eyes = Form.over(form.raw('fourEyes'), form.at('fourEyes'), form.faults, ['submitter', 'editors', 'allowSelf']);
  if (!eyes) return defaults;

  const submitter = eyes.flag('submitter') ?? defaults.submitter;
  const editors = eyes.flag('editors') ?? defaults.editors;
  const allowSelf = eyes.flag('allowSelf');
  return { submitter, editors, ...(allowSelf !== undefined && { allowSelf }) };
}
