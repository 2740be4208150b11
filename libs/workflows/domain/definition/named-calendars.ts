import type { Definition } from '#libs/kernel/domain/workflow-definition';

/** A calendar that a definition names, and where. */
export type NamedCalendar = Readonly<{ pointer: string; key: string }>;

/** Every calendar a definition names: that of the workflow, and those of single steps. */
export const namedCalendars = ({
  calendar,
  steps,
}: Pick<Definition, 'calendar' | 'steps'>): readonly NamedCalendar[] => [
  ...(calendar === undefined ? [] : [{ pointer: '/calendar', key: calendar }]),
  ...steps.flatMap((step, index) =>
    step.calendar === undefined ? [] : [{ pointer: `/steps/${index}/calendar`, key: step.calendar }],
  ),
];
