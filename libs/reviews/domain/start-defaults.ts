import { DEFAULT_CALENDAR } from '#libs/kernel/domain/calendar';
import type { Definition } from '#libs/kernel/domain/workflow-definition';
import { calendarKeys } from './calendars.js';

/** What holds where a workflow says nothing, in the branch and at the moment of the start. */
export interface StartDefaults {
  /** Key of a calendar. */
  readonly calendar: string;
  /** Time budget of a step, in hours; null: none. */
  readonly slaHours: number | null;
}

/** The definition as a review that starts now executes it: silence is filled, what the workflow says stands. */
export function withDefaults(definition: Definition, { calendar, slaHours }: StartDefaults): Definition {
  const steps =
    slaHours === null
      ? definition.steps
      : definition.steps.map((step) =>
          step.sla === null ? { ...step, sla: { value: slaHours, unit: 'WALL_HOUR' as const } } : step,
        );
  const needsCalendar = definition.calendar === undefined && calendarKeys(steps, undefined).includes(DEFAULT_CALENDAR);
  return { ...definition, steps, ...(needsCalendar && calendar !== DEFAULT_CALENDAR && { calendar }) };
}
