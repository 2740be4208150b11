import { Injectable } from '@nestjs/common';
import { Directory } from '#libs/identity/application/directory';
import type { Definition } from '#libs/kernel/domain/workflow-definition';
import { namedCalendars } from '../domain/definition/named-calendars.js';
import { namedPeople } from '../domain/definition/named-people.js';
import { unpublished, type Published } from '../domain/definition/unpublished.js';
import type { Warning } from '../domain/workflow.errors.js';
import { CalendarCatalogue } from './calendar-catalogue.js';
import { RulesetCatalogue } from './rulesets/ruleset-catalogue.js';

/** What a definition without faults names and does not find: rulesets and calendars, and people, who come and go. */
@Injectable()
export class DefinitionWarnings {
  constructor(
    private readonly rulesets: RulesetCatalogue,
    private readonly calendars: CalendarCatalogue,
    private readonly directory: Directory,
  ) {}

  async published(workspaceId: string, definition: Definition): Promise<Published> {
    const named = definition.auto?.ruleset;
    const ruleset = named === undefined ? undefined : await this.rulesets.newest(workspaceId, named);
    const keys = [...new Set(namedCalendars(definition).map(({ key }) => key))];
    const found = await Promise.all(keys.map((key) => this.calendars.has(workspaceId, key)));
    return {
      rulesets: ruleset ? [ruleset.ruleset.key] : [],
      calendars: keys.filter((_, index) => found[index]),
    };
  }

  /** Faults when it is published. */
  async ofDocuments(workspaceId: string, definition: Definition): Promise<readonly Warning[]> {
    return unpublished(definition, await this.published(workspaceId, definition));
  }

  /** Never faults: a workflow may be published before its people come, and outlives those who leave. */
  async ofPeople(workspaceId: string, definition: Definition): Promise<readonly Warning[]> {
    await this.directory.current();
    const people = this.directory.snapshot(workspaceId);
    return namedPeople(definition).flatMap(({ pointer, userId }): Warning[] => {
      const person = people.person(userId);
      if (!person) return [{ pointer, code: 'unknown-person', detail: `Nobody here has the id ${userId}.` }];
      if (!person.active) return [{ pointer, code: 'inactive-person', detail: `${userId} is deactivated.` }];
      return [];
    });
  }
}
