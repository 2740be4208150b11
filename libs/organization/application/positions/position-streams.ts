import { Injectable } from '@nestjs/common';
import { Codec } from '#libs/event-store/application/codec';
import { EventStore } from '#libs/event-store/application/event-store';
import { StreamHandler } from '#libs/event-store/application/stream-handler';
import { derivedId } from '#libs/kernel/domain/ids';
import type { PositionCommand } from '../../domain/positions/position.commands.js';
import { positionDecider } from '../../domain/positions/position.decider.js';
import type { PositionEvent } from '../../domain/positions/position.events.js';
import type { Positions } from '../../domain/positions/position.state.js';

/** The stream that holds all positions of a workspace: this id behind `position-`. */
export const positionsOf = (workspaceId: string): string => derivedId('positions', workspaceId);

/** The streams `position-{id}`, one per workspace. */
@Injectable()
export class PositionStreams extends StreamHandler<Positions, PositionCommand, PositionEvent> {
  constructor(store: EventStore, codec: Codec) {
    super(store, codec, { category: 'position', decider: positionDecider, creates: () => true });
  }
}
