import { Injectable } from '@nestjs/common';
import { Directory, type Person } from '#libs/identity/application/directory';
import { roleNames, rolesThatDecide } from '#libs/identity/application/role-names';
import { closest } from '#libs/kernel/domain/closest';
import type { Definition } from '#libs/kernel/domain/workflow-definition';
import { namedCalendars } from '../domain/definition/named-calendars.js';
import { namedParties } from '../domain/definition/named-parties.js';
import { unpublished, type Published } from '../domain/definition/unpublished.js';
import { DefinitionInvalid, type Warning } from '../domain/workflow.errors.js';
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

  /** What a simulation does without; no time is counted without a calendar. @throws DefinitionInvalid naming those */
  async ofSimulation(workspaceId: string, definition: Definition): Promise<readonly Warning[]> {
    const missing = unpublished(definition, await this.published(workspaceId, definition));
    const calendars = new Set(namedCalendars(definition).map(({ pointer }) => pointer));
    const faults = missing.filter(({ pointer }) => calendars.has(pointer));
    if (faults.length > 0) throw new DefinitionInvalid(faults);
    return missing;
  }

  /** Never faults: a workflow may be published before its people come, and outlives those who leave. */
  async ofParties(workspaceId: string, definition: Definition): Promise<readonly Warning[]> {
    await this.directory.current();
    const people = this.directory.snapshot(workspaceId);
    return namedParties(definition).flatMap(({ pointer, decides, ...party }): Warning[] => {
      const doubt =
        'role' in party
          ? doubtOfRole(party.role, decides)
          : doubtOfPerson(party.userId, people.person(party.userId), decides);
      return doubt ? [{ pointer, ...doubt }] : [];
    });
  }
}

type Doubt = Omit<Warning, 'pointer'> | undefined;

function doubtOfRole(role: string, decides: boolean): Doubt {
  if (!roleNames.includes(role)) {
    const meant = closest(role, roleNames);
    const hint = meant === undefined ? `Roles are ${roleNames.join(', ')}.` : `Did you mean ${meant}?`;
    return { code: 'unknown-role', detail: `There is no role ${role}. ${hint}` };
  }
  if (!decides || rolesThatDecide.includes(role)) return undefined;
  const able = rolesThatDecide.join(', ');
  return { code: 'nobody-can-decide', detail: `The role ${role} lets nobody decide; these do: ${able}.` };
}

function doubtOfPerson(userId: string, person: Person | undefined, decides: boolean): Doubt {
  if (!person) return { code: 'unknown-person', detail: `Nobody here has the id ${userId}.` };
  if (!person.active) return { code: 'inactive-person', detail: `${userId} is deactivated.` };
  if (!decides || person.mayDecide) return undefined;
  const able = rolesThatDecide.join(', ');
  return { code: 'nobody-can-decide', detail: `${userId} holds no role that lets decide; these do: ${able}.` };
}
