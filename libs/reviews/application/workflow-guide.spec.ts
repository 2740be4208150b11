import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { defaultCalendar } from '#libs/kernel/domain/calendar';
import { DefinitionSchema, type Definition } from '#libs/kernel/domain/workflow-definition';
import { normalise } from '#libs/workflows/domain/definition/normalise';
import { calendarKeys } from '../domain/calendars.js';
import { rulesOf } from '../domain/review.examples.js';
import { worldOf } from '../domain/simulation/random-scripts.examples.js';
import { readScript } from '../domain/simulation/read-script.js';
import { placesIn, placesOf } from '../domain/simulation/schema-places.examples.js';
import { simulate } from '../domain/simulation/simulate.js';

/** A script of the guide under its workflow, and what the guide says comes of it. */
interface Example {
  readonly key: string;
  readonly workflow: Definition;
  readonly acts: readonly unknown[];
  readonly content: object;
  readonly status: string;
  readonly refused: string | undefined;
  readonly events: readonly string[];
}

const LOAN = { amountMinor: '4500000', currency: 'EUR', terms: 'None' };

function guide() {
  const text = readFileSync(resolve('docs/guides/workflows.md'), 'utf8');
  const blocks = [...text.matchAll(/^```json (workflow|script: (.+))\n([\s\S]*?)^```/gm)];
  const workflows: Definition[] = [];
  const scripts: Example[] = [];
  for (const [, kind, said = '', json = ''] of blocks) {
    if (kind === 'workflow') {
      workflows.push(normalise(JSON.parse(json)));
      continue;
    }
    const [status = '', ...more] = said.split('; ');
    const told = (word: string) => more.find((part) => part.startsWith(`${word} `))?.slice(word.length + 1);
    scripts.push({
      key: workflows.at(-1)!.key,
      workflow: workflows.at(-1)!,
      acts: JSON.parse(json) as unknown[],
      content: JSON.parse(told('with') ?? JSON.stringify(LOAN)) as object,
      status,
      refused: told('refused'),
      events: more.flatMap((part) => (/^[A-Z]/.test(part) ? part.split(', ') : [])),
    });
  }
  return { workflows, scripts };
}

const { workflows, scripts } = guide();
const rules = rulesOf({ name: 'small', when: { lte: ['amountMinor', '5000000'] }, outcome: 'approve' });

describe('The guide to workflows', () => {
  it.each(scripts)('$key ends $status', ({ workflow, acts, content, status, refused, events }) => {
    const start = { subject: { type: 'case', id: 'case-1', content } };
    const script = readScript({ start, acts }, { by: 'olly', at: '2026-11-23T09:00:00.000Z' });
    const { pinned } = worldOf(workflow);
    const calendars = calendarKeys(workflow.steps, workflow.calendar).map((key) => ({ ...defaultCalendar, key }));
    const world = worldOf(workflow, { pinned: { ...pinned, calendars, ...(workflow.auto && { rules }) } });
    const played = simulate(script, world);
    expect(played.state.status).toBe(status);
    expect(played.events.map(({ type }) => type)).toEqual(expect.arrayContaining([...events]));
    const refusals = played.turns.flatMap(({ refusal }) => refusal?.code ?? []);
    expect(refusals).toEqual(refused === undefined ? [] : [refused]);
  });

  it('has a script under every workflow', () =>
    expect(workflows.filter(({ key }) => !scripts.some((script) => script.key === key))).toEqual([]));

  it('shows every member and every value that a definition may have', () => {
    const shown = new Set(workflows.flatMap((workflow) => [...placesIn(DefinitionSchema, workflow)]));
    expect([...placesOf(DefinitionSchema)].filter((place) => !shown.has(place))).toEqual([]);
  });
});
