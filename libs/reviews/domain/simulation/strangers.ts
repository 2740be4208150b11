import type { Directory } from '../directory.js';
import type { Continuation } from './read-script.js';
import type { Script } from './simulate.js';

/** What a script says and may not mean. */
export type Doubt = Readonly<{ pointer: string; code: 'unknown-person'; detail: string }>;

/** Who acts in a script, and neither the directory nor the script knows. */
export function strangers(
  script: Continuation & Partial<Pick<Script, 'start'>>,
  directory: Directory,
): readonly Doubt[] {
  const { start, acts, people = [] } = script;
  const joining = acts.flatMap((act) => (act.act === 'people' ? act.people : []));
  const introduced = new Set([...people, ...joining].map(({ userId }) => userId));
  const acting = [
    ...(start ? [{ pointer: '/start/by', by: start.by }] : []),
    ...acts.flatMap((act, index) => ('by' in act ? [{ pointer: `/acts/${index}/by`, by: act.by }] : [])),
  ];
  return acting
    .filter(({ by }) => !introduced.has(by) && !directory.person(by))
    .map(({ pointer, by }) => ({
      pointer,
      code: 'unknown-person',
      detail: `Nobody here has the id ${by}, and people does not name it.`,
    }));
}
