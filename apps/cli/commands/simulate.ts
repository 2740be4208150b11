import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { mayByRoles } from '#libs/composition/rights';
import { canonicalJson } from '#libs/kernel/domain/canonical-json';
import { defaultCalendar } from '#libs/kernel/domain/calendar';
import { DomainError } from '#libs/kernel/domain/domain-error';
import { derivedId } from '#libs/kernel/domain/ids';
import type { Definition } from '#libs/kernel/domain/workflow-definition';
import { sha256 } from '#libs/kernel/infrastructure/node-hashing';
import { calendarKeys } from '#libs/reviews/domain/calendars';
import { readScript } from '#libs/reviews/domain/simulation/read-script';
import { simulate, type Script, type Simulation, type Turn } from '#libs/reviews/domain/simulation/simulate';
import { normalise } from '#libs/workflows/domain/definition/normalise';
import { CliError } from '../cli-error.js';
import { json } from '../print.js';

const SEED = 'countersign simulate';
const SOMEBODY = 'submitter';
const MONDAY = '2026-01-05T09:00:00.000Z';

export const simulateCommand = () =>
  new Command('simulate')
    .description('play a script under a workflow on a clock of its own; needs no database, records nothing')
    .argument('<workflow>', 'file with a definition, as POST /workflows takes it')
    .argument(
      '<script>',
      'file with {at?, start: {by?, subject}, people, acts}; everybody who acts is one of its people',
    )
    .option('--json', 'everything as one JSON document')
    .action((workflowFile: string, scriptFile: string, { json: asJson }: { json?: boolean }) => {
      const definition = reading(workflowFile, (plain) => normalise(plain));
      if (definition.auto)
        throw new CliError(
          `${workflowFile}: asks the ruleset ${definition.auto.ruleset}; rulesets are played by POST …/simulate.`,
        );
      const script = reading(scriptFile, (plain) => readScript(membersOf(plain), { by: SOMEBODY, at: MONDAY }));
      const played = simulate(script, worldOf(definition, script));
      console.log(asJson ? json(played, 2) : told(played));
    });

/** @throws CliError that names the file, and every fault with its place */
function reading<T>(file: string, read: (plain: unknown) => T): T {
  let plain: unknown;
  try {
    plain = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const why = error instanceof SyntaxError ? 'is no JSON' : 'cannot be read';
    throw new CliError(`${file} ${why}: ${(error as Error).message}`, { cause: error });
  }
  try {
    return read(plain);
  } catch (refusal) {
    if (!(refusal instanceof DomainError)) throw refusal;
    const faults = (refusal.details?.['errors'] ?? []) as readonly { pointer: string; detail: string }[];
    const lines = faults.map(({ pointer, detail }) => `  ${pointer === '' ? '/' : pointer} ${detail}`);
    throw new CliError([`${file}: ${refusal.message}`, ...lines].join('\n'), { cause: refusal });
  }
}

function membersOf(plain: unknown): Readonly<Record<string, unknown>> {
  if (typeof plain === 'object' && plain !== null && !Array.isArray(plain)) return plain as Record<string, unknown>;
  return { acts: plain };
}

/** Nobody but the people of the script, who act for nobody else; every calendar is Monday to Friday, nine to five, UTC. */
const worldOf = (definition: Definition, { start }: Script): Parameters<typeof simulate>[1] => ({
  seed: SEED,
  reviewId: derivedId(SEED, 'review', 0),
  directory: { revision: '0', person: () => undefined, holders: () => [] },
  facts: ({ person }) => ({ may: mayByRoles(person?.roles ?? []) }),
  pinned: {
    published: {
      workflowId: derivedId(SEED, 'workflow', 0),
      key: definition.key,
      name: definition.name,
      version: 1,
      contentHash: sha256(canonicalJson(definition)),
      definition,
    },
    subjectRef: derivedId(SEED, start.subject.type, start.subject.id),
    calendars: calendarKeys(definition.steps, definition.calendar).map((key) => ({ ...defaultCalendar, key })),
  },
});

/** What everybody did and what came of it, where it ended, and what proves each step. */
function told({ turns, events, state }: Simulation): string {
  const types = new Map(events.map(({ revision, type }) => [revision, type]));
  return [
    ...turns.map((turn) => lineOf(turn, types)),
    '',
    `outcome: ${state.status ?? 'nothing was started'}`,
    ...state.waitingOn.map(
      ({ condition, have, need, who }) => `  waits for ${condition} ${have}/${need}: ${who.join(', ')}`,
    ),
    ...events.flatMap(({ data }) =>
      'proof' in data && data.proof ? [`proof of ${data.step}: ${json(data.proof)}`] : [],
    ),
  ].join('\n');
}

function lineOf({ at, act, by, events, refusal }: Turn, types: ReadonlyMap<number, string>): string {
  const what = `${at}  ${[act, by].filter(Boolean).join(' by ')}`;
  if (refusal) return `${what}\n    refused: ${refusal.code}: ${refusal.detail}`;
  return [what, ...events.map((revision) => `    ${revision} ${types.get(revision)}`)].join('\n');
}
