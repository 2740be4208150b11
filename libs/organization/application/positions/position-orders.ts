import { Injectable } from '@nestjs/common';
import type { Outcome } from '#libs/event-store/application/stream-handler';
import { Directory } from '#libs/identity/application/directory';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import type { PositionCommand, PositionDetails, PositionFacts } from '../../domain/positions/position.commands.js';
import type { Positions } from '../../domain/positions/position.state.js';
import type { CommandOptions } from '../organization-command.js';
import { stayClosed } from '../stay-closed.js';
import { UnitBook } from '../units/unit-book.js';
import { PositionBook } from './position-book.js';
import { positionsOf, PositionStreams } from './position-streams.js';

type Sent = Promise<Outcome<Positions>>;

/** Opens, changes and closes positions. */
@Injectable()
export class PositionOrders {
  constructor(
    private readonly streams: PositionStreams,
    private readonly book: PositionBook,
    private readonly units: UnitBook,
    private readonly directory: Directory,
  ) {}

  open(
    data: PositionDetails & { code: string; title: string },
    metadata: CommandMetadata,
    options: CommandOptions,
  ): Sent {
    return this.send({ type: 'OpenPosition', data, facts: this.facts(data, metadata, {}), metadata }, options);
  }

  change(data: PositionDetails & { code: string }, metadata: CommandMetadata, options: CommandOptions): Sent {
    return this.send({ type: 'ChangePosition', data, facts: this.facts(data, metadata, options), metadata }, options);
  }

  async deactivate(code: string, metadata: CommandMetadata, options: CommandOptions): Sent {
    const data = { code };
    const facts = this.facts(data, metadata, options);
    const closed = await this.send({ type: 'DeactivatePosition', data, facts, metadata }, options);
    if (options.dryRun) return closed;
    await stayClosed({
      streams: this.streams,
      id: positionsOf(metadata.workspaceId),
      metadata,
      closed,
      people: async () => {
        await this.directory.current();
        return this.facts(data, metadata, {}).people;
      },
      reopen: (again) => this.activate(code, again, {}),
    });
    return closed;
  }

  activate(code: string, metadata: CommandMetadata, options: CommandOptions): Sent {
    const data = { code };
    return this.send({ type: 'ActivatePosition', data, facts: this.facts(data, metadata, options), metadata }, options);
  }

  private facts(
    { code, departmentId }: PositionDetails & { code: string },
    { workspaceId }: CommandMetadata,
    { expectedRevision }: CommandOptions,
  ): PositionFacts {
    const people = this.directory.snapshot(workspaceId).everyone();
    const departments = this.units.tree('department', workspaceId).units;
    return {
      departmentIsThere: typeof departmentId === 'string' && departments.get(departmentId)?.active === true,
      people: people.filter((person) => person.active && person.positionId === code).length,
      expectedRevision,
    };
  }

  /** What has changed is known to this process before the answer, to others as soon as they read the log. */
  private async send(command: PositionCommand, { dryRun }: CommandOptions): Sent {
    const outcome = await this.streams.handle(positionsOf(command.metadata.workspaceId), command, { dryRun });
    await this.book.reached(outcome.receipt.position);
    return outcome;
  }
}
