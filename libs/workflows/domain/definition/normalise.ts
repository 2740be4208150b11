import type { Definition, FourEyes, Step } from '#libs/kernel/domain/workflow-definition';
import { DefinitionInvalid, type Fault } from '../workflow.errors.js';
import { Faults, Form } from './form.js';
import { KEY, KEY_HINT } from './key.js';
import { readStep } from './read-step.js';

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
  const keys = new Map<string, number>();
  for (const [i, step] of read.entries()) {
    if (!step?.key) continue;
    const first = keys.get(step.key);
    if (first === undefined) keys.set(step.key, i);
    else form.faults.add(`${form.at('steps')}/${i}/key`, 'duplicate', `Step ${first} has the key ${step.key} already.`);
  }
  return inOrder(read, form).map(({ index: _, ...step }) => step);
}

type Read = NonNullable<ReturnType<typeof readStep>>;

/** By `index` where the steps carry one, else as written. */
function inOrder(read: readonly (Read | undefined)[], form: Form): Read[] {
  const steps = read.filter((step) => step !== undefined);
  const numbered = steps.filter(({ index }) => index !== undefined).length;
  if (numbered === 0) return steps;

  const seen = new Set<number>();
  for (const [i, step] of read.entries()) {
    if (!step) continue;
    const pointer = `${form.at('steps')}/${i}/index`;
    if (step.index === undefined) form.faults.add(pointer, 'required', 'Either every step has an index, or none.');
    else if (seen.has(step.index)) form.faults.add(pointer, 'duplicate', `Another step has the index ${step.index}.`);
    else seen.add(step.index);
  }
  return steps.toSorted((a, b) => (a.index ?? 0) - (b.index ?? 0));
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
