import type { Definition } from '#libs/kernel/domain/workflow-definition';
import { ESCALATION } from './read-ladder.js';

/** A person that a definition names by id, and where. */
export type NamedPerson = Readonly<{ pointer: string; userId: string }>;

/** Everybody a definition names: assignees, who is asked or told on a ladder, and conflicts. */
export const namedPeople = ({ steps, fourEyes }: Pick<Definition, 'steps' | 'fourEyes'>): readonly NamedPerson[] => [
  ...steps.flatMap(({ assignees, ladder }, index) => [
    ...assignees.flatMap(({ type, id }, i) =>
      type === 'USER' ? [{ pointer: `/steps/${index}/assignees/${i}/id`, userId: id }] : [],
    ),
    ...ladder.flatMap(({ id, to, notify = [] }, i) => {
      const isPlain = id === ESCALATION && ladder.length === 1;
      const rung = `/steps/${index}/${isPlain ? 'escalation' : `ladder/${i}`}`;
      return [
        ...(to && 'user' in to ? [{ pointer: `${rung}/${isPlain ? 'toId' : 'to/user'}`, userId: to.user }] : []),
        ...notify.flatMap((whom, j) =>
          whom.startsWith('ROLE:') ? [] : [{ pointer: `${rung}/notify/${j}`, userId: whom }],
        ),
      ];
    }),
  ]),
  ...(fourEyes.conflicts ?? []).map((userId, i) => ({ pointer: `/fourEyes/conflicts/${i}`, userId })),
];
