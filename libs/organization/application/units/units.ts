import { Injectable } from '@nestjs/common';
import type { Outcome } from '#libs/event-store/application/stream-handler';
import { Directory, type Person } from '#libs/identity/application/directory';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import { CalendarCatalogue } from '#libs/workflows/application/calendar-catalogue';
import type { UnitCommand, UnitDetails, UnitFacts } from '../../domain/units/unit.commands.js';
import type { UnitKind } from '../../domain/units/unit.events.js';
import type { Tree } from '../../domain/units/unit.tree.js';
import type { CommandOptions } from '../organization-command.js';
import { stayClosed } from '../stay-closed.js';
import { UnitBook } from './unit-book.js';
import { treeOf, UnitStreams } from './unit-streams.js';

type Sent = Promise<Outcome<Tree>>;

/** Opens, changes, moves and closes branches and departments. */
@Injectable()
export class Units {
  constructor(
    private readonly streams: UnitStreams,
    private readonly book: UnitBook,
    private readonly directory: Directory,
    private readonly calendars: CalendarCatalogue,
  ) {}

  async open(
    kind: UnitKind,
    data: UnitDetails & { code: string; name: string },
    metadata: CommandMetadata,
    options: CommandOptions,
  ): Sent {
    return this.send(
      kind,
      { type: 'OpenUnit', data, facts: await this.facts(kind, data, metadata), metadata },
      options,
    );
  }

  async change(
    kind: UnitKind,
    data: UnitDetails & { code: string },
    metadata: CommandMetadata,
    options: CommandOptions,
  ): Sent {
    const facts = await this.facts(kind, data, metadata, options);
    return this.send(kind, { type: 'ChangeUnit', data, facts, metadata }, options);
  }

  async deactivate(kind: UnitKind, code: string, metadata: CommandMetadata, options: CommandOptions): Sent {
    const data = { code };
    const facts = await this.facts(kind, data, metadata, options);
    const closed = await this.send(kind, { type: 'DeactivateUnit', data, facts, metadata }, options);
    if (options.dryRun) return closed;
    await stayClosed({
      streams: this.streams.of(kind),
      id: treeOf(kind, metadata.workspaceId),
      metadata,
      closed,
      people: async () => {
        await this.directory.current();
        return this.peopleIn(kind, code, metadata);
      },
      reopen: (again) => this.activate(kind, code, again, {}),
    });
    return closed;
  }

  async activate(kind: UnitKind, code: string, metadata: CommandMetadata, options: CommandOptions): Sent {
    const facts = await this.facts(kind, { code }, metadata, options);
    return this.send(kind, { type: 'ActivateUnit', data: { code }, facts, metadata }, options);
  }

  private async facts(
    kind: UnitKind,
    { code, managerId, calendarId }: UnitDetails & { code: string },
    { workspaceId }: CommandMetadata,
    { expectedRevision }: CommandOptions = {},
  ): Promise<UnitFacts> {
    const people = this.directory.snapshot(workspaceId);
    return {
      managerIsThere: typeof managerId === 'string' && people.person(managerId)?.active === true,
      calendarIsThere: typeof calendarId === 'string' && (await this.calendars.has(workspaceId, calendarId)),
      people: this.peopleIn(kind, code, { workspaceId }),
      expectedRevision,
    };
  }

  private peopleIn(kind: UnitKind, code: string, { workspaceId }: Pick<CommandMetadata, 'workspaceId'>): number {
    const people = this.directory.snapshot(workspaceId).everyone();
    return people.filter((person) => person.active && unitOf(kind, person) === code).length;
  }

  /** What has changed is known to this process before the answer, to others as soon as they read the log. */
  private async send(kind: UnitKind, command: UnitCommand, { dryRun }: CommandOptions): Sent {
    const { workspaceId } = command.metadata;
    const outcome = await this.streams.of(kind).handle(treeOf(kind, workspaceId), command, { dryRun });
    await this.book.reached(outcome.receipt.position);
    return outcome;
  }
}

const unitOf = (kind: UnitKind, person: Person): string | undefined =>
  kind === 'branch' ? person.branchId : person.departmentId;
