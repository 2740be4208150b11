import type { Definition, Rung } from '#libs/kernel/domain/workflow-definition';
import { ESCALATION } from './read-ladder.js';

/** Somebody whom a definition names, a person by id or a role, where, and whether to decide. */
export type NamedParty = Readonly<{ pointer: string; decides: boolean }> &
  ({ readonly userId: string } | { readonly role: string });

/** Everybody a definition names: assignees, who is asked or told on a ladder, and conflicts. */
export const namedParties = ({ steps, fourEyes }: Pick<Definition, 'steps' | 'fourEyes'>): readonly NamedParty[] => [
  ...steps.flatMap(({ assignees, ladder }, index) => [
    ...assignees.map(({ type, id }, i) => ({
      pointer: `/steps/${index}/assignees/${i}/id`,
      decides: true,
      ...(type === 'USER' ? { userId: id } : { role: id }),
    })),
    ...ladder.flatMap((rung, i) => onRung(rung, `/steps/${index}`, isPlain(ladder) ? undefined : i)),
  ]),
  ...(fourEyes.conflicts ?? []).map((userId, i) => ({ pointer: `/fourEyes/conflicts/${i}`, decides: false, userId })),
];

/** Whether a ladder was, or could have been, written as `escalation`. */
const isPlain = (ladder: readonly Rung[]) => ladder.length === 1 && ladder[0]?.id === ESCALATION;

function onRung({ action, to, notify = [] }: Rung, step: string, index: number | undefined): readonly NamedParty[] {
  const rung = index === undefined ? `${step}/escalation` : `${step}/ladder/${index}`;
  const at = (member: 'user' | 'role') => (index === undefined ? `${rung}/toId` : `${rung}/to/${member}`);
  const decides = action === 'add' || action === 'transfer';
  return [
    ...(to && 'user' in to ? [{ pointer: at('user'), decides, userId: to.user }] : []),
    ...(to && 'role' in to ? [{ pointer: at('role'), decides, role: to.role }] : []),
    ...notify.map((whom, j) => ({
      pointer: `${rung}/notify/${j}`,
      decides: false,
      ...(whom.startsWith(ROLE) ? { role: whom.slice(ROLE.length) } : { userId: whom }),
    })),
  ];
}

const ROLE = 'ROLE:';
