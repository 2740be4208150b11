import { Injectable } from '@nestjs/common';
import { Codec } from '#libs/event-store/application/codec';
import { EventStore } from '#libs/event-store/application/event-store';
import { StreamHandler } from '#libs/event-store/application/stream-handler';
import { derivedId } from '#libs/kernel/domain/ids';
import type { UnitCommand } from '../../domain/units/unit.commands.js';
import { unitDecider } from '../../domain/units/unit.decider.js';
import { unitKinds, type UnitEvent, type UnitKind } from '../../domain/units/unit.events.js';
import type { Tree } from '../../domain/units/unit.tree.js';

/** The stream that holds all units of a kind in a workspace: this id behind `branch-` or `department-`. */
export const treeOf = (kind: UnitKind, workspaceId: string): string => derivedId('units', kind, workspaceId);

type TreeStreams = StreamHandler<Tree, UnitCommand, UnitEvent>;

/** The streams `branch-{id}` and `department-{id}`, one of each per workspace. */
@Injectable()
export class UnitStreams {
  private readonly streams: ReadonlyMap<UnitKind, TreeStreams>;

  constructor(store: EventStore, codec: Codec) {
    const streams = (kind: UnitKind): TreeStreams =>
      new StreamHandler(store, codec, { category: kind, decider: unitDecider(kind), creates: () => true });
    this.streams = new Map(unitKinds.map((kind) => [kind, streams(kind)]));
  }

  of(kind: UnitKind): TreeStreams {
    return this.streams.get(kind)!;
  }
}
