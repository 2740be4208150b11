import type { Definition } from '#libs/kernel/domain/workflow-definition';

/** A person that a definition names by id, and where. */
export type NamedPerson = Readonly<{ pointer: string; userId: string }>;

/** Everybody a definition names: assignees, who is asked or told on a ladder, and conflicts. */
export const namedPeople = ({ steps, fourEyes }: Pick<Definition, 'steps' | 'fourEyes'>): readonly NamedPerson[] => [
  ...steps.flatMap(({ assignees, ladder }, index) => [
    ...assignees.flatMap(({ type, id }, i) =>
      type === 'USER' ? [{ pointer: `/steps/${index}/assignees/${i}/id`, userId: id }] : [],
    ),
    ...ladder.flatMap(({ to, notify = [] }, i) => [
      ...(to && 'user' in to ? [{ pointer: `/steps/${index}/ladder/${i}/to/user`, userId: to.user }] : []),
      ...notify.flatMap((whom, j) =>
        whom.startsWith('ROLE:') ? [] : [{ pointer: `/steps/${index}/ladder/${i}/notify/${j}`, userId: whom }],
      ),
    ]),
  ]),
  ...(fourEyes.conflicts ?? []).map((userId, i) => ({ pointer: `/fourEyes/conflicts/${i}`, userId })),
];
