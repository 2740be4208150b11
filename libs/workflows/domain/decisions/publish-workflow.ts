import { namedCalendars, type NamedCalendar } from '../definition/named-calendars.js';
import type { PublishWorkflow } from '../workflow.commands.js';
import { DefinitionInvalid, WorkflowNotFound, WorkflowStateRefused, type Fault } from '../workflow.errors.js';
import type { WorkflowEvent } from '../workflow.events.js';
import { hasDraft, isKnown, type Workflow } from '../workflow.state.js';

/** The draft becomes the next version. Publishing an unchanged draft again changes nothing. */
export function publishWorkflow({ facts, metadata }: PublishWorkflow, workflow: Workflow): WorkflowEvent[] {
  if (!isKnown(workflow)) throw new WorkflowNotFound('There is no such workflow.');
  if (workflow.status === 'retired') throw new WorkflowStateRefused('A retired workflow is not published again.');
  if (!hasDraft(workflow)) return [];

  const { definition, contentHash } = workflow.draft;
  const ruleset = definition.auto?.ruleset;
  const faults = namedCalendars(definition)
    .filter(({ key }) => !facts.calendars?.includes(key))
    .map(noCalendar);
  if (ruleset !== undefined && !facts.rulesets?.includes(ruleset)) faults.push(noRuleset(ruleset));
  if (faults.length > 0) throw new DefinitionInvalid(faults);

  const version = workflow.versions.length + 1;
  const published = { version, definition, contentHash, effectiveFrom: metadata.now, publishedBy: metadata.actor.id };
  return [{ type: 'WorkflowPublished', data: published }];
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
