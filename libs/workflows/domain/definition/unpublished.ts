import type { Definition } from '#libs/kernel/domain/workflow-definition';
import type { Fault } from '../workflow.errors.js';
import { namedCalendars, type NamedCalendar } from './named-calendars.js';

/** Keys, of those that a definition names, under which something is published. */
export type Published = Readonly<{ rulesets?: readonly string[]; calendars?: readonly string[] }>;

/** What a definition names and nobody has published yet. */
export function unpublished(definition: Definition, { rulesets, calendars }: Published): readonly Fault[] {
  const ruleset = definition.auto?.ruleset;
  return [
    ...namedCalendars(definition)
      .filter(({ key }) => !calendars?.includes(key))
      .map(noCalendar),
    ...(ruleset === undefined || rulesets?.includes(ruleset) ? [] : [noRuleset(ruleset)]),
  ];
}

const noCalendar = ({ pointer, key }: NamedCalendar): Fault => ({
  pointer,
  code: 'unknown-value',
  detail: `There is no calendar ${key}: publish it first.`,
});

const noRuleset = (key: string): Fault => ({
  pointer: '/auto/ruleset',
  code: 'unknown-value',
  detail: `There is no published ruleset ${key}: nothing would be decided by it.`,
});
