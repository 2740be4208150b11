import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Codec } from '#libs/event-store/application/codec';
import { EventStore, type Position as LogPosition } from '#libs/event-store/application/event-store';
import { FollowedLog } from '#libs/event-store/application/followed-log';
import { positionEvents, type PositionEvent } from '../../domain/positions/position.events.js';
import { evolve, noPositions, type Positions } from '../../domain/positions/position.state.js';
import { positionsOf } from './position-streams.js';

/** The positions of all workspaces, folded from the log into memory and kept up to date. */
@Injectable()
export class PositionBook implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log: FollowedLog<PositionEvent>;
  private readonly positions = new Map<string, Positions>();
  private readonly revisions = new Map<string, bigint>();

  constructor(store: EventStore, codec: Codec) {
    this.log = new FollowedLog(store, codec, {
      name: PositionBook.name,
      types: positionEvents.map(({ type }) => type),
      fold: (event) => {
        this.positions.set(event.workspaceId, evolve(this.of(event.workspaceId), event, event));
        this.revisions.set(event.workspaceId, event.revision);
      },
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.log.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.log.stop();
  }

  of(workspaceId: string): Positions {
    return this.positions.get(workspaceId) ?? noPositions;
  }

  /** The stream of the positions, and where it stands as far as is known here (-1n: there is none yet). */
  standing(workspaceId: string): readonly [streamId: string, revision: bigint] {
    return [`position-${positionsOf(workspaceId)}`, this.revisions.get(workspaceId) ?? -1n];
  }

  /** Resolves once all that is in the log now is known here. */
  current(): Promise<void> {
    return this.log.current();
  }

  /** Resolves once everything up to a place in the log is known here. */
  reached(place: LogPosition): Promise<void> {
    return this.log.reached(place);
  }
}
